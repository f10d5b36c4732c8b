/* Any bytes as a pattern and as a text: no crash, no run-away, and matches that make sense. The
 * input is flags, the pattern, a byte 0xFE, the text. */
#include "func/func.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct str s, struct str group)
{
    if (group.p && s.n && (group.p < s.p || group.p + group.n > s.p + s.n))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct str pattern = {(const char *)data + 1, size - 1}, s;
    struct arena *a = arena_new();
    struct error err = {0};
    struct str groups[4];
    uint64_t hits = 0;
    size_t at = 0, last = SIZE_MAX, n = 0;

    s = pattern;
    pattern.n = str_find_byte(pattern, (char)0xFE);
    s = pattern.n < s.n ? str_sub(s, pattern.n + 1, s.n) : STR("");
    struct regex *re = regex_compile(a, pattern, data[0] & 0x7F, &err);
    if (!re != err.set)
        __builtin_trap();
    while (re && regex_each(re, s, &at, &last, groups, 4, &hits)) {
        if (!groups[0].p || ++n > s.n + 1)
            __builtin_trap();
        for (int i = 0; i < 4; i++)
            inside(s, groups[i]);
    }
    arena_free(a);
    return 0;
}
