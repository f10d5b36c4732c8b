/* The binder and the planner: types and names of results (KQL.md 2, 7), lets, knobs, needles, what
 * is kept (DESIGN.md 4, 6). */
#include "kql_try.h"

#include "base/utf8.h"

/* The result's columns: name:type, … */
static void columns(struct try *t, const char *text, const char *want)
{
    struct query *q = try_compile(t, text);
    struct buf out = {0};

    for (size_t i = 0; i < q->root->schema.n; i++)
        buf_addf(&out, "%s%.*s:%s", i ? ", " : "", STR_ARG(q->root->schema.fields[i].name),
                 type_name(q->root->schema.fields[i].type));
    if (!str_is(buf_str(&out), want))
        fail_msg("%s\ngot  |%.*s|\nwant |%s|", text, STR_ARG(buf_str(&out)), want);
    buf_release(&out);
}

static void types_and_names(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    columns(&t, "print 1, b = 2.5, 'x', 1d, datetime(2020-01-01), dynamic([1]), true, int(1)",
            "print_0:long, b:real, print_2:string, print_3:timespan, print_4:datetime, "
            "print_5:dynamic, print_6:bool, "
            "print_7:int");
    columns(&t,
            "print a = int(1) + int(2), b = 1 + 1.5, c = 1d / 1h, d = datetime(2020-01-01) - 1d, e "
            "= 2 * 1h",
            "a:long, b:real, c:real, d:datetime, e:timespan");
    columns(
        &t,
        "datatable(d:dynamic, s:string)[] | project d.a, d['b'], d[0], d.a.b, tostring(d.c), "
        "strcat(s, 'x'), toint(s)",
        "d_a:dynamic, d_b:dynamic, d_0:dynamic, d_a_b:dynamic, d_c:string, Column1:string, s:int");
    columns(
        &t,
        "W3CIISLog | project scStatus, TimeTaken, TimeGenerated, sPort | extend toint(scStatus)",
        "scStatus:int, TimeTaken:long, TimeGenerated:datetime, sPort:int");
    columns(
        &t,
        "datatable(a:long)[] | extend column_ifexists('a', 0), x = column_ifexists('b', 'none')",
        "a:long, x:string");
    columns(&t, "W3CIISLog | where scStatus == 200 and 404 != scStatus | count", "Count:long");
    columns(&t, "datatable(d:dynamic)[] | where d.a == 1 and d.s == 'x' and d.b | count",
            "Count:long");
    columns(&t, "datatable(a:long, b:string)[] | where * has 'x' | where * == '1' | count",
            "Count:long");
    try_close(&t);
}

static void lets(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    columns(&t, "let n = 5; let w = 1d; print a = n, b = w * n", "a:long, b:timespan");
    columns(&t, "let T = datatable(x:long)[1]; let U = T | where x > 0; U | extend y = x + 1",
            "x:long, y:long");
    columns(&t,
            "let f = (a:long, b:long = 2) { a + b }; print f(1), c = f(1, 3), d = f(b = 1, a = 2)",
            "print_0:long, c:long, d:long");
    columns(&t, "let f = (T:(x:long), n:long) { T | where x > n }; f(datatable(x:long)[1, 2], 1)",
            "x:long");
    columns(&t,
            "let f = (s:string) { let t = tolower(s); t has 'a' }; W3CIISLog | where f(csUriStem) "
            "| count",
            "Count:long");
    columns(&t, "let v = view () { print x = 1 }; v", "x:long");
    columns(&t, "let v = () { datatable(x:long)[1] }; v() | count", "Count:long");
    columns(&t,
            "let m = materialize(datatable(x:long)[1] | where x > 0); m | where x in (m) | where x "
            "== toscalar(m)",
            "x:long");
    columns(&t, "let a = 1; let f = () { a }; let a = 'x'; print y = f()", "y:long");
    columns(&t, "let x = 'let'; datatable(x:long)[1] | project x", "x:long");
    columns(&t, "let x = datatable(x:long)[1]; x | where x in (x)", "x:long");
    try_close(&t);
}

/* Everything about the knobs, in one text. */
static void knobs(struct try *t, const char *text, const char *want)
{
    static const char *const kinds[] = {"number", "duration", "text", "list", "switch"};
    struct query *q = try_compile(t, text);
    struct buf out = {0};

    for (size_t i = 0; i < q->n_params; i++) {
        const struct param *p = &q->params[i];
        buf_addf(&out, "%s%s %.*s %d%s%s ", i ? "; " : "", kinds[p->kind], STR_ARG(p->name),
                 p->stage, p->cold ? " cold" : "", p->bare_list ? " bare" : "");
        kql_literal(&out, p->published);
        struct str at = source_slice(&q->source, p->span);
        buf_addf(&out, " <%.*s>", STR_ARG(at));
        if (p->help.n)
            buf_addf(&out, " (%.*s)", STR_ARG(p->help));
    }
    if (!str_is(buf_str(&out), want))
        fail_msg("%s\ngot  |%.*s|\nwant |%s|", text, STR_ARG(buf_str(&out)), want);
    buf_release(&out);
}

#define TABLE "datatable(a:long, s:string, w:timespan, b:bool)[] "

static void knobs_found(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    knobs(&t,
          "// how many\nlet n = 20;\nlet w = -1d; let s = 'x'; let l = dynamic(['a']); let o = "
          "dynamic([[1]]); print n",
          "number n 0 20 <20> (how many); duration w 0 -1d <-1d>; text s 0 \"x\" <'x'>; "
          "list l 0 dynamic([\"a\"]) <dynamic(['a'])>");
    knobs(&t, TABLE "| where a <= 2",
          "switch where a <= 2 1 true <where a <= 2>; number a <= 1 2 <2>");
    knobs(&t, TABLE "| where 2 >= a",
          "switch where 2 >= a 1 true <where 2 >= a>; number a <= 1 2 <2>");
    knobs(&t, TABLE "| where s == '' and b == false",
          "switch where s == '' and b == false 1 true "
          "<where s == '' and b == false>");
    knobs(&t, TABLE "| where s in ('x', \"y\")",
          "switch where s in ('x', \"y\") 1 true <where s in ('x', \"y\")>; "
          "list s in 1 bare dynamic([\"x\",\"y\"]) <'x', \"y\">");
    knobs(&t, TABLE "| where s contains 'x' or s contains 'y'",
          "switch where s contains 'x' or s contains 'y' 1 true <where s contains 'x' or s "
          "contains 'y'>; "
          "text s contains 1 \"x\" <'x'>; text s contains #2 1 \"y\" <'y'>");
    knobs(&t, TABLE "| where w > 1h // no\n// one\n// two\n| where a between (1 .. 5)",
          "switch where w > 1h 1 true <where w > 1h>; duration w > 1 1h <1h>; "
          "switch where a between (1 .. 5) 2 true <where a between (1 .. 5)> (one\ntwo); "
          "number a between: from 2 1 <1> (one\ntwo); number a between: to 2 5 <5> (one\ntwo)");
    knobs(&t, "datatable(t:datetime)[] | where t > ago(1d)",
          "switch where t > ago(1d) 1 true <where t > ago(1d)>; duration t > ago 1 1d <1d>");
    knobs(&t, TABLE "| extend c = a > 5 | project c", "");
    knobs(&t, TABLE "\n// off\n//| where a > 7\n| where b",
          "switch where a > 7 1 false <where a > 7> (off); number a > 1 7 <7> (off); switch where "
          "b 2 true <where b>");
    knobs(&t, TABLE "\n//| where nosuch > 7\n| where b", "switch where b 1 true <where b>");
    /* a table that is mentioned twice has one set of knobs, in the order of the text */
    knobs(&t,
          "let T = datatable(a:long)[1] | where a > 1; let n = 3; let U = T | where a < n; U | "
          "where a in (T)",
          "switch where a > 1 1 true <where a > 1>; number a > 1 1 <1>; number n 0 3 <3>; "
          "switch where a < n 2 true <where a < n>; switch where a in (T) 3 true <where a in (T)>");
    try_close(&t);
}

/* The needles of the first scan, and what is kept: "text|text & text (fold)". */
static void needles(struct try *t, const char *where, const char *want)
{
    struct str text = str_fmt(t->a, "W3CIISLog %s", where);
    struct query *q = try_compile(t, text.p);
    const struct plan_node *scan = q->root;
    struct needle_group *groups;
    struct buf out = {0};

    while (scan->input)
        scan = scan->input;
    size_t n = kql_needles(q, scan, NULL, t->a, &groups);
    for (size_t g = 0; g < n; g++) {
        buf_add_z(&out, g ? " & " : "");
        for (size_t i = 0; i < groups[g].n; i++)
            buf_addf(&out, "%s%.*s", i ? "|" : "", STR_ARG(groups[g].texts[i]));
        buf_add_z(&out, groups[g].fold ? " (fold)" : "");
    }
    if (!str_is(buf_str(&out), want))
        fail_msg("%s\ngot  |%.*s|\nwant |%s|", where, STR_ARG(buf_str(&out)), want);
    buf_release(&out);
}

static void needles_proved(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    needles(&t, "| where csUriStem contains '/owa/'", "/owa/ (fold)");
    needles(&t, "| where csMethod == 'POST'", "POST");
    needles(&t, "| where 'POST' == csMethod", "POST");
    needles(&t, "| where csUriStem contains_cs 'Auth' and scStatus == 404", "Auth & 404");
    needles(&t, "| where csMethod in ('GET', 'PUT')", "GET|PUT");
    needles(&t, "| where csMethod in~ (dynamic(['GET', 'PUT']))", "GET|PUT (fold)");
    needles(&t, "| where csUriStem has_any ('abc', 'defg') or csMethod == 'PUT'",
            "abc|defg|PUT (fold)");
    needles(&t, "| where csUriStem has_any ('abc', 'x')", "");
    needles(&t, "| where csUriStem contains 'abc' or TimeTaken > 5", "");
    needles(&t, "| where not(csUriStem contains 'abc')", "");
    needles(&t, "| where csUriStem !contains 'abc'", "");
    needles(&t, "| where csUriStem contains 'a'", "");
    needles(&t, "| where csUriQuery == ''", "");
    /* a letter that other letters fold to cuts the text, where case does not count */
    needles(&t, "| where csUriStem contains 'desktop.ini'", "top.ini (fold)");
    needles(&t, "| where csUriStem contains_cs 'desktop.ini'", "desktop.ini");
    needles(&t, "| where csUriStem contains 'ss'", "");
    needles(&t, "| where csUriStem contains 'caf\xc3\xa9-latte'", "-latte (fold)");
    needles(&t, "| where csUriStem contains 'one two'", "one (fold)");
    /* not, or not only, a piece of the line */
    needles(&t, "| where Computer == 'MAIL01'", "");
    needles(&t, "| where sSiteName == 'W3SVC1'", "");
    needles(&t, "| where FileUri contains 'u_ex'", "");
    needles(&t, "| where TenantId == 'abcd'", "");
    needles(&t, "| where FileOffset == '1234'", "");
    /* pieces of a column, and columns with their letters mapped */
    needles(&t, "| where tostring(split(csUriStem, '/')[1]) == 'owa'", "owa");
    needles(&t, "| where tolower(csUserAgent) contains_cs 'gobuster'", "gobu (fold)");
    needles(&t, "| where toupper(trim('x', csMethod)) in ('PUT', 'GET')", "PUT|GET (fold)");
    needles(&t, "| where strcat(csMethod, 'x') == 'PUTx'", "");
    needles(&t, "| where tostring(TimeGenerated) contains '2020'", "");
    needles(&t, "| extend x = strcat(csUriStem, 'abc') | where x contains 'abc'", "");
    /* through what hands columns on, not past what makes or drops rows */
    needles(&t, "| extend csUriStem = 'abcd' | where csUriStem contains 'abc'", "");
    needles(&t,
            "| project-rename p = csUriStem | extend q = 1 | project q, p | where p contains 'abc'",
            "abc (fold)");
    needles(&t, "| take 5 | where csUriStem contains 'abc'", "");
    needles(&t, "| summarize by csUriStem | where csUriStem contains 'abc'", "");
    /* the first where that has one */
    needles(&t, "| where TimeTaken > 5 | where csMethod == 'PUT' | where csUriStem contains 'abc'",
            "PUT");
    needles(&t, "\n//| where csUriStem contains 'abc'\n| where csMethod == 'PUT'", "PUT");
    needles(&t, "| where TimeTaken > 5", "");
    try_close(&t);
}

/* Only k and s have other code points that fold to them: what needles.c counts on. */
static void folds_to_ascii(void **state)
{
    (void)state;
    for (int32_t code = 0x80; code <= 0x10ffff; code++) {
        int32_t to = utf8_fold(code);
        if (to < 0x80 && to != 'k' && to != 's')
            fail_msg("U+%04X folds to %c", (unsigned)code, (char)to);
    }
}

static void needles_follow_knobs(void **state)
{
    struct try t;
    struct needle_group *groups;
    (void)state;
    try_open(&t);
    struct query *q =
        try_compile(&t, "W3CIISLog | where csUriStem contains '/owa/' | where TimeTaken > 1");
    const struct plan_node *scan = q->root->input->input;
    struct value *values = ARENA_ARRAY(t.a, struct value, q->n_params);
    for (size_t i = 0; i < q->n_params; i++)
        values[i] = q->params[i].published;
    assert_int_equal(q->n_params, 4);
    values[1].s = STR("/ecp/");
    assert_int_equal(kql_needles(q, scan, values, t.a, &groups), 1);
    assert_text(groups[0].texts[0], "/ecp/");
    values[1].s = STR("x");
    assert_int_equal(kql_needles(q, scan, values, t.a, &groups), 0);
    values[1].s = STR("/ecp/");
    values[0].b = false;
    assert_int_equal(kql_needles(q, scan, values, t.a, &groups), 0);
    try_close(&t);
}

/* The plan as explain shows it, without the lines about columns, needles and knobs. */
static void plan(struct try *t, const char *text, const char *want)
{
    struct query *q = try_compile(t, text);
    struct buf out = {0}, lines = {0};

    kql_explain(q, &out);
    struct str rest = buf_str(&out);
    while (rest.n) {
        struct str line = str_cut(&rest, '\n'), bare = str_trim(line);
        if (str_starts(bare, STR("columns")) || str_starts(bare, STR("needle")) ||
            str_starts(bare, STR("no needle")) || str_starts(bare, STR("knob")))
            continue;
        buf_addf(&lines, "%s%.*s", lines.n ? "\n" : "", STR_ARG(bare));
    }
    if (!str_is(buf_str(&lines), want))
        fail_msg("%s\ngot:\n%.*s\nwant:\n%s", text, STR_ARG(buf_str(&lines)), want);
    buf_release(&out);
    buf_release(&lines);
}

static void plans(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    plan(&t,
         "W3CIISLog | where TimeTaken > 5 | extend x = 1 | where csUriStem contains 'abc' | "
         "summarize count() by x",
         "scan W3CIISLog\n"
         "2  where csUriStem contains \"abc\"  [cold]  [kept for re-tuning]\n"
         "1  where TimeTaken > 5\n"
         "extend x = 1\n"
         "3  summarize count() by x");
    plan(&t,
         "W3CIISLog | extend x = csUriStem | project x, csMethod | where csMethod == 'PUT' | count",
         "scan W3CIISLog\n"
         "1  where csMethod == \"PUT\"  [cold]\n" /* there is nothing else to turn */
         "extend x = csUriStem\n"
         "project x, csMethod\n"
         "2  count");
    /* it reads what the extend makes: it stays above it, and its needle still counts */
    plan(&t, "W3CIISLog | extend x = 1 | where csMethod == 'PUT' and x == 1",
         "scan W3CIISLog\n"
         "extend x = 1\n"
         "1  where csMethod == \"PUT\" and x == 1  [cold]");
    /* a filter of a leg reads the logs again, one behind a breaker does not */
    plan(&t,
         "W3CIISLog | where sPort > 1 | summarize n = count() by cIP | where n > 1 "
         "| join kind=inner (W3CIISLog | where sPort < 9 | summarize m = count() by cIP "
         "| where m > 2) on cIP",
         "scan W3CIISLog  [kept for re-tuning]\n"
         "1  where sPort > 1\n"
         "2  summarize count() by cIP\n"
         "3  where n > 1\n"
         "leg 1:\n"
         "scan W3CIISLog\n"
         "5  where sPort < 9  [cold]\n"
         "6  summarize count() by cIP\n"
         "7  where m > 2\n"
         "4  join kind=inner on cIP == cIP\n"
         "one scan for 2 mentions of the logs");
    /* rows that come as they come have to wait; groups do not */
    plan(&t, "W3CIISLog | where sPort in ((W3CIISLog | distinct sPort)) | count",
         "subquery 1:\n"
         "scan W3CIISLog\n"
         "2  distinct sPort\n"
         "scan W3CIISLog  [kept for re-tuning]\n"
         "1  where sPort in (subquery 1)\n"
         "3  count\n"
         "one scan for 2 mentions of the logs\n"
         "rows wait before stage 1 (where) for a subquery's answer; those that are too many are "
         "read "
         "again");
    plan(&t, "print x = 1", "print x");
    try_close(&t);
}

static void needed_columns(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    struct query *q = try_compile(
        &t, "W3CIISLog | where TimeTaken > 5 | extend x = strcat(csMethod, sIP), y = cIP "
            "| project x, csUriStem | project-away csUriStem");
    const struct plan_node *scan = q->root;
    struct buf out = {0};
    while (scan->input)
        scan = scan->input;
    for (size_t i = 0; i < scan->schema.n; i++)
        if (scan->needed[i])
            buf_addf(&out, "%.*s ", STR_ARG(scan->schema.fields[i].name));
    struct str want[] = {STR("csMethod"), STR("sIP"), STR("TimeTaken")};
    for (size_t i = 0; i < 3; i++)
        assert_true(str_find(buf_str(&out), want[i], 0) != SIZE_MAX);
    assert_int_equal(out.n, strlen("csMethod sIP TimeTaken "));
    buf_release(&out);
    try_close(&t);
}

static void folding(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    plan(&t,
         "print z = 0 | extend a = 1 + 2 * 3, b = strcat('a', 'b'), c = tostring(split('a.b.c', "
         "'.')[-1])",
         "print z\nextend a = 7, b = \"ab\", c = \"c\"");
    plan(&t, "datatable(s:string)[] | extend x = tostring(split(s, '.')[-1]), y = split(s, '.', 1)",
         "datatable s\nextend x = split_part(s, \".\", -1), y = split(s, \".\", 1)");
    plan(&t, "let n = 5; print z = 0 | extend a = n + 1",
         "print z\nextend a = 5 + 1"); /* a knob is not folded */
    try_close(&t);
}

/* What would take forever or all memory is refused. */
static void bounded(void **state)
{
    struct try t;
    struct buf text = {0};
    (void)state;
    try_open(&t);
    buf_add_z(&text, "let t0 = datatable(x:long)[1];\n");
    for (int i = 1; i <= 40; i++)
        buf_addf(&text, "let t%d = t%d | where x in (t%d);\n", i, i - 1, i - 1);
    buf_add_z(&text, "t40");
    try_error(&t, buf_str(&text));
    buf_reset(&text);
    buf_add_z(&text, "let f0 = (a:long, b:long) { a };\n");
    for (int i = 1; i <= 25; i++)
        buf_addf(&text, "let f%d = (a:long, b:long) { f%d(f%d(a, b), f%d(b, a)) };\n", i, i - 1,
                 i - 1, i - 1);
    buf_add_z(&text, "print f25(1, 2)");
    try_error(&t, buf_str(&text));
    buf_reset(&text);
    buf_add_z(&text, "let f0 = () { print 1 };\n");
    for (int i = 1; i <= 29; i++)
        buf_addf(&text, "let f%d = () { let a = f%d(); let b = f%d(); let c = 1; b };\n", i, i - 1,
                 i - 1);
    buf_add_z(&text, "f29() | count");
    struct source_text source = try_source(buf_str(&text));
    struct query *q;
    t.err = (struct error){0};
    (void)kql_compile(t.a, &source, &t.env, &q, &t.err); /* either way, at once */
    buf_reset(&text);
    buf_add_z(&text, "let n0 = 1;\n");
    for (int i = 1; i <= 1500; i++)
        buf_addf(&text, "let n%d = n%d + 1;\n", i, i - 1);
    buf_add_z(&text, "print n1500");
    try_error(&t, buf_str(&text));
    buf_reset(&text);
    buf_add_z(&text, "print x = 1");
    for (int i = 0; i < 3000; i++)
        buf_add_z(&text, " | where x == 1");
    try_error(&t, buf_str(&text));
    buf_reset(&text);
    buf_add_z(&text, "print x = 1\n");
    for (int i = 0; i < 5000; i++)
        buf_add_z(&text, "//| where x == 1\n// and\n");
    buf_add_z(&text, "| count");
    q = try_compile(&t, str_z(t.a, buf_str(&text)));
    assert_in_range(q->n_stages, 100, 600); /* the first ones; the others are comments */
    buf_reset(&text);
    for (int i = 0; i < 600000; i++)
        buf_add_byte(&text, ' ');
    try_error(&t, buf_str(&text));
    buf_release(&text);
    try_close(&t);
}

static void completes(struct try *t, const char *text, const char *word, bool there)
{
    struct str *words;
    size_t n = kql_complete(t->a, str_of(text), strlen(text), &t->env, &words);
    bool found = false;

    for (size_t i = 0; i < n; i++)
        found |= str_is(words[i], word);
    if (found != there)
        fail_msg("'%s' %s offer '%s'", text, there ? "does not" : "does", word);
}

static void completion(void **state)
{
    struct try t;
    (void)state;
    try_open(&t);
    completes(&t, "", "W3CIISLog", true);
    completes(&t, "W3", "W3CIISLog", true);
    completes(&t, "W3CIISLog | wh", "where", true);
    completes(&t, "W3CIISLog | project-aw", "project-away", true);
    completes(&t, "W3CIISLog | where csUri", "csUriStem", true);
    completes(&t, "W3CIISLog | extend abc = 1 | where ab", "abc", true);
    completes(&t, "W3CIISLog | extend abc = 1 | project abc | where cs", "csMethod", false);
    completes(&t, "W3CIISLog | where csUriStem con", "contains", true);
    completes(&t, "W3CIISLog | where csUriStem has tos", "tostring", true);
    completes(&t, "W3CIISLog | summarize dco", "dcount", true);
    completes(&t, "W3CIISLog | where dco", "dcount", false);
    completes(&t, "let lim = 5; W3CIISLog | where TimeTaken > li", "lim", true);
    completes(&t, "W3CIISLog | where csUriStem == \"unfinished", "csUriStem", false);
    try_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_names), cmocka_unit_test(lets),
        cmocka_unit_test(knobs_found),     cmocka_unit_test(needles_proved),
        cmocka_unit_test(folds_to_ascii),  cmocka_unit_test(needles_follow_knobs),
        cmocka_unit_test(plans),           cmocka_unit_test(needed_columns),
        cmocka_unit_test(folding),         cmocka_unit_test(bounded),
        cmocka_unit_test(completion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
