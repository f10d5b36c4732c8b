/* Rules: a Sentinel YAML file in, struct rule out. The file's text is kept byte for byte, with the
 * place of the query block in it, so that errors point into the file and a tuned rule can be
 * written back. */
#include <dirent.h>
#include <stdlib.h>
#include "base/arena.h"
#include "base/file.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "hunt/hunt.h"

struct str_list {
    struct str *items;
    size_t n, cap;
};

/* The folders in which rules are found by name, in order. */
static void rule_folders(struct arena *a, struct str_list *out)
{
    vec_push(a, out, STR("rules"));
    struct str data = path_xdg(a, "data", false);
    if (data.n)
        vec_push(a, out, path_join(a, data, STR("rules")));
    vec_push(a, out, STR(HARRIER_DATA "/rules"));
}

static int by_text(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

size_t rule_list(struct arena *a, struct str **names)
{
    struct str_list folders = {0}, found = {0};
    rule_folders(a, &folders);
    for (size_t i = 0; i < folders.n; i++) {
        DIR *dir = opendir(str_z(a, folders.items[i]));
        if (!dir)
            continue;
        for (struct dirent *e; (e = readdir(dir));) {
            struct str name = str_of(e->d_name);
            if (str_ends(name, STR(".yaml")))
                vec_push(a, &found, str_dup(a, str_sub(name, 0, name.n - 5)));
        }
        closedir(dir);
    }
    if (found.n)
        qsort(found.items, found.n, sizeof *found.items, by_text);
    size_t n = 0;
    for (size_t i = 0; i < found.n; i++)
        if (n == 0 || !str_eq(found.items[n - 1], found.items[i]))
            found.items[n++] = found.items[i];
    *names = found.items;
    return n;
}

static bool rule_find(struct arena *a, struct str name, struct str *path, struct error *err)
{
    bool is_path = str_find_byte(name, '/') < name.n || str_ends(name, STR(".yaml")) ||
                   str_ends(name, STR(".yml"));
    if (is_path || path_exists(a, name)) {
        *path = name;
        return true;
    }
    struct str_list folders = {0};
    rule_folders(a, &folders);
    for (size_t i = 0; i < folders.n; i++) {
        *path = str_fmt(a, "%.*s/%.*s.yaml", STR_ARG(folders.items[i]), STR_ARG(name));
        if (path_exists(a, *path))
            return true;
    }
    struct str *names;
    struct nearest near;
    nearest_init(&near, name);
    for (size_t i = 0, n = rule_list(a, &names); i < n; i++)
        nearest_offer(&near, names[i]);
    struct str best = nearest_found(&near);
    struct buf where = {0};
    for (size_t i = 0; i < folders.n; i++)
        buf_addf(&where, "%s%.*s", i ? ", " : "", STR_ARG(folders.items[i]));
    error_set(err, "no rule '%.*s' in %.*s%s%.*s%s", STR_ARG(name), STR_ARG(buf_str(&where)),
              best.n ? "; did you mean '" : "", STR_ARG(best), best.n ? "'?" : "");
    buf_release(&where);
    return false;
}

/* Texts of a list of scalars, or of one scalar. */
static size_t yaml_texts(struct arena *a, const struct yaml *root, const char *key,
                         struct str **out)
{
    struct str_list list = {0};
    struct yaml *node = yaml_get(root, key);
    if (node && node->kind == YAML_SCALAR && node->text.n)
        vec_push(a, &list, node->text);
    else if (node && node->kind == YAML_LIST)
        for (struct yaml *item = node->first; item; item = item->next)
            if (item->kind == YAML_SCALAR)
                vec_push(a, &list, item->text);
    *out = list.items;
    return list.n;
}

/* Sentinel's descriptions carry quotation marks of their own inside the block. */
static struct str unquoted(struct str s)
{
    s = str_trim(s);
    if (s.n >= 2 && s.p[0] == '\'' && s.p[s.n - 1] == '\'')
        s = str_trim(str_sub(s, 1, s.n - 1));
    return s;
}

bool rule_load(struct arena *a, struct str name_or_path, struct rule **out, struct error *err)
{
    struct rule *rule = ARENA_NEW(a, struct rule);
    struct yaml *root;
    if (!rule_find(a, name_or_path, &rule->path, err))
        return false;
    if (!yaml_read_file(a, rule->path, &root, &rule->file_text, err))
        return false;
    if (root->kind != YAML_MAP)
        return error_set(err, "%.*s: a rule is a YAML map with a 'query'", STR_ARG(rule->path));
    struct yaml *query = yaml_get(root, "query");
    if (!query || query->kind != YAML_SCALAR || !str_trim(query->text).n)
        return error_set(err, "%.*s: there is no 'query' in this rule", STR_ARG(rule->path));
    rule->is_file = true;
    rule->id = yaml_text(root, "id", STR(""));
    rule->name = yaml_text(root, "name", path_base(rule->path));
    rule->description = unquoted(yaml_text(root, "description", STR("")));
    rule->severity = yaml_text(root, "severity", STR(""));
    rule->version = yaml_text(root, "version", STR(""));
    rule->n_tactics = yaml_texts(a, root, "tactics", &rule->tactics);
    rule->n_techniques = yaml_texts(a, root, "relevantTechniques", &rule->techniques);
    rule->n_tags = yaml_texts(a, root, "tags", &rule->tags);
    rule->query = (struct source_text){rule->path, query->text, query->line,
                                       query->block ? query->indent : 0};
    rule->query_start = query->block ? query->start : 0;
    rule->query_end = query->block ? query->end : 0;
    *out = rule;
    return true;
}

struct rule *rule_of_query(struct arena *a, struct str kql)
{
    struct rule *rule = ARENA_NEW(a, struct rule);
    kql = str_dup(a, kql);
    rule->path = STR("query");
    rule->name = str_trim(kql);
    rule->id = rule->description = rule->severity = rule->version = STR("");
    rule->file_text = kql;
    rule->query = (struct source_text){STR("query"), kql, 1, 0};
    rule->query_end = (uint32_t)kql.n;
    return rule;
}
