/* Paths into JSON, and dynamic values as JSON text or as a list of the paths in them. */
#include "func/json_path.h"

#include <stdlib.h>

#include "func/kernel.h"

#define DEPTH_MAX 600 /* over what parse_json takes */

/* ---- paths ---------------------------------------------------------------------------------- */

/* At '[': a number, or a key in quotes. */
static bool bracket(struct str text, size_t *at, struct path_step *step)
{
    size_t end = *at + 1;

    if (end >= text.n)
        return false;
    char quote = text.p[end];
    if (quote == '\'' || quote == '"') {
        size_t close = ++end;
        while (close < text.n && text.p[close] != quote)
            close++;
        if (close + 1 >= text.n || text.p[close + 1] != ']')
            return false;
        *step = (struct path_step){.key = str_sub(text, end, close)};
        *at = close + 2;
        return true;
    }
    size_t close = end + str_find_byte(str_sub(text, end, text.n), ']');
    if (close == text.n)
        return false;
    *step = (struct path_step){.is_index = true};
    *at = close + 1;
    return str_to_int64(str_sub(text, end, close), &step->index);
}

bool json_path_parse(struct str text, struct json_path *path)
{
    size_t at = 1;

    path->n = 0;
    if (text.n == 0 || text.p[0] != '$')
        return false;
    while (at < text.n) {
        if (path->n == PATH_MAX_STEPS)
            return false;
        struct path_step *step = &path->steps[path->n++];
        if (text.p[at] == '[') {
            if (!bracket(text, &at, step))
                return false;
            continue;
        }
        size_t start = at + 1;
        if (text.p[at] != '.')
            return false;
        for (at = start; at < text.n && text.p[at] != '.' && text.p[at] != '[';)
            at++;
        *step = (struct path_step){.key = str_sub(text, start, at)};
        if (at == start && at < text.n && text.p[at] == '[') /* $.['key'] */
            path->n--;
        else if (at == start)
            return false;
    }
    return true;
}

struct str json_path_find(struct str d, const struct json_path *path)
{
    for (size_t i = 0; i < path->n && d.p; i++)
        d = path->steps[i].is_index ? dyn_at(d, path->steps[i].index) : dyn_member(d,
            path->steps[i].key);
    return d;
}

/* ---- extract_json --------------------------------------------------------------------------- */

static void *prepare_extract_json(struct call *call, struct column *const *constants,
                                  struct error *err)
{
    struct json_path path;

    (void)call;
    if (constants[0] && !json_path_parse(cell_str(constants[0], 0), &path))
        error_set(err, "extract_json(): the first argument is a path such as $.a.b[0]");
    return NULL;
}

static void extract_json(struct call *call, struct column *out, struct column *const *args,
                         size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        struct json_path path;
        struct str d = cell_str(args[1], i);
        bool ok = json_path_parse(cell_str(args[0], i), &path);
        if (ok && args[1]->type == TYPE_STRING)
            ok = dyn_parse_json(call->scratch, d, &d);
        struct str found = ok ? json_path_find(d, &path) : STR_NONE;
        if (dyn_kind(found) != DYN_NULL)
            dyn_text(&texts.buf, found, false);
        texts_next(&texts);
    }
    texts_end(&texts);
}

/* ---- dynamic_to_json ------------------------------------------------------------------------ */

struct member {
    struct str key, value;
};

static int compare_members(const void *x, const void *y)
{
    return str_cmp(((const struct member *)x)->key, ((const struct member *)y)->key);
}

/* JSON with the keys of every bag in order. */
static void put_sorted(struct arena *a, struct str d, int depth, struct buf *out)
{
    bool bag = dyn_kind(d) == DYN_BAG;
    size_t n = dyn_count(d);

    if (depth > DEPTH_MAX || (dyn_kind(d) != DYN_ARRAY && !bag)) {
        dyn_text(out, d, true);
        return;
    }
    struct member *members = ARENA_ARRAY(a, struct member, n);
    for (size_t i = 0; i < n; i++)
        members[i] = (struct member){dyn_key(d, i), dyn_item(d, i)};
    if (n && bag)
        qsort(members, n, sizeof *members, compare_members);
    buf_add_byte(out, bag ? '{' : '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_add_byte(out, ',');
        if (bag) {
            json_quote(out, members[i].key);
            buf_add_byte(out, ':');
        }
        put_sorted(a, members[i].value, depth + 1, out);
    }
    buf_add_byte(out, bag ? '}' : ']');
}

static void dynamic_to_json(struct call *call, struct column *out, struct column *const *args,
                            size_t rows)
{
    struct texts texts;

    texts_begin(&texts, call, out, rows);
    for (size_t i = 0; i < rows; i++) {
        if (!column_null(args[0], i))
            put_sorted(call->scratch, cell_str(args[0], i), 0, &texts.buf);
        texts_next(&texts);
    }
    texts_end(&texts);
}

/* ---- treepath ------------------------------------------------------------------------------- */

struct paths {
    struct arena *arena;
    struct buf at; /* the path down to here */
    size_t bytes;  /* of all that were found; over CELL_MAX no more are looked for */
    VEC(struct str) found;
};

/* Of an array [0] stands for every item. */
static void walk(struct paths *p, struct str d, int depth)
{
    size_t here = p->at.n, n = dyn_kind(d) == DYN_ARRAY && dyn_count(d) ? 1 : dyn_count(d);

    if (here)
        vec_push(p->arena, &p->found, dyn_from_string(p->arena, buf_str(&p->at)));
    p->bytes += here;
    for (size_t i = 0; i < n && depth < DEPTH_MAX && p->bytes < CELL_MAX; i++) {
        if (dyn_kind(d) == DYN_ARRAY) {
            buf_add_z(&p->at, "[0]");
        } else {
            buf_add_z(&p->at, "['");
            buf_add(&p->at, dyn_key(d, i));
            buf_add_z(&p->at, "']");
        }
        walk(p, dyn_item(d, i), depth + 1);
        p->at.n = here;
    }
}

static void treepath(struct call *call, struct column *out, struct column *const *args, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct paths p = {.arena = call->scratch};
        walk(&p, cell_str(args[0], i), 0);
        out->strs[i] = dyn_from_array(call->scratch, p.found.items, p.found.n);
        buf_release(&p.at);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

#define EXTRACT {{"sd", TYPE_STRING, extract_json}, {"ss", TYPE_STRING, extract_json}}

const struct func functions_json_path[] = {
    {.name = "extract_json", .args_help = "path, json [, typeof(type)]",
     .help = "The value at a path such as $.a.b[0] in JSON text; \"\" when nothing is there.",
     .example = "extract_json(\"$.a[1].b\", '{\"a\":[0,{\"b\":\"x\"}]}')", .expect = "x",
         .forms = EXTRACT,
     .prepare = prepare_extract_json},
    {.name = "extractjson", .args_help = "path, json [, typeof(type)]",
     .help = "Old name of extract_json().",
     .example = "extractjson(\"$.a\", '{\"a\":1}')", .expect = "1", .flags = FUNC_LEGACY,
         .forms = EXTRACT,
     .prepare = prepare_extract_json},
    ROW("dynamic_to_json", "value", "The value as JSON text, keys in order.",
        "dynamic_to_json(dynamic({\"b\":1, \"a\":[1, 2]}))", "{\"a\":[1,2],\"b\":1}", 0,
        {{"d", TYPE_STRING, dynamic_to_json}}),
    ROW("treepath", "value", "All paths in the value, as an array of text.",
        "treepath(dynamic({\"a\":{\"b\":1}, \"c\":[1, 2]}))",
        "[\"['a']\",\"['a']['b']\",\"['c']\",\"['c'][0]\"]", 0, {{"d", TYPE_DYNAMIC, treepath}}),
    {0},
};
