/* Functions that do not work on what they are given alone: chance, identity, size. */
#include <math.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/instant.h"
#include "func/kernel.h"

/* ---- chance --------------------------------------------------------------------------------- */

/* xorshift64*; one for each call site and thread. */
struct chance {
    uint64_t state;
};

static void *prepare_chance(struct call *call, struct column *const *constants, struct error *err)
{
    struct chance *c = ARENA_NEW(call->run, struct chance);

    (void)constants, (void)err;
    if (getrandom(&c->state, sizeof c->state, GRND_NONBLOCK) != sizeof c->state)
        c->state = (uint64_t)instant_now() ^ (uint64_t)(uintptr_t)c;
    c->state |= 1;
    return c;
}

static uint64_t chance_next(struct chance *c)
{
    c->state ^= c->state >> 12;
    c->state ^= c->state << 25;
    c->state ^= c->state >> 27;
    return c->state * UINT64_C(0x2545F4914F6CDD1D);
}

static double chance_real(struct chance *c) /* in [0, 1) */
{
    return (double)(chance_next(c) >> 11) * 0x1p-53;
}

static void rand_real(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    (void)args;
    for (size_t i = 0; i < rows; i++)
        out->reals[i] = chance_real(call->state);
}

static void rand_below(struct call *call, struct column *out, struct column *const *args,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        int64_t n = cell_int(args[0], i);
        double x = chance_real(call->state);
        out->reals[i] = n > 1 ? floor(x * (double)n) : x;
    }
}

static void new_guid(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    (void)args;
    for (size_t i = 0; i < rows; i++) {
        uint64_t a = chance_next(call->state), b = chance_next(call->state);
        a = (a & ~UINT64_C(0xF000)) | 0x4000;             /* version 4 */
        b = (b & (UINT64_MAX >> 2)) | UINT64_C(1) << 63;  /* variant 1 */
        out->strs[i] = str_fmt(call->scratch, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(a >> 32),
                               (unsigned)(a >> 16 & 0xFFFF), (unsigned)(a & 0xFFFF),
                               (unsigned)(b >> 48), (unsigned long long)(b & 0xFFFFFFFFFFFF));
    }
}

/* ---- identity and size ---------------------------------------------------------------------- */

/* Known to a cluster alone. */
static void ingestion_time(struct call *call, struct column *out, struct column *const *args,
                           size_t rows)
{
    (void)call, (void)args;
    for (size_t i = 0; i < rows; i++)
        put_null(out, i);
}

static int64_t value_size(struct value v)
{
    if (v.null)
        return 0;
    switch (v.type) {
    case TYPE_BOOL: return 1;
    case TYPE_INT: return 4;
    case TYPE_GUID: case TYPE_DECIMAL: return 16;
    case TYPE_STRING: case TYPE_DYNAMIC: return (int64_t)v.s.n;
    default: return 8;
    }
}

static void data_size(struct call *call, struct column *out, struct column *const *args,
                      size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        out->ints[i] = 0;
        for (size_t k = 0; k < call->n_args; k++)
            out->ints[i] += value_size(column_value(args[k], i));
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

const struct func functions_misc[] = {
    {.name = "rand", .args_help = "[n]",
     .help = "A number by chance: from 0 to 1, or a whole one below n.",
     .example = "rand() < 1", .expect = "True", .flags = FUNC_VARIES,
     .forms = {{"", TYPE_REAL, rand_real}, {"l", TYPE_REAL, rand_below}},
         .prepare = prepare_chance},
    {.name = "new_guid", .args_help = "", .help = "A guid by chance.",
     .example = "strlen(tostring(new_guid()))",
     .expect = "36", .flags = FUNC_VARIES, .forms = {{"", TYPE_GUID, new_guid}},
         .prepare = prepare_chance},
    ROW("ingestion_time", "", "Null: only a cluster knows when a row came in.",
        "isnull(ingestion_time())",
        "True", 0, {{"", TYPE_DATETIME, ingestion_time}}),
    ROW("estimate_data_size", "value, …", "About how many bytes the values take.",
        "estimate_data_size(\"abc\", 1)", "11", FUNC_NULLS, {{"*+", TYPE_LONG, data_size}}),
    {0},
};
