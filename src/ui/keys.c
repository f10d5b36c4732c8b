/* Names of keys. See keys.h. */
#include "ui/keys.h"

#include <stdio.h>

#include "base/utf8.h"

static const struct {
    const char *name, *brief;
} names[] = {
    {"", ""},
#define X(key, name, brief) {name, brief},
    KEY_LIST(X)
#undef X
};

int key_by_name(struct str name)
{
    size_t at = 0;
    if (name.n == 0)
        return K_NONE;
    int32_t code = utf8_next(name, &at);
    if (at == name.n && code > ' ')
        return code;
    if (str_is(name, "Space"))
        return ' ';
    for (int key = K_FIRST + 1; key < K_LAST; key++)
        if (str_is(name, names[key - K_FIRST].name))
            return key;
    if (name.n == 6 && str_starts(name, STR("Ctrl-")) && name.p[5] >= 'A' && name.p[5] <= 'Z')
        return K_CTRL(name.p[5]);
    return K_NONE;
}

size_t key_text(int key, char *out)
{
    if (key == ' ')
        return (size_t)sprintf(out, "Space");
    if (key > K_FIRST && key < K_LAST)
        return (size_t)sprintf(out, "%s", names[key - K_FIRST].brief);
    if (key >= 1 && key <= 26)
        return (size_t)sprintf(out, "Ctrl-%c", key + 'A' - 1);
    size_t n = utf8_put(key, out);
    out[n] = 0;
    return n;
}
