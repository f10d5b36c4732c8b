/* Stages that the author left commented out: `//| where ...`, over one line or several. They are
 * stages with a switch that is off; what does not parse is a comment. */
#include "kql/kql_internal.h"

/* The next line of the comment block that begins with `|` behind its slashes; SIZE_MAX: none. */
static size_t find_commented(struct str text, size_t at, size_t end)
{
    while (at < end) {
        size_t i = at;
        while (i < end && strchr(" \t/", text.p[i]) && text.p[i])
            i++;
        if (i < end && text.p[i] == '|')
            return at;
        at = str_find_byte(str_sub(text, at, end), '\n') + at + 1;
    }
    return SIZE_MAX;
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

/* From the comment block in front of a token: its stages are linked behind *last; *rest is what is
 * left of it as comment of what follows. */
void commented_stages(struct parser *p, struct span block, struct stage ***last, struct span *rest)
{
    struct str text = p->source->text;
    size_t at = block.start;

    *rest = block;
    for (size_t start; (start = find_commented(text, at, block.end)) != SIZE_MAX;) {
        size_t ends[MAX_COMMENTED_LINES], n = 0, end = start;
        struct stage *stage = NULL;
        size_t slashes = str_find(text, STR("//"), start);
        do { /* the stage may go on over several lines, up to the next `|` */
            end += str_find_byte(str_sub(text, end, block.end), '\n');
            ends[n++] = end;
            end += end < block.end;
        } while (n < MAX_COMMENTED_LINES && end < block.end &&
                 find_commented(text, end, block.end) != end);
        for (; n > 0; n--) { /* tried in memory that is given back */
            struct span range = {(uint32_t)slashes, (uint32_t)ends[n - 1]};
            struct arena *trial = arena_new();
            bool parses = parse_commented_stage(p, trial, range, &stage);
            arena_free(trial);
            stage = NULL;
            if (parses && parse_commented_stage(p, p->arena, range, &stage))
                break;
        }
        at = n > 0 ? ends[n - 1] : ends[0];
        if (stage) {
            stage->comment = (struct span){rest->start, (uint32_t)start};
            if (stage->comment.end <= stage->comment.start)
                stage->comment = (struct span){0, 0};
            **last = stage;
            *last = &stage->next;
        }
        at += at < block.end;
        rest->start = (uint32_t)at;
    }
    if (rest->start >= rest->end)
        *rest = (struct span){0, 0};
}
