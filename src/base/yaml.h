/* A strict reader for YAML files (rules, themes, keys): a tree of nodes with places. Refused, with
 * file, line and column: aliases and anchors, tags, several documents, duplicate keys, files over
 * 1 MiB, depth over 32, more than 50,000 nodes, bytes that are no UTF-8. An empty file is an empty
 * map. yaml.c alone includes libyaml. */
#ifndef BASE_YAML_H
#define BASE_YAML_H
#include "base/error.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };
struct yaml {
    enum yaml_kind kind;
    struct str key;      /* the key under which it hangs in a map, else empty */
    struct str text;     /* scalar: its value */
    bool block;          /* scalar written as a literal block (|) */
    int line, column;    /* of the value's first character in the file, from 1. For a block: of the
                          * first line of its content */
    int indent;          /* block: columns cut off in front of each line */
    uint32_t start, end; /* byte offsets in the file of the value's source text */
    struct yaml *first;  /* children in order, linked by next */
    struct yaml *next;
};
bool yaml_parse(struct arena *a, struct str name, struct str text, struct yaml **root,
                struct error *err);
bool yaml_read_file(struct arena *a, struct str path, struct yaml **root, struct str *text,
                    struct error *err);
struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL: not there */
struct str yaml_text(const struct yaml *map, const char *key, struct str otherwise);
#endif
