/* Filters kept by name: a line `name: text` each, in the file `filters` of the config folder. The
 * file is for people too: lines that begin with # and empty ones stay as they are. */
#include "base/file.h"
#include "base/vec.h"
#include "hunt/filter_internal.h"

#define MOST_BYTES (1 << 20)

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == ':' || s.p[i] == 0x7f)
            return false;
    return s.n > 0 && s.n <= 80 && s.p[0] != '#';
}

static bool is_note(struct str line)
{
    line = str_trim(line);
    return line.n == 0 || line.p[0] == '#';
}

static bool read_line(struct str line, struct filter_saved *out)
{
    size_t colon = str_find_byte(line, ':');
    if (colon == line.n)
        return false;
    *out = (struct filter_saved){str_trim(str_sub(line, 0, colon)),
                                 str_trim(str_sub(line, colon + 1, line.n))};
    return is_name(out->name) && out->text.n > 0;
}

static bool read_file(struct arena *a, bool make, struct str *path, struct str *text,
                      struct error *err)
{
    struct str folder = path_xdg(a, "config", make);
    *text = STR_NONE;
    if (!folder.n)
        return error_set(err, "there is no home folder to keep filters in");
    *path = path_join(a, folder, STR("filters"));
    return !path_exists(a, *path) || file_read(a, *path, MOST_BYTES, text, err);
}

bool filter_load_saved(struct arena *a, struct filter_saved **out, size_t *n, struct error *err)
{
    VEC(struct filter_saved) all = {0};
    struct str path, rest;
    int number = 0;
    *out = NULL;
    *n = 0;
    if (!read_file(a, false, &path, &rest, err))
        return false;
    while (rest.n) {
        struct filter_saved one;
        struct str line = str_cut(&rest, '\n');
        number++;
        if (is_note(line))
            continue;
        if (!read_line(line, &one))
            return error_set(err, "%.*s:%d: a line is `name: filter`", STR_ARG(path), number);
        vec_push(a, &all, one);
    }
    *out = all.items;
    *n = all.n;
    return true;
}

static bool save(struct arena *a, struct str name, struct str text, struct error *err)
{
    struct str path, rest;
    struct file_out *out;
    struct filter_saved *before;
    size_t n;
    bool placed = false;
    if (!filter_load_saved(a, &before, &n, err) || !read_file(a, true, &path, &rest, err) ||
        !file_out_open(a, path, &out, err))
        return false;
    struct str mine = text.n ? str_fmt(a, "%.*s: %.*s\n", STR_ARG(name), STR_ARG(text)) : STR("");
    while (rest.n) {
        struct filter_saved one;
        struct str line = str_cut(&rest, '\n');
        if (is_note(line) || !read_line(line, &one) || !str_eq(one.name, name)) {
            file_out_write(out, line);
            file_out_write(out, STR("\n"));
        } else if (!placed) {
            file_out_write(out, mine);
            placed = true;
        }
    }
    if (!placed)
        file_out_write(out, mine);
    return file_out_commit(out, err);
}

bool filter_save(struct str name, struct str text, struct error *err)
{
    name = str_trim(name);
    text = str_trim(text);
    if (!is_name(name))
        return error_set(err, "a name has no ':' and does not begin with '#'");
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ')
            return error_set(err, "a filter to be kept is one line");
    struct arena *a = arena_new();
    bool ok = save(a, name, text, err);
    arena_free(a);
    return ok;
}
