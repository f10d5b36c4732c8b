/* A run: parameters, workers and memory around the pipelines; tables of nodes made once; the
 * result. */
#include "exec/sieve.h"

/* ---- errors ---------------------------------------------------------------------------------- */

bool exec_fail_at(struct exec *x, struct span span, const char *message)
{
    pthread_mutex_lock(&x->lock);
    if (x->err && !x->err->set)
        error_at(x->err, &x->q->source, span, "%s", message);
    pthread_mutex_unlock(&x->lock);
    atomic_store(&x->stop, true);
    return false;
}

void exec_fail(struct exec *x, const struct error *err)
{
    pthread_mutex_lock(&x->lock);
    if (x->err && !x->err->set)
        *x->err = *err;
    pthread_mutex_unlock(&x->lock);
    atomic_store(&x->stop, true);
}

bool worker_fail(struct worker *w, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pthread_mutex_lock(&w->x->lock);
    if (w->x->err && !w->x->err->set)
        error_set(w->x->err, "%s", text);
    pthread_mutex_unlock(&w->x->lock);
    atomic_store(&w->x->stop, true);
    return false;
}

/* ---- what operators ask ---------------------------------------------------------------------- */

struct arena *exec_arena(struct exec *x)
{
    return x->arena;
}
struct pool *exec_pool(struct exec *x)
{
    return x->o->pool;
}
int64_t exec_now(const struct exec *x)
{
    return x->o->now;
}
bool exec_lineage(const struct exec *x)
{
    return x->o->lineage;
}
int exec_threads(const struct exec *x)
{
    return x->n_workers;
}
int64_t exec_origin_of(const struct plan_node *node, size_t row)
{
    return origin_row(node->id, row);
}
struct worker *exec_worker(struct exec *x, int thread)
{
    return &x->workers[thread];
}
struct exec *worker_exec(struct worker *w)
{
    return w->x;
}
int worker_number(const struct worker *w)
{
    return w->number;
}
void exec_enough(struct exec *x)
{
    x->enough = true;
}

void worker_regex_limits(struct worker *w, uint64_t hits)
{
    w->regex_limits += hits;
}
struct arena *worker_arena(struct worker *w)
{
    return w->arena;
}

bool exec_cancelled_by_caller(const struct exec *x)
{
    return x->o->cancel && atomic_load_explicit(x->o->cancel, memory_order_relaxed);
}

bool exec_cancelled(const struct exec *x)
{
    return atomic_load_explicit(&x->stop, memory_order_relaxed) || exec_cancelled_by_caller(x);
}

struct value exec_param(const struct exec *x, size_t slot)
{
    return x->o->params ? x->o->params[slot] : x->q->params[slot].published;
}

struct value *exec_params(const struct exec *x, struct arena *a)
{
    struct value *own = ARENA_ARRAY(a, struct value, x->q->n_params);

    for (size_t i = 0; i < x->q->n_params; i++) {
        own[i] = exec_param(x, i);
        if (!own[i].null && own[i].type != TYPE_NONE && type_shape(own[i].type) == SHAPE_STR)
            own[i].s = str_dup(a, own[i].s);
    }
    return own;
}

bool exec_params_same(const struct exec *x, param_set set, const struct value *params)
{
    for (size_t i = 0; i < x->q->n_params; i++) {
        if (!(set & param_bit(i)))
            continue;
        struct value now = exec_param(x, i);
        if (now.type != params[i].type || !value_equal(now, params[i]))
            return false;
    }
    return true;
}

bool exec_switched_on(const struct exec *x, const struct plan_node *node)
{
    if (node->switch_param < 0)
        return true;
    struct value v = exec_param(x, (size_t)node->switch_param);
    return !v.null && v.b;
}

void ordinals_fill(struct ordinals *o, const struct chunk *c, uint64_t *out)
{
    if (!o->started || o->block != c->block)
        *o = (struct ordinals){c->block, 0, true};
    for (size_t i = 0; i < c->rows; i++)
        out[i] = (uint64_t)o->block << 32 | o->next++;
}

/* ---- tables of nodes ------------------------------------------------------------------------- */

/* The table comes from what is kept where it is good for this run's parameters; else it is made,
 * and kept. */
static bool make_table(struct exec *x, const struct plan_node *node, struct table **out,
                       struct error *err)
{
    const struct op_run *run = node->op->run;

    if (run->table) {
        if (!run->table(x, node, out, err))
            return false;
        x->workers[0].counts[node->id].rows_out += (int64_t)(*out)->rows;
        return true;
    }
    if (!x->keep || node == x->q->root || node == x->q->keep)
        return pipe_run(x, node, out, err);
    if ((*out = keep_take(x, node)))
        return true;
    struct store *ahead = ahead_store(x, node), *s = ahead ? ahead : store_new(x->n_workers);
    struct arenas before;
    store_enter(x, s, &before);
    bool ok = pipe_run(x, node, out, err);
    store_leave(x, &before);
    if (ok && x->same) {
        store_drop(s);
        keep_renew(x, node);
    } else if (ok) {
        keep_put(x, node, s, *out);
    } else {
        store_drop(s);
    }
    return ok;
}

bool exec_table(struct exec *x, const struct plan_node *node, struct table **out, struct error *err)
{
    if (!exec_table_bare(x, node, out, err))
        return false;
    table_complete(*out);
    return true;
}

bool exec_table_bare(struct exec *x, const struct plan_node *node, struct table **out,
                     struct error *err)
{
    struct table *t = x->tables[node->id];

    if (!t) {
        if (!make_table(x, node, &t, err))
            return false;
        x->tables[node->id] = t;
    }
    *out = t;
    return true;
}

static struct value list_of(struct exec *x, struct table *t)
{
    struct str *items = ARENA_ARRAY(x->arena, struct str, t->rows);

    for (size_t i = 0; i < t->rows; i++)
        items[i] = dyn_from_value(x->arena, column_value(t->columns[0], i));
    return (struct value){.type = TYPE_DYNAMIC, .s = dyn_from_array(x->arena, items, t->rows)};
}

static bool run_subqueries(struct exec *x, struct error *err)
{
    x->subvalues = ARENA_ARRAY(x->arena, struct value, x->q->n_subqueries);
    for (size_t i = 0; i < x->q->n_subqueries; i++) {
        const struct subquery *s = &x->q->subqueries[i];
        struct table *t;
        if (!exec_table(x, s->root, &t, err))
            return false;
        if (s->list)
            x->subvalues[i] = list_of(x, t);
        else if (t->rows)
            x->subvalues[i] = column_value(t->columns[0], 0);
        else
            x->subvalues[i] = (struct value){.type = s->type, .null = true};
    }
    return true;
}

/* ---- a run ----------------------------------------------------------------------------------- */

static void free_arena(void *a)
{
    arena_free(a);
}

static void open_worker(struct exec *x, int i)
{
    struct worker *w = &x->workers[i];

    w->x = x;
    w->number = i;
    w->arena = arena_new();
    w->lasting = arena_new();
    w->scratch = arena_new();
    arena_at_end(x->arena, free_arena, w->arena);
    arena_at_end(x->arena, free_arena, w->lasting);
    w->calls = ARENA_ARRAY(w->lasting, struct call_state, x->q->n_calls);
    w->counts = ARENA_ARRAY(w->lasting, struct stage_count, x->q->n_nodes);
    w->locals = ARENA_ARRAY(w->lasting, void *, x->q->n_nodes);
}

void exec_open(struct exec *x, const struct query *q, const struct exec_options *o,
               struct error *err)
{
    memset(x, 0, sizeof *x);
    x->q = q;
    x->o = o;
    x->err = err;
    x->arena = arena_new();
    x->began = monotonic_seconds();
    pthread_mutex_init(&x->lock, NULL);
    x->shared = ARENA_ARRAY(x->arena, void *, q->n_nodes);
    x->opened = ARENA_ARRAY(x->arena, bool, q->n_nodes);
    x->tables = ARENA_ARRAY(x->arena, struct table *, q->n_nodes);
    x->owners = ARENA_ARRAY(x->arena, struct store *, q->n_nodes);
    x->n_workers = pool_threads(o->pool);
    x->workers = ARENA_ARRAY(x->arena, struct worker, x->n_workers);
    for (int i = 0; i < x->n_workers; i++)
        open_worker(x, i);
    if (o->lineage)
        x->lineage = lineage_new(x->arena, q);
}

/* The run's memory goes with `run`, when there is one. */
void exec_close(struct exec *x, struct arena *run)
{
    for (int i = 0; i < x->n_workers; i++)
        arena_free(x->workers[i].scratch);
    pthread_mutex_destroy(&x->lock);
    if (run)
        arena_at_end(run, free_arena, x->arena);
    else
        arena_free(x->arena);
}

void exec_add_stats(struct scan_stats *to, const struct scan_stats *s)
{
    to->bytes += s->bytes;
    to->bytes_total =
        to->bytes_total < 0 || s->bytes_total < 0 ? -1 : to->bytes_total + s->bytes_total;
    to->lines += s->lines;
    to->header_lines += s->header_lines;
    to->blank += s->blank;
    to->skipped += s->skipped;
    to->bad += s->bad;
    to->rows += s->rows;
    to->out_of_span += s->out_of_span;
    for (int i = 0; i < BAD_REASONS; i++)
        to->by_reason[i] += s->by_reason[i];
    to->lines_cut += s->lines_cut;
    to->fields_loaded += s->fields_loaded;
}

void exec_counts(const struct exec *x, struct stage_count *out)
{
    memset(out, 0, x->q->n_nodes * sizeof *out);
    for (int i = 0; i < x->n_workers; i++) {
        for (size_t n = 0; n < x->q->n_nodes; n++) {
            out[n].rows_in += x->workers[i].counts[n].rows_in;
            out[n].rows_out += x->workers[i].counts[n].rows_out;
        }
    }
}

struct result *exec_result(struct exec *x, struct table *t, struct arena *run)
{
    struct result *r = ARENA_NEW(run, struct result);

    r->table = t;
    r->scan = x->scan;
    r->passes = x->passes;
    r->stopped = x->stopped;
    r->grown = x->grown;
    r->counts = ARENA_ARRAY(run, struct stage_count, x->q->n_nodes);
    exec_counts(x, r->counts);
    for (int i = 0; i < x->n_workers; i++) {
        r->regex_limits += (int64_t)x->workers[i].regex_limits;
        r->rows_tested += x->workers[i].rows_tested;
        for (size_t n = 0; n < x->q->n_calls; n++)
            r->regex_limits += (int64_t)x->workers[i].calls[n].call.limit_hits;
    }
    r->seconds = monotonic_seconds() - x->began;
    r->bad = x->bad;
    r->n_bad = x->n_bad;
    r->lineage = x->lineage;
    if (x->lineage)
        lineage_result(x->lineage, t, x->q->root->id);
    return r;
}

/* ---- progress -------------------------------------------------------------------------------- */

/* What the rows kept so far give, as a result in `a`. NULL: nothing to show. */
static struct result *preview(struct exec *x, struct arena *a)
{
    const struct plan_node *k = x->q->keep;
    struct exec_options o = *x->o;
    struct error err = {0};
    struct exec some;
    struct table *t;

    o.progress = NULL;
    o.keep = NULL;
    o.together = NULL;
    exec_open(&some, x->q, &o, &err);
    some.tables[k->id] =
        rows_join(some.arena, x->fill.rows, (size_t)x->n_workers, &k->schema, false);
    exec_counts(x, some.workers[0].counts);
    bool ok = run_subqueries(&some, &err) && exec_table(&some, x->q->root, &t, &err) && !err.set;
    struct result *r = ok ? exec_result(&some, t, a) : NULL;
    exec_close(&some, a);
    return r;
}

void exec_between(struct exec *x, struct pipe *p)
{
    struct exec_progress progress = {.scan = x->scan, .seconds = monotonic_seconds() - x->began};
    struct result *partial = NULL;
    struct arena *a = NULL;
    double now = monotonic_seconds();

    (void)p;
    exec_add_stats(&progress.scan, &x->now_scan);
    /* other scans would be read again for each preview */
    if (x->o->want_partial && x->fill.rows && x->q->n_scans == 1 && now >= x->fill.next_preview) {
        a = arena_new();
        partial = preview(x, a);
        if (partial) {
            partial->partial = true;
            partial->scan = progress.scan;
        }
        double took = monotonic_seconds() - now;
        x->fill.next_preview = now + took * 10; /* a tenth of the time at most */
    }
    x->o->progress(x->o->ctx, &progress, partial);
    arena_free(a);
}

/* ---- the run --------------------------------------------------------------------------------- */

bool exec_prepare(struct exec *x, bool ahead, bool *kept, struct error *err)
{
    *kept = false;
    if (x->keep)
        keep_check(x);
    if (ahead && !ahead_read(x, err))
        return false;
    if (!run_subqueries(x, err))
        return false;
    if (ahead && x->q->n_subqueries && !ahead_read(x, err))
        return false;
    return !x->keep || keep_begin(x, kept, err);
}

bool exec_run(const struct query *q, const struct exec_options *o, struct arena *run,
              struct result **out, struct error *err)
{
    struct exec x;
    struct table *t;
    bool kept;

    if (o->together)
        together_enter(o->together);
    exec_open(&x, q, o, err);
    x.keep = o->keep;
    if (x.keep)
        memories_begin(keep_memories(x.keep));
    bool ok = exec_prepare(&x, true, &kept, err) && exec_table(&x, q->root, &t, err) && !err->set;
    if (ok)
        *out = exec_result(&x, t, run);
    if (x.keep)
        memories_end(keep_memories(x.keep), ok ? *out : NULL);
    if (ok) {
        (*out)->kept = kept;
        (*out)->kept_rows = x.kept_rows;
        (*out)->kept_bytes = x.keep ? keep_bytes(x.keep) : 0;
    }
    exec_close(&x, ok ? run : NULL);
    if (o->together)
        together_leave(o->together);
    return ok;
}

bool exec_over(const struct query *q, const struct exec_options *o, struct table *t,
               struct arena *run, struct result **out, struct error *err)
{
    const struct plan_node *scan = q->root;
    struct store *s = store_new(0);
    struct exec x;

    while (scan->input)
        scan = scan->input;
    exec_open(&x, q, o, err);
    x.tables[scan->id] = t;
    x.derived = derived_new(q, s, t);
    derived_begin(&x, x.derived);
    exec_hold(&x, s);
    store_drop(s);
    struct table *made;
    bool ok = exec_table(&x, q->root, &made, err) && !err->set;
    if (ok)
        *out = exec_result(&x, made, run);
    exec_close(&x, ok ? run : NULL);
    return ok;
}
