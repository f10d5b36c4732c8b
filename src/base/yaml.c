/* YAML files to a tree of nodes with places. In: the bytes of a file. Out: scalars, lists and maps,
 * each knowing where it stands, or the first error with its place. libyaml does the reading;
 * everything that can make a small file large or ambiguous is refused. */
#include "base/yaml.h"

#include <yaml.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/utf8.h"

#define MOST_BYTES ((size_t)1 << 20)
#define MOST_DEPTH 32
#define MOST_NODES 50000

struct reader {
    yaml_parser_t parser;
    struct arena *arena;
    struct source_text source;
    struct error *err;
    struct str content; /* the file without a byte order mark */
    size_t mark_bytes;  /* of that mark: 0 or 3 */
    /* libyaml counts characters; where its last mark was, in bytes: */
    size_t index; /* characters before */
    size_t byte;  /* bytes of content before */
    int line;     /* line of the file, from 1 */
    int nodes;
};

/* Byte offset in content of a mark. Marks come nearly in order, so the walk from the last is short.
 */
static size_t byte_of(struct reader *r, yaml_mark_t mark)
{
    const char *p = r->content.p;

    while (r->index < mark.index && r->byte < r->content.n) {
        r->line += p[r->byte] == '\n';
        utf8_next(r->content, &r->byte);
        r->index++;
    }
    while (r->index > mark.index && r->byte > 0) {
        do
            r->byte--;
        while (r->byte > 0 && ((unsigned char)p[r->byte] & 0xc0) == 0x80);
        r->line -= p[r->byte] == '\n';
        r->index--;
    }
    return r->byte;
}

static bool refuse_at(struct reader *r, size_t start, size_t end, const char *why,
                      struct str detail)
{
    struct span span = {(uint32_t)(start + r->mark_bytes), (uint32_t)(end + r->mark_bytes)};

    return error_at(r->err, &r->source, span, "%s%.*s", why, STR_ARG(detail));
}

static bool refuse(struct reader *r, const yaml_event_t *event, const char *why)
{
    size_t start = byte_of(r, event->start_mark);

    return refuse_at(r, start, byte_of(r, event->end_mark), why, STR(""));
}

static bool refuse_syntax(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "no YAML";
    size_t at;

    if (p->error == YAML_MEMORY_ERROR)
        return error_set(r->err, "out of memory while reading YAML");
    if (p->error == YAML_READER_ERROR)
        at = p->problem_offset < r->content.n ? p->problem_offset : r->content.n;
    else
        at = byte_of(r, p->problem_mark);
    return refuse_at(r, at, at, problem, STR(""));
}

static bool next_event(struct reader *r, yaml_event_t *event)
{
    return yaml_parser_parse(&r->parser, event) || refuse_syntax(r);
}

/* What a node may not carry, whatever its kind. */
static bool plain_node(struct reader *r, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return refuse(r, event, "aliases are not allowed");
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default:
        return refuse(r, event, "unexpected YAML");
    }
    if (anchor)
        return refuse(r, event, "anchors are not allowed");
    if (tag)
        return refuse(r, event, "tags are not allowed");
    if (++r->nodes > MOST_NODES)
        return refuse(r, event, "more than 50000 nodes");
    return true;
}

static size_t next_line(struct str text, size_t at)
{
    while (at < text.n && text.p[at] != '\n' && text.p[at] != '\r')
        at++;
    if (at + 1 < text.n && text.p[at] == '\r' && text.p[at + 1] == '\n')
        at++;
    return at < text.n ? at + 1 : at;
}

static size_t leading_spaces(struct str text, size_t at)
{
    size_t n = 0;

    while (at + n < text.n && text.p[at + n] == ' ')
        n++;
    return n;
}

static bool line_is_empty(struct str text, size_t at)
{
    return at >= text.n || text.p[at] == '\n' || text.p[at] == '\r';
}

/* How far a block's lines are indented in the file: what the first line that says something has in
 * front there, less what it has in front in the value. */
static int block_indent(struct str content, size_t start, struct str value)
{
    size_t at = start, in_value = 0;

    while (in_value < value.n && line_is_empty(value, in_value)) {
        at = next_line(content, at);
        in_value++;
    }
    if (in_value == value.n)
        return 0;
    size_t there = leading_spaces(content, at), here = leading_spaces(value, in_value);
    return there > here ? (int)(there - here) : 0;
}

/* A literal block's content begins on the line after the '|' and has as many lines as its value. */
static void place_block(struct reader *r, struct yaml *node, size_t bar)
{
    size_t start = next_line(r->content, bar), end = start;

    node->block = true;
    node->line = r->line + 1;
    node->indent = block_indent(r->content, start, node->text);
    node->column = node->indent + 1;
    for (size_t i = 0; i < node->text.n; i++)
        if (node->text.p[i] == '\n')
            end = next_line(r->content, end);
    if (node->text.n && node->text.p[node->text.n - 1] != '\n') {
        end = next_line(r->content, end);
        while (end > start && line_is_empty(r->content, end - 1))
            end--;
    }
    node->start = (uint32_t)(start + r->mark_bytes);
    node->end = (uint32_t)(end + r->mark_bytes);
}

static void place_scalar(struct reader *r, struct yaml *node, const yaml_event_t *event)
{
    size_t start = byte_of(r, event->start_mark);

    node->line = r->line;
    node->column = (int)event->start_mark.column + 1;
    node->start = (uint32_t)(start + r->mark_bytes);
    if (event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE)
        place_block(r, node, start);
    else
        node->end = (uint32_t)(byte_of(r, event->end_mark) + r->mark_bytes);
}

static bool read_node(struct reader *r, yaml_event_t *event, int depth, struct yaml **out);

/* A key: a scalar that was not there before. */
static bool read_key(struct reader *r, const yaml_event_t *event, struct map *seen, struct str *key)
{
    bool added;

    if (!plain_node(r, event))
        return false;
    if (event->type != YAML_SCALAR_EVENT)
        return refuse(r, event, "a key must be plain text");
    *key = str_dup(r->arena,
                   (struct str){(const char *)event->data.scalar.value, event->data.scalar.length});
    map_slot(seen, *key, 0, &added);
    if (added)
        return true;
    size_t start = byte_of(r, event->start_mark);
    return refuse_at(r, start, byte_of(r, event->end_mark), "duplicate key: ", *key);
}

/* Children up to the end event of a list or map. */
static bool read_children(struct reader *r, struct yaml *parent, int depth)
{
    struct yaml **link = &parent->first;
    struct map seen;
    yaml_event_t event;

    map_init(&seen, r->arena);
    for (;;) {
        struct str key = {"", 0};
        if (!next_event(r, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
            parent->end = (uint32_t)(byte_of(r, event.end_mark) + r->mark_bytes);
            yaml_event_delete(&event);
            return true;
        }
        bool ok = true;
        if (parent->kind == YAML_MAP) {
            ok = read_key(r, &event, &seen, &key);
            yaml_event_delete(&event);
            if (!ok || !next_event(r, &event))
                return false;
        }
        ok = read_node(r, &event, depth, link);
        yaml_event_delete(&event);
        if (!ok)
            return false;
        (*link)->key = key;
        link = &(*link)->next;
    }
}

static bool read_node(struct reader *r, yaml_event_t *event, int depth, struct yaml **out)
{
    if (!plain_node(r, event))
        return false;
    if (depth > MOST_DEPTH)
        return refuse(r, event, "nested deeper than 32 levels");
    struct yaml *node = ARENA_NEW(r->arena, struct yaml);
    node->key = (struct str){"", 0};
    node->text = (struct str){"", 0};
    *out = node;
    if (event->type == YAML_SCALAR_EVENT) {
        struct str value = {(const char *)event->data.scalar.value, event->data.scalar.length};
        node->kind = YAML_SCALAR;
        node->text = str_dup(r->arena, value);
        place_scalar(r, node, event);
        return true;
    }
    node->kind = event->type == YAML_MAPPING_START_EVENT ? YAML_MAP : YAML_LIST;
    node->start = (uint32_t)(byte_of(r, event->start_mark) + r->mark_bytes);
    node->line = r->line;
    node->column = (int)event->start_mark.column + 1;
    return read_children(r, node, depth + 1);
}

static bool read_document(struct reader *r, struct yaml **root, bool *found)
{
    yaml_event_t event;

    if (!next_event(r, &event))
        return false;
    if (event.type == YAML_STREAM_END_EVENT) {
        yaml_event_delete(&event);
        *found = false;
        return true;
    }
    bool ok = true;
    if (*root)
        ok = refuse(r, &event, "a second document is not allowed");
    else if (event.data.document_start.tag_directives.start !=
             event.data.document_start.tag_directives.end)
        ok = refuse(r, &event, "tags are not allowed");
    yaml_event_delete(&event);
    if (!ok || !next_event(r, &event))
        return false;
    ok = read_node(r, &event, 1, root);
    yaml_event_delete(&event);
    if (!ok || !next_event(r, &event)) /* the end of the document */
        return false;
    yaml_event_delete(&event);
    *found = true;
    return true;
}

static bool read_stream(struct reader *r, struct yaml **root)
{
    yaml_event_t event;
    bool found = true;

    *root = NULL;
    if (!next_event(r, &event))
        return false;
    yaml_event_delete(&event);
    while (found)
        if (!read_document(r, root, &found))
            return false;
    if (!*root) { /* an empty file is an empty map */
        *root = ARENA_NEW(r->arena, struct yaml);
        **root = (struct yaml){.kind = YAML_MAP, .line = 1, .column = 1};
    }
    return true;
}

static bool check_bytes(struct reader *r)
{
    struct str text = r->source.text;

    if (text.n > MOST_BYTES) {
        text.n = 0; /* the place is the beginning */
        r->source.text = text;
        return error_at(r->err, &r->source, (struct span){0, 0}, "larger than 1 MiB");
    }
    for (size_t at = 0; at < text.n;) {
        size_t start = at;
        if (utf8_next(text, &at) == UTF8_BAD)
            return error_at(r->err, &r->source, (struct span){(uint32_t)start, (uint32_t)at},
                            "the byte 0x%02x is no UTF-8", (unsigned char)text.p[start]);
    }
    return true;
}

bool yaml_parse(struct arena *a, struct str name, struct str text, struct yaml **root,
                struct error *err)
{
    struct reader r = {.arena = a, .err = err, .line = 1};

    r.source = (struct source_text){.name = name, .text = text, .first_line = 1};
    if (!check_bytes(&r))
        return false;
    r.mark_bytes = str_starts(text, STR("\xef\xbb\xbf")) ? 3 : 0;
    r.content = str_sub(text, r.mark_bytes, text.n);
    if (!yaml_parser_initialize(&r.parser))
        return error_set(err, "out of memory while reading YAML");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(r.content.n ? r.content.p : ""),
                                 r.content.n);
    bool ok = read_stream(&r, root);
    yaml_parser_delete(&r.parser);
    return ok;
}

bool yaml_read_file(struct arena *a, struct str path, struct yaml **root, struct str *text,
                    struct error *err)
{
    struct str bytes;

    if (!file_read(a, path, MOST_BYTES, &bytes, err))
        return false;
    if (text)
        *text = bytes;
    return yaml_parse(a, path, bytes, root, err);
}

struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (struct yaml *child = map->first; child; child = child->next)
        if (str_is(child->key, key))
            return child;
    return NULL;
}

struct str yaml_text(const struct yaml *map, const char *key, struct str otherwise)
{
    const struct yaml *node = yaml_get(map, key);

    return node && node->kind == YAML_SCALAR ? node->text : otherwise;
}
