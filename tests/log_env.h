/* What a query is compiled against in tests: all operators, and logs as the table W3CIISLog. No
 * placeholder has a value; who wants some sets template_value. */
#ifndef LOG_ENV_H
#define LOG_ENV_H
#include "ops/ops.h"

static inline const struct schema *log_env_table(void *logs, struct str name)
{
    return str_is(name, "W3CIISLog") ? logs_schema(logs) : NULL;
}

static inline struct str log_env_name(void *logs, size_t i)
{
    (void)logs;
    return i == 0 ? STR("W3CIISLog") : STR_NONE;
}

static inline bool log_env_template(void *logs, struct str name, struct str *value)
{
    (void)logs, (void)name, (void)value;
    return false;
}

static inline struct kql_env log_env(struct logs *logs)
{
    return (struct kql_env){
        ops_rows, &op_scan, log_env_table, log_env_name, log_env_template, logs};
}
#endif
