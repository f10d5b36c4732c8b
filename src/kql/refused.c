/* What Kusto has and harrier has not: operators without a row in ops/ and functions without one in
 * func/, each with what to say to who uses it. */
#include "kql/kql_internal.h"

static const struct {
    const char *name, *why;
} refused[] = {
    {"externaldata", "it reads from the network, and nothing here does; put its rows into the "
                     "query as datatable(...)[...] or dynamic([...])"},
    {"external_table", "it reads from the network, and nothing here does"},
    {"evaluate", "its plugins decide their columns while they run; bag_unpack can be written with "
                 "extend and tostring(bag.key), pivot with countif() and its like, a lookup of "
                 "addresses with join and ipv4_is_in_range()"},
    {"find", "write 'search in (Table) ...' or 'union ... | where ...' instead"},
    {"top-nested", "write summarize and top instead, joined where levels hang together"},
    {"invoke", "write the call with the table as its first argument: f(Table, ...)"},
    {"reduce", "write summarize by a replace_regex() of the text instead"},
    {"partition", "write summarize, or row_number() restarted at each key, instead"},
    {"fork", "one query gives one table here"},
    {"facet", "one query gives one table here"},
    {"parse-kv", "write extract() or parse_urlquery() instead"},
    {"scan", "write row_window_session(), prev() or a self-join instead"},
    {"top-hitters", "write summarize count() by ..., then top, instead"},
    {"sample-distinct", "write distinct, then take, instead"},
    {"getschema", "columns and types stand over each result"},
    {"consume", "nothing is left to see behind it"},
    {"make-graph", "graphs are not known here; write joins instead"},
    {"graph-match", "graphs are not known here; write joins instead"},
    {"assert-schema", "columns and types are checked anyway"},
    {"macro-expand", "there is only one set of tables here"},
    {"project-by-names", "write project with the names themselves"},
    {"execute_show_command", "there is no cluster here"},
};

const char *refused_op(struct str name)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (str_is(name, refused[i].name))
            return refused[i].why;
    }
    return NULL;
}

/* A name that ends in * stands for all that begin so. */
static const struct {
    const char *name, *why;
} refused_functions[] = {
    {"series_*", "series are lists here; write mv-expand and summarize instead"},
    {"geo_*", "places of addresses are not known here"},
    {"hll*", "dcount() counts exactly; keep the values with make_set() and count them later"},
    {"dcount_hll", "dcount() counts exactly"},
    {"dcount_intersect", "write array_length(set_intersect(...)) of two make_set()s instead"},
    {"tdigest*", "percentile() is exact; keep the values with make_list() and sort them later"},
    {"merge_tdigest", "percentile() is exact"},
    {"percentile_tdigest", "percentile() is exact"},
    {"percentilesw*", "write mv-expand of range(1, weight), then percentile(), instead"},
    {"percentilew", "write mv-expand of range(1, weight), then percentile(), instead"},
    {"percentrank_tdigest", "percentile() is exact"},
    {"rank_tdigest", "percentile() is exact"},
    {"buildschema", "write gettype() or bag_keys() of the values instead"},
    {"cosmosdb_*", "it reads from the network, and nothing here does"},
    {"http_request*", "it reads from the network, and nothing here does"},
    {"sql_request", "it reads from the network, and nothing here does"},
    {"current_*", "there is no cluster and no principal here"},
    {"cursor_*", "there is no cluster here; compare TimeGenerated instead"},
    {"extent_*", "there is no cluster here"},
    {"cluster", "there is no cluster here; write the table's name alone"},
    {"database", "there is no database here; write the table's name alone"},
    {"workspace", "there is no workspace here; write the table's name alone"},
    {"adx", "there is no cluster here"},
    {"arg", "there is no cloud here"},
    {"_GetWatchlist", "there are no watchlists here; put the values into dynamic([...]) or "
                      "datatable(...)[...]"},
    {"parse_user_agent", "write case() over the agents that matter, with has or matches regex"},
    {"parse_command_line", "write split() or extract_all() instead"},
    {"datetime_utc_to_local", "zones are not known here; add the offset, such as + 2h"},
    {"datetime_local_to_utc", "zones are not known here; take the offset off, such as - 2h"},
    {"gzip_*", "packed texts are not unpacked here"},
    {"zlib_*", "packed texts are not unpacked here"},
};

const char *refused_function(struct str name)
{
    for (size_t i = 0; i < sizeof refused_functions / sizeof *refused_functions; i++) {
        struct str row = str_of(refused_functions[i].name);
        bool all = row.p[row.n - 1] == '*';
        if (all ? str_starts(name, str_sub(row, 0, row.n - 1)) : str_eq(name, row))
            return refused_functions[i].why;
    }
    return NULL;
}
