/* Operators of Kusto that have no row in ops/, each with what to say to who uses it. */
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
