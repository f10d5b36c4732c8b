/* What speaks for a finding: signs of its own rows at once; then, from all that was loaded, POSTs
 * to scripts by its addresses before, agents that nobody else has, visits of minutes, how usual its
 * files, addresses and agents are, and the other files of its folder. In: a finding's detail; each
 * question is one pass over the logs in which its values are searched for as text. */
#include "base/instant.h"
#include "base/map.h"
#include "hunt/evidence.h"

enum { FOLDER_ROWS = 500 };

struct values {
    struct str v[SIGN_VALUES];
    size_t n;
    bool more; /* than are asked about */
};

struct sign {
    const char *sign;
    int64_t count, of;
    struct str what, reason;
};

struct witness {
    struct task task;
    const struct detail *detail;
    struct values ips, agents, stems;
    bool timed;
    int64_t from, to;      /* of the accesses */
    struct evidence *seen; /* the newest; under the hunt's lock */
    struct builder *usual;
    VEC(struct sign) found; /* in all that was loaded */
};

static struct str text(const struct table *t, const char *name, size_t row)
{
    size_t at = schema_find(&t->schema, str_of(name));
    struct value v = {.type = TYPE_STRING, .s = STR("")};
    if (at != SIZE_MAX)
        v = column_value(t->columns[at], row);
    return v.type == TYPE_STRING ? v.s : STR("");
}

static void add_value(struct values *all, struct str s)
{
    if (!s.n || str_is(s, "-"))
        return;
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->v[i], s))
            return;
    all->more |= all->n == SIGN_VALUES;
    if (all->n < SIGN_VALUES)
        all->v[all->n++] = s;
}

static void gather(struct witness *w)
{
    const struct table *t = w->detail->accesses;
    size_t time = schema_find(&t->schema, STR("TimeGenerated"));
    for (size_t i = 0; i < t->rows; i++) {
        struct value at = column_value(t->columns[time], i);
        add_value(&w->ips, text(t, "cIP", i));
        add_value(&w->agents, text(t, "csUserAgent", i));
        add_value(&w->stems, text(t, "csUriStem", i));
        if (at.null)
            continue;
        w->from = w->timed && w->from < at.i ? w->from : at.i;
        w->to = w->timed && w->to > at.i ? w->to : at.i;
        w->timed = true;
    }
}

static void add_list(struct buf *out, const char *column, const char *in, const struct values *v)
{
    buf_addf(out, "W3CIISLog | where %s %s (", column, in);
    for (size_t i = 0; i < v->n; i++) {
        buf_add_z(out, i ? ", " : "");
        query_text_literal(out, v->v[i]);
    }
    buf_add_z(out, ")");
}

static bool ask(struct witness *w, struct buf *query, const struct table **out)
{
    struct result *r;
    struct error none = {0};
    struct str kql = str_dup(w->task.arena, buf_str(query));
    buf_release(query);
    bool ok = task_query(&w->task, kql, &r);
    w->task.err = none; /* a question that cannot be asked is none that fails */
    if (ok)
        *out = r->table;
    return ok;
}

static void show(struct witness *w, const struct evidence *picture)
{
    struct evidence *kept = ARENA_NEW(w->task.arena, struct evidence);
    *kept = *picture;
    pthread_mutex_lock(&w->task.h->lock);
    w->seen = kept;
    pthread_mutex_unlock(&w->task.h->lock);
    task_news(&w->task);
}

/* ---- questions ------------------------------------------------------------------------------- */

static void note(struct witness *w, const char *sign, int64_t count, int64_t of, const char *what,
                 struct str reason)
{
    vec_push(w->task.arena, &w->found, ((struct sign){sign, count, of, str_of(what), reason}));
}

static void add_usual(struct witness *w, const char *what, const struct table *t, size_t row)
{
    builder_str(w->usual, str_of(what));
    for (size_t i = 0; i < 5; i++) /* value, requests, addresses, first, last */
        builder_value(w->usual, column_value(t->columns[i], row));
}

#define USUAL                                                                                      \
    "Requests = count(), Addresses = dcount(cIP, 4), First = min(TimeGenerated), Last = "          \
    "max(TimeGenerated)"

static struct str ago_text(struct arena *a, int64_t ticks)
{
    char short_text[INSTANT_TEXT];
    return str_dup(a, (struct str){short_text, timespan_format_short(ticks, short_text)});
}

/* POSTs to scripts up to the access, and visits that lasted for minutes. */
static void ask_addresses(struct witness *w)
{
    struct buf q = {0};
    const struct table *t;
    int64_t posts = 0, visits = 0, last = INT64_MIN, longest = 0;
    struct str script = STR_NONE;
    if (!w->ips.n || !w->timed)
        return;
    add_list(&q, "cIP", "in", &w->ips);
    buf_add_z(&q, " | extend Post = " SCRIPT_POST " and TimeGenerated <= ");
    query_time_literal(&q, w->to);
    buf_add_z(
        &q, " | summarize " USUAL ", Posts = countif(Post), LastPost = maxif(TimeGenerated, Post), "
            "Scripts = make_set_if(csUriStem, Post, 1) by cIP | project cIP, Requests, Addresses, "
            "First, Last, Posts, LastPost, Script = tostring(Scripts[0])");
    if (!ask(w, &q, &t))
        return;
    for (size_t i = 0; i < t->rows; i++) {
        struct value first = column_value(t->columns[3], i), end = column_value(t->columns[4], i);
        struct value post = column_value(t->columns[6], i);
        add_usual(w, "address", t, i);
        posts += column_value(t->columns[5], i).i;
        if (!post.null && post.i > last) {
            last = post.i;
            script = column_value(t->columns[7], i).s;
        }
        if (!first.null && end.i - first.i <= VISIT_MINUTES * TICKS_PER_MINUTE) {
            visits++;
            longest = end.i - first.i > longest ? end.i - first.i : longest;
        }
    }
    int64_t of = (int64_t)w->ips.n;
    if (posts)
        note(w, "P", posts, posts, "POSTs to scripts",
             str_fmt(w->task.arena,
                     "by the same address before, to %.*s among others; the last one %.*s before "
                     "the last access",
                     STR_ARG(script), STR_ARG(ago_text(w->task.arena, w->to - last))));
    if (visits)
        note(w, "M", visits, of, "short visit",
             str_fmt(w->task.arena, "the address was seen for %.*s in all that was loaded",
                     STR_ARG(ago_text(w->task.arena, longest))));
}

static void ask_agents(struct witness *w)
{
    struct buf q = {0};
    const struct table *t;
    int64_t alone = 0;
    struct str agent = STR_NONE;
    if (!w->agents.n)
        return;
    add_list(&q, "csUserAgent", "in", &w->agents);
    buf_add_z(&q,
              " | summarize " USUAL " by csUserAgent | project csUserAgent, Requests, Addresses, "
              "First, Last");
    if (!ask(w, &q, &t))
        return;
    for (size_t i = 0; i < t->rows; i++) {
        add_usual(w, "user agent", t, i);
        if (column_value(t->columns[2], i).i == 1) {
            alone++;
            agent = column_value(t->columns[0], i).s;
        }
    }
    if (alone)
        note(w, "U", alone, (int64_t)w->agents.n, "agent of its own",
             str_fmt(w->task.arena, "no other address has the user agent %.*s", STR_ARG(agent)));
}

static void ask_files(struct witness *w)
{
    struct buf q = {0};
    const struct table *t;
    if (!w->stems.n)
        return;
    add_list(&q, "csUriStem", "in~", &w->stems);
    buf_add_z(&q, " | summarize " USUAL " by csUriStem | project csUriStem, Requests, Addresses, "
                  "First, Last");
    if (ask(w, &q, &t))
        for (size_t i = 0; i < t->rows; i++)
            add_usual(w, "file", t, i);
}

static void ask_folder(struct witness *w, struct evidence *out)
{
    struct buf q = {0};
    const struct table *t;
    if (!w->stems.n)
        return;
    size_t slash = str_find_last_byte(w->stems.v[0], '/');
    if (slash >= w->stems.v[0].n)
        return;
    buf_add_z(&q, "W3CIISLog | where csUriStem startswith ");
    query_text_literal(&q, str_sub(w->stems.v[0], 0, slash + 1));
    buf_addf(&q,
             " | where indexof(csUriStem, \"/\", %zu) < 0 | summarize " USUAL
             " by csUriStem | top %d by Requests asc | project csUriStem, Requests, Addresses, "
             "First, Last",
             slash + 1, FOLDER_ROWS);
    if (ask(w, &q, &t)) {
        out->folder = ARENA_NEW(w->task.arena, struct table);
        *out->folder = *t;
    }
}

/* ---- the pictures ---------------------------------------------------------------------------- */

static struct table *signs_table(struct witness *w)
{
    static const struct field fields[] = {{STR("Sign"), TYPE_STRING},
                                          {STR("Count"), TYPE_LONG},
                                          {STR("Of"), TYPE_LONG},
                                          {STR("What"), TYPE_STRING},
                                          {STR("Reason"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    struct builder *b = builder_new(w->task.arena, &schema);
    for (size_t i = 0; i < w->found.n; i++) {
        const struct sign *s = &w->found.items[i];
        sign_add(b, s->sign, s->count, s->of, s->what, s->reason);
    }
    signs_of_rows(w->task.h, w->detail, b);
    return builder_finish(b);
}

/* What these logs cannot say, with the times and names to look for. */
static struct table *elsewhere_table(struct witness *w)
{
    static const struct field fields[] = {{STR("What"), TYPE_STRING}, {STR("Look"), TYPE_STRING}};
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    struct arena *a = w->task.arena;
    struct builder *b = builder_new(a, &schema);
    struct str stem = w->stems.n ? w->stems.v[0] : STR("the file");
    struct str ip = w->ips.n ? w->ips.v[0] : STR("the address");
    char text_from[INSTANT_TEXT], text_to[INSTANT_TEXT];
    struct str from = {text_from, w->timed ? instant_format_short(w->from, text_from) : 0};
    struct str to = {text_to, w->timed ? instant_format_short(w->to, text_to) : 0};
    builder_str(b, STR("Exchange admin audit log"));
    builder_str(b,
                str_fmt(a, "New-MailboxExportRequest and Remove-MailboxExportRequest before %.*s",
                        STR_ARG(from)));
    builder_str(b, STR("Process events"));
    builder_str(b, str_fmt(a, "7z, rar or zip on the server, started before %.*s", STR_ARG(from)));
    builder_str(b, STR("Files of the web root"));
    builder_str(b, str_fmt(a,
                           "%.*s: who made it, when, its size and hash, and what was deleted after "
                           "%.*s",
                           STR_ARG(stem), STR_ARG(to)));
    builder_str(b, STR("Firewall, flow records"));
    builder_str(b, str_fmt(a, "bytes sent to %.*s from %.*s to %.*s", STR_ARG(ip), STR_ARG(from),
                           STR_ARG(to)));
    builder_str(b, STR("Proxy or load balancer"));
    builder_str(b, str_fmt(a, "who stood behind %.*s then", STR_ARG(ip)));
    return builder_finish(b);
}

static struct table *usual_table(struct witness *w)
{
    struct table *t = builder_finish(w->usual);
    w->usual = NULL;
    return t;
}

static void evidence_work(struct task *t)
{
    static const struct field fields[] = {
        {STR("What"), TYPE_STRING},    {STR("Value"), TYPE_STRING},   {STR("Requests"), TYPE_LONG},
        {STR("Addresses"), TYPE_LONG}, {STR("First"), TYPE_DATETIME}, {STR("Last"), TYPE_DATETIME},
    };
    struct schema schema = {(struct field *)fields, sizeof fields / sizeof *fields};
    struct witness *w = (struct witness *)t;
    struct evidence picture = *w->seen;
    if (!task_await_logs(t))
        return;
    w->usual = builder_new(t->arena, &schema);
    ask_files(w);
    ask_addresses(w);
    if (!task_stopped(t))
        ask_agents(w);
    if (task_stopped(t))
        return;
    picture.signs = signs_table(w);
    picture.usual = usual_table(w);
    show(w, &picture);
    ask_folder(w, &picture);
    if (!task_stopped(t))
        show(w, &picture);
}

struct witness *hunt_evidence(struct hunt *h, const struct detail *d)
{
    struct witness *w = task_new(h, sizeof *w, evidence_work);
    w->detail = d;
    w->task.quiet = true;
    w->seen = ARENA_NEW(w->task.arena, struct evidence);
    gather(w);
    w->seen->signs = signs_table(w);
    w->seen->elsewhere = elsewhere_table(w);
    task_start(&w->task);
    return w;
}

const struct evidence *witness_seen(struct witness *w)
{
    pthread_mutex_lock(&w->task.h->lock);
    const struct evidence *seen = w->seen;
    pthread_mutex_unlock(&w->task.h->lock);
    return seen;
}

bool witness_done(const struct witness *w)
{
    return atomic_load(&w->task.done);
}

void witness_close(struct witness *w)
{
    task_close((struct task *)w);
}
