/* Paths into dynamic values: $.a.b[0]['c d'], and a plain key. */
#ifndef FUNC_JSON_PATH_H
#define FUNC_JSON_PATH_H
#include "func/func.h"

#define PATH_MAX_STEPS 64

struct path_step {
    struct str key; /* a member … */
    int64_t index;  /* … or an element */
    bool is_index;
};
struct json_path {
    struct path_step steps[PATH_MAX_STEPS];
    size_t n;
};
/* False when it is no path. Keys point into `text`. */
bool json_path_parse(struct str text, struct json_path *path);
/* The value there; STR_NONE when there is none. */
struct str json_path_find(struct str d, const struct json_path *path);
#endif
