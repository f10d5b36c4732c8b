/* Knobs: the places of the query that can be turned, with what they are set to now. The query's
 * params say where they are; a dial holds the present value of each; a run is given one value for
 * each slot. */
#include "base/error.h"
#include "hunt/hunt_internal.h"

/* ---- dials ----------------------------------------------------------------------------------- */

static void dial_reset(struct hunt *h, size_t slot)
{
    const struct param *p = &h->query->params[slot];
    struct dial *d = &h->dials[slot];
    d->value = p->published;
    d->members.n = 0;
    if (p->kind == PARAM_LIST)
        for (size_t i = 0, n = dyn_count(p->published.s); i < n; i++) {
            struct knob_member m = {.value = dyn_scalar(dyn_item(p->published.s, i)), .on = true};
            m.what_if = HUNT_UNKNOWN;
            vec_push(h->dial_arena, &d->members, m);
        }
}

bool dials_init(struct hunt *h, struct error *err)
{
    h->dials = ARENA_ARRAY(h->session, struct dial, h->query->n_params + 1);
    for (size_t i = 0; i < h->query->n_params; i++)
        dial_reset(h, i);
    what_if_forget(h);
    for (size_t i = 0; i < h->options.n_settings; i++) {
        const struct hunt_setting *s = &h->options.settings[i];
        int64_t stage = 0;
        if (s->what == SETTING_SET) {
            if (!hunt_set(h, s->text, err))
                return false;
        } else if (!str_to_int64(s->text, &stage) || stage < 1 || stage > 1000000) {
            return error_set(err, "'%.*s' is no stage number; --knobs lists them",
                             STR_ARG(s->text));
        } else if (!hunt_switch(h, (int)stage, s->what == SETTING_ON, err)) {
            return false;
        }
    }
    return true;
}

void what_if_forget(struct hunt *h)
{
    near_forget(h);
    for (size_t i = 0; i < h->query->n_params; i++) {
        struct dial *d = &h->dials[i];
        d->what_if = HUNT_UNKNOWN;
        d->n_points = 0;
        for (size_t m = 0; m < d->members.n; m++)
            d->members.items[m].what_if = HUNT_UNKNOWN;
    }
}

void hunt_touched(struct hunt *h, size_t slot)
{
    h->generation++;
    what_if_forget(h);
    if (h->query->params[slot].cold) {
        h->cold_generation = h->generation;
        if (h->running)
            /* what runs now answers a question nobody asks any more */
            atomic_store(&h->cancel, true);
    }
    pthread_cond_broadcast(&h->wake);
}

/* The list as a dynamic array; member `turned` (SIZE_MAX: none) counts as flipped. */
struct str dial_list(const struct dial *d, struct arena *a, size_t turned)
{
    struct str *items = ARENA_ARRAY(a, struct str, d->members.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < d->members.n; i++)
        if (d->members.items[i].on != (i == turned))
            items[n++] = dyn_from_value(a, d->members.items[i].value);
    return dyn_from_array(a, items, n);
}

static struct value dial_value(const struct hunt *h, struct arena *a, size_t slot, size_t turned)
{
    struct value v = h->dials[slot].value;
    if (h->query->params[slot].kind == PARAM_LIST)
        v.s = dial_list(&h->dials[slot], a, turned);
    else if (type_shape(v.type) == SHAPE_STR)
        v.s = str_dup(a, v.s);
    return v;
}

struct value *dials_values(const struct hunt *h, struct arena *a)
{
    struct value *values = ARENA_ARRAY(a, struct value, h->query->n_params + 1);
    for (size_t i = 0; i < h->query->n_params; i++)
        values[i] = dial_value(h, a, i, SIZE_MAX);
    return values;
}

struct value *dials_turned(const struct hunt *h, struct arena *a, size_t slot, size_t member,
                           const struct value *v)
{
    struct value *values = dials_values(h, a);
    if (v)
        values[slot] = *v;
    else if (h->query->params[slot].kind == PARAM_SWITCH)
        values[slot].b = !values[slot].b;
    else
        values[slot] = dial_value(h, a, slot, member);
    return values;
}

bool dial_changed(const struct hunt *h, size_t slot)
{
    const struct param *p = &h->query->params[slot];
    const struct dial *d = &h->dials[slot];
    if (p->kind != PARAM_LIST)
        return !value_equal(d->value, p->published);
    for (size_t i = 0; i < d->members.n; i++)
        if (d->members.items[i].on == d->members.items[i].added)
            return true;
    return false;
}

/* ---- the calls of hunt.h --------------------------------------------------------------------- */

bool hunt_set_value(struct hunt *h, size_t knob, struct value v, struct error *err)
{
    const struct param *p = &h->query->params[knob];
    if (p->kind == PARAM_LIST || v.type != p->published.type)
        return error_set(err, "'%.*s' cannot take that value", STR_ARG(p->name));
    pthread_mutex_lock(&h->lock);
    if (type_shape(v.type) == SHAPE_STR)
        v.s = str_dup(h->dial_arena, v.s);
    if (!value_equal(h->dials[knob].value, v)) {
        h->dials[knob].value = v;
        hunt_touched(h, knob);
    }
    pthread_mutex_unlock(&h->lock);
    return true;
}

void hunt_set_member(struct hunt *h, size_t knob, size_t member, bool on)
{
    pthread_mutex_lock(&h->lock);
    struct dial *d = &h->dials[knob];
    if (member < d->members.n && d->members.items[member].on != on) {
        d->members.items[member].on = on;
        hunt_touched(h, knob);
    }
    pthread_mutex_unlock(&h->lock);
}

bool hunt_switch(struct hunt *h, int stage, bool on, struct error *err)
{
    for (size_t i = 0; i < h->query->n_params; i++) {
        const struct param *p = &h->query->params[i];
        if (p->kind != PARAM_SWITCH || p->stage != stage)
            continue;
        struct value v = {.type = TYPE_BOOL, .b = on};
        return hunt_set_value(h, i, v, err);
    }
    if (stage >= 1 && (size_t)stage <= h->query->n_stages)
        return error_set(err, "stage %d is '%s': only a where can be switched", stage,
                         h->query->stages[stage - 1]->op->name);
    return error_set(err, "there is no stage %d; --knobs lists stages 1 to %zu", stage,
                     h->query->n_stages);
}

void hunt_publish(struct hunt *h, size_t knob)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->query->n_params; i++)
        if ((knob == SIZE_MAX || knob == i) && dial_changed(h, i)) {
            dial_reset(h, i);
            hunt_touched(h, i);
        }
    pthread_mutex_unlock(&h->lock);
}

/* The text that a knob stands for, without its line breaks' indentation. */
static struct str knob_text(const struct query *q, const struct param *p)
{
    return str_trim(str_sub(q->source.text, p->span.start, p->span.end));
}

size_t hunt_knobs(struct hunt *h, struct arena *a, struct knob **out)
{
    size_t n = h->query->n_params;
    struct knob *knobs = ARENA_ARRAY(a, struct knob, n + 1);
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < n; i++) {
        const struct param *p = &h->query->params[i];
        const struct dial *d = &h->dials[i];
        struct knob *k = &knobs[i];
        *k = (struct knob){.kind = p->kind,
                           .slot = i,
                           .name = p->name,
                           .help = p->help,
                           .stage = p->stage,
                           .cold = p->cold,
                           .changed = dial_changed(h, i),
                           .published = p->published,
                           .what_if = d->what_if,
                           .n_points = d->n_points,
                           .n_members = d->members.n,
                           .text = knob_text(h->query, p)};
        k->value = dial_value(h, a, i, SIZE_MAX);
        memcpy(k->points, d->points, sizeof k->points);
        k->members = ARENA_ARRAY(a, struct knob_member, d->members.n + 1);
        for (size_t m = 0; m < d->members.n; m++) {
            k->members[m] = d->members.items[m];
            if (type_shape(k->members[m].value.type) == SHAPE_STR)
                k->members[m].value.s = str_dup(a, k->members[m].value.s);
        }
    }
    pthread_mutex_unlock(&h->lock);
    *out = knobs;
    return n;
}

static const char *const kind_names[] = {
    [PARAM_NUMBER] = "number", [PARAM_DURATION] = "duration", [PARAM_TEXT] = "text",
    [PARAM_LIST] = "list",     [PARAM_SWITCH] = "switch",
};

static void shown_value(struct builder *b, struct arena *a, enum param_kind kind, struct value v)
{
    struct buf text = {0};
    if (kind == PARAM_SWITCH)
        buf_add_z(&text, v.b ? "on" : "off");
    else
        value_text(&text, v);
    builder_str(b, str_dup(a, buf_str(&text)));
    buf_release(&text);
}

struct table *hunt_knob_table(struct hunt *h, struct arena *a)
{
    static struct field fields[] = {
        {STR("Knob"), TYPE_STRING},    {STR("Kind"), TYPE_STRING},      {STR("Stage"), TYPE_LONG},
        {STR("Value"), TYPE_STRING},   {STR("Published"), TYPE_STRING}, {STR("Changed"), TYPE_BOOL},
        {STR("ReadsLogs"), TYPE_BOOL}, {STR("Text"), TYPE_STRING},
    };
    struct schema schema = {fields, sizeof fields / sizeof *fields};
    struct builder *b = builder_new(a, &schema);
    struct knob *knobs;
    for (size_t i = 0, n = hunt_knobs(h, a, &knobs); i < n; i++) {
        builder_str(b, knobs[i].name);
        builder_str(b, str_of(kind_names[knobs[i].kind]));
        if (knobs[i].stage > 0)
            builder_int(b, knobs[i].stage);
        else
            builder_null(b);
        shown_value(b, a, knobs[i].kind, knobs[i].value);
        shown_value(b, a, knobs[i].kind, knobs[i].published);
        builder_bool(b, knobs[i].changed);
        builder_bool(b, knobs[i].cold);
        builder_str(b, knobs[i].text);
    }
    return builder_finish(b);
}
