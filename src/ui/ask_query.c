/* A query of one's own over the loaded logs: typed after `:`, completed by Tab, shown in a
 * workbench inside this one. An error is shown with its caret and the line can be mended. */
#include "ui/ui_internal.h"

static void query_complete(struct ui *ui);

static void ask_again(struct ui *ui, struct str text)
{
    struct prompt prompt = {
        .title = ":", .accept = "run", .done = run_query, .complete = query_complete};
    ui_ask(ui, &prompt, text);
}

void run_query(struct ui *ui, struct str text)
{
    struct error err = {0};
    if (!str_trim(text).n)
        return;
    if (hunt_loading(ui->hunt)) {
        ui_message(ui, ROLE_WARN, "the logs are still being read; Ctrl-C stops that");
        return;
    }
    if (ui->options->sweep)
        sweep_stop(ui->options->sweep); /* one reader at a time; L goes on with it */
    buf_reset(&ui->query);
    buf_add(&ui->query, text);
    if (!hunt_open_query(ui->hunt, text, &ui->next, &err)) {
        ui->next = NULL;
        ask_again(ui, text);
        ui_error(ui, &err);
    }
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* How much of the word before the cursor is there already. */
static size_t typed(struct str text, size_t at)
{
    size_t from = at;
    while (from > 0 && is_word(text.p[from - 1]))
        from--;
    return at - from;
}

static void query_complete(struct ui *ui)
{
    struct arena *a = arena_new();
    struct str *words, text = buf_str(&ui->prompt.text);
    size_t n = hunt_complete(ui->hunt, a, text, ui->prompt.at, &words);
    if (n > 0) {
        struct str common = words[0];
        struct buf list = {0};
        size_t have = typed(text, ui->prompt.at);
        for (size_t i = 0; i < n; i++) {
            size_t k = 0;
            while (k < common.n && k < words[i].n && common.p[k] == words[i].p[k])
                k++;
            common.n = k;
            if (i < 40)
                buf_addf(&list, "%s%.*s", i ? "  " : "", STR_ARG(words[i]));
        }
        if (common.n > have)
            prompt_insert(ui, str_sub(common, have, common.n));
        if (n > 1)
            ui_message(ui, ROLE_DIM, "%.*s%s", STR_ARG(buf_str(&list)), n > 40 ? "  …" : "");
        else
            ui->message = STR_NONE;
        buf_release(&list);
    } else {
        ui_message(ui, ROLE_DIM, "nothing completes this");
    }
    arena_free(a);
}

void ask_query(struct ui *ui, struct pane *p)
{
    (void)p;
    ask_again(ui, ui->query.n ? buf_str(&ui->query) : STR("W3CIISLog | "));
}
