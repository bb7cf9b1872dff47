/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that know keys, and those that fold. */
#include "base/error.h"
#include "dataflow/join.h"
#include "tset/set.h"

#include <stdlib.h>

gyre_tset_t *gyre_tset_keyed(gyre_tset_t *set, const size_t *keys, size_t count)
{
    static const gyre_function_t as_it_is = {.schema = NULL};
    gyre_tset_t *made = gyre__set_create(NULL, GYRE__SET_NARROW, "keyed", &set, 1);
    if (made->poisoned)
        return made;
    made->function = as_it_is;
    made->form = GYRE__FORM_MAP;
    return gyre__set_end(made, count ? gyre__set_take_keys(made, keys, count)
                                     : gyre__error(GYRE_ERR_ARG, "a keyed set without keys"));
}

/* --- Folds --- */

/* What a table of groups says that results look like. */
static gyre_status_t fold_schema(gyre_tset_t *set, const gyre_operator_opts_t *flow)
{
    gyre_group_t *group;
    gyre_status_t status = gyre_group_create(set->parents[0]->schema, flow->keys, flow->key_count,
                                             flow->aggregates, flow->aggregate_count, &group);
    if (status != GYRE_OK)
        return status;
    gyre_schema_release(set->schema);
    set->schema = gyre_schema_retain(gyre_group_schema(group, GYRE_GROUP_FINAL));
    gyre_group_destroy(group);
    return GYRE_OK;
}

static gyre_tset_t *fold(gyre_tset_t *set, const char *what, const gyre_operator_opts_t *flow,
                         int parallelism)
{
    gyre_tset_t *made = gyre__set_wide(&set, 1, what, flow, parallelism);
    return made->poisoned ? made : gyre__set_end(made, fold_schema(made, flow));
}

static gyre_operator_opts_t flow_of(gyre_operator_kind_t kind, const gyre_aggregate_t *aggregates,
                                    size_t count)
{
    return (gyre_operator_opts_t){
        .kind = kind, .aggregates = aggregates, .aggregate_count = aggregates ? count : 0};
}

gyre_tset_t *gyre_tset_reduce(gyre_tset_t *set, const gyre_aggregate_t *aggregates, size_t count)
{
    const gyre_operator_opts_t flow = flow_of(GYRE_REDUCE, aggregates, count);
    return fold(set, "reduce", &flow, 1);
}

gyre_tset_t *gyre_tset_allreduce(gyre_tset_t *set, const gyre_aggregate_t *aggregates, size_t count)
{
    const gyre_operator_opts_t flow = flow_of(GYRE_ALLREDUCE, aggregates, count);
    return fold(set, "allreduce", &flow, 0);
}

/* Of rows whose columns are all keys, a group is a row. */
gyre_tset_t *gyre_tset_distinct(gyre_tset_t *set, int parallelism)
{
    gyre_operator_opts_t flow = {.kind = GYRE_REDUCE};
    size_t count = set && set->schema ? set->schema->field_count : 0;
    size_t *keys = malloc((count + 1) * sizeof(*keys));
    for (size_t i = 0; keys && i < count; i++)
        keys[i] = i;
    flow.keys = keys;
    flow.key_count = keys ? count : 0;
    gyre_tset_t *made = fold(set, "distinct", &flow, parallelism);
    free(keys);
    return made;
}

/* --- By key --- */

/* Where the keys are those of the set; an error where it has none. */
static gyre_status_t key_by(const gyre_tset_t *set, gyre_operator_opts_t *flow)
{
    if (!set || set->poisoned)
        return GYRE_OK;
    flow->keys = set->keys;
    flow->key_count = set->key_count;
    return set->key_count
               ? GYRE_OK
               : gyre__error(GYRE_ERR_ARG, "\"%s\" has no keys: see gyre_tset_keyed", set->name);
}

/* A set that is poisoned by what is known before it is made. */
static gyre_tset_t *refuse(gyre_tset_t *set, const char *what, gyre_status_t status)
{
    gyre_tset_t *made = gyre__set_create(NULL, GYRE__SET_WIDE, what, &set, 1);
    return made->poisoned ? made : gyre__set_end(made, status);
}

gyre_tset_t *gyre_tset_keyed_partition(gyre_tset_t *set, gyre_partition_fn partition, void *arg,
                                       int parallelism)
{
    gyre_operator_opts_t flow = {.kind = GYRE_PARTITION,
                                 .partitioner =
                                     partition ? GYRE_PARTITIONER_USER : GYRE_PARTITIONER_HASH,
                                 .partition = partition,
                                 .arg = arg};
    gyre_status_t status = key_by(set, &flow);
    if (status != GYRE_OK)
        return refuse(set, "keyed_partition", status);
    gyre_tset_t *made = gyre__set_wide(&set, 1, "keyed_partition", &flow, parallelism);
    return made->poisoned ? made : gyre__set_end(made, gyre__set_keep_keys(made, set));
}

gyre_tset_t *gyre_tset_keyed_reduce(gyre_tset_t *set, const gyre_aggregate_t *aggregates,
                                    size_t count, int parallelism)
{
    gyre_operator_opts_t flow = flow_of(GYRE_REDUCE, aggregates, count);
    gyre_status_t status = key_by(set, &flow);
    if (status != GYRE_OK)
        return refuse(set, "keyed_reduce", status);
    gyre_tset_t *made = fold(set, "keyed_reduce", &flow, parallelism);
    if (made->poisoned)
        return made;
    size_t *keys = malloc(flow.key_count * sizeof(*keys));
    for (size_t i = 0; keys && i < flow.key_count; i++)
        keys[i] = i;
    status = keys ? gyre__set_take_keys(made, keys, flow.key_count)
                  : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu keys", flow.key_count);
    free(keys);
    return gyre__set_end(made, status);
}

static gyre_tset_t *keyed_gather(gyre_tset_t *set, const char *what, const gyre_sort_key_t *order,
                                 size_t count, int parallelism, bool grouped)
{
    gyre_operator_opts_t flow = {
        .kind = GYRE_GATHER, .order = order, .order_count = order ? count : 0, .grouped = grouped};
    gyre_status_t status = key_by(set, &flow);
    if (status != GYRE_OK)
        return refuse(set, what, status);
    gyre_tset_t *made = gyre__set_wide(&set, 1, what, &flow, parallelism);
    return made->poisoned ? made : gyre__set_end(made, gyre__set_keep_keys(made, set));
}

gyre_tset_t *gyre_tset_keyed_gather(gyre_tset_t *set, const gyre_sort_key_t *order, size_t count,
                                    int parallelism)
{
    return keyed_gather(set, "keyed_gather", order, count, parallelism, true);
}

gyre_tset_t *gyre_tset_keyed_gather_ungrouped(gyre_tset_t *set, const gyre_sort_key_t *order,
                                              size_t count, int parallelism)
{
    return keyed_gather(set, "keyed_gather_ungrouped", order, count, parallelism, false);
}

/* --- Joins --- */

/* What the rows of a set come from in its stage. */
static const gyre_tset_t *origin(const gyre_tset_t *set)
{
    while ((set->kind == GYRE__SET_NARROW || set->kind == GYRE__SET_STORE) && set->parent_count)
        set = set->parents[0];
    return set;
}

gyre_tset_t *gyre_tset_join(gyre_tset_t *left, gyre_tset_t *right, gyre_join_t type,
                            gyre_join_algorithm_t algorithm, int parallelism)
{
    gyre_operator_opts_t flow = {.kind = GYRE_JOIN, .join = type, .algorithm = algorithm};
    gyre_tset_t *sides[2] = {left, right}, *pipe = NULL;
    gyre_status_t status = key_by(right, &flow);
    flow.right_keys = flow.keys;
    size_t count = flow.key_count;
    if (status == GYRE_OK)
        status = key_by(left, &flow);
    if (status == GYRE_OK && flow.key_count != count && left && right && !left->poisoned &&
        !right->poisoned)
        status = gyre__error(GYRE_ERR_ARG, "\"%s\" has %zu keys and \"%s\" %zu", left->name,
                             flow.key_count, right->name, count);
    if (status != GYRE_OK)
        return refuse(left ? left : right, "join", status);
    /* An edge has its sides from different tasks. */
    if (left && right && origin(left) == origin(right))
        sides[1] = pipe = gyre_tset_pipe(right);
    gyre_tset_t *made = gyre__set_wide(sides, 2, "join", &flow, parallelism);
    gyre_tset_release(pipe);
    if (made->poisoned)
        return made;
    gyre_schema_release(made->schema);
    made->schema = NULL;
    status = gyre__join_schema(left->schema, right->schema, type, &made->schema);
    if (status == GYRE_OK)
        status = gyre__set_take_keys(made, flow.keys, flow.key_count);
    return gyre__set_end(made, status);
}
