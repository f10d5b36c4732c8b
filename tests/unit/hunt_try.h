/* For tests of a hunt: a log of its own in a folder of its own, and the hunt over it, loaded. */
#ifndef HUNT_TRY_H
#define HUNT_TRY_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/instant.h"
#include "hunt/hunt.h"

static char try_folder[] = "/tmp/harrier-hunt-XXXXXX";
static char log_path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(try_folder))
        return 1;
    snprintf(log_path, sizeof log_path, "%s/u_ex240101.log", try_folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(log_path);
    return rmdir(try_folder);
}

/* The log as it is, loaded; `o` says what is not the same for every hunt. */
static inline struct hunt *try_open(struct hunt_options o)
{
    struct str path = str_of(log_path);
    struct error err = {0};
    struct hunt *h = NULL;
    o.paths = &path;
    o.n_paths = 1;
    o.threads = 2;
    o.since = INT64_MIN;
    o.until = INT64_MAX;
    o.lineage = o.keep = true;
    if (!hunt_open(&o, &h, &err))
        fail_msg("%s", err.message);
    hunt_start(h);
    assert_true(hunt_wait(h));
    return h;
}

/* The log has this text, and the query is asked of it (NULL: the default rule). */
static struct hunt *try_hunt(const char *text, const char *query, enum absent absent)
{
    FILE *f = fopen(log_path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    return try_open((struct hunt_options){.query = query ? str_of(query) : STR_NONE,
                                          .logs.absent = absent});
}

#define AWAIT(done)                                                                                \
    do                                                                                             \
        usleep(1000);                                                                              \
    while (!(done))
#endif
