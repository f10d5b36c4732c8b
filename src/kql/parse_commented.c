/* Stages that the author left commented out: `//| where ...`, over one line or several. They are
 * stages with a switch that is off; what does not parse is a comment. */
#include "kql/kql_internal.h"

/* Does the comment line that begins at `at` hold a `|` behind its slashes? */
static bool begins_stage(struct str text, size_t at, size_t end)
{
    while (at < end && (text.p[at] == ' ' || text.p[at] == '\t' || text.p[at] == '/'))
        at++;
    return at < end && text.p[at] == '|';
}

static size_t line_end(struct str text, size_t at, size_t end)
{
    return at + str_find_byte(str_sub(text, at, end), '\n');
}

bool parse_commented_stage(struct parser *p, struct arena *a, struct span range, struct stage **out)
{
    struct error silent = {0};
    struct parser inner = {
        .arena = a, .source = p->source, .env = p->env, .err = &silent, .depth = p->depth};
    size_t tokens;

    lex_all(a, p->source, p->env, range, true, &inner.tokens, &inner.n_tokens, &inner.lex_error);
    if (!parser_accept(&inner, "|"))
        return false;
    const struct op *op = parser_find_op(&inner, OP_STAGE, &tokens);
    if (!op || !(op->flags & OP_SWITCH))
        return false;
    struct stage *stage = ARENA_NEW(a, struct stage);
    stage->op = op;
    stage->commented_out = true;
    stage->whole.start = range.start;
    stage->span.start = parser_peek(&inner)->span.start;
    inner.at += tokens;
    if (!op->parse(&inner, stage) || parser_peek(&inner)->kind != TOKEN_END)
        return false;
    stage->span.end = stage->whole.end = inner.tokens[inner.at - 1].span.end;
    *out = stage;
    return true;
}

/* The stage that begins on the comment line at `start`, over as many lines as make one; *end is
 * where it ends. NULL: it is just a comment. What fails is tried in memory that is given back. */
static struct stage *find_stage(struct parser *p, size_t start, size_t block_end, size_t *end)
{
    struct str text = p->source->text;
    size_t ends[MAX_COMMENTED_LINES], n = 0;
    struct stage *stage = NULL;

    *end = line_end(text, start, block_end);
    for (size_t at = *end; n < MAX_COMMENTED_LINES; at = line_end(text, at + 1, block_end)) {
        ends[n++] = at;
        if (at >= block_end || begins_stage(text, at + 1, block_end))
            break;
    }
    start = str_find(text, STR("//"), start);
    for (; n > 0 && p->trials < MAX_TRIALS; n--) {
        struct span range = {(uint32_t)start, (uint32_t)ends[n - 1]};
        struct arena *trial = arena_new();
        bool parses = parse_commented_stage(p, trial, range, &stage);
        arena_free(trial);
        p->trials++;
        if (parses && parse_commented_stage(p, p->arena, range, &stage)) {
            *end = ends[n - 1];
            return stage;
        }
    }
    return NULL;
}

/* From the comment block in front of a token: its stages are linked behind *last; *rest is what is
 * left of it as comment of what follows. */
void commented_stages(struct parser *p, struct span block, struct stage ***last, struct span *rest)
{
    struct str text = p->source->text;

    *rest = block;
    for (size_t at = block.start; at < block.end;) {
        size_t end = line_end(text, at, block.end);
        if (begins_stage(text, at, block.end)) {
            struct stage *stage = find_stage(p, at, block.end, &end);
            if (stage) {
                if (rest->start < at)
                    stage->comment = (struct span){rest->start, (uint32_t)at};
                **last = stage;
                *last = &stage->next;
            }
            rest->start = (uint32_t)(end + (end < block.end));
        }
        at = end + 1;
    }
    if (rest->start >= rest->end)
        *rest = (struct span){0, 0};
}
