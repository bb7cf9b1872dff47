/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/operator_check.h"

#include "base/error.h"
#include "batch/compare.h"
#include "comm/comm.h"

#include <gyre/pack.h>
#include <stdlib.h>

static gyre_status_t check_ranks(const char *what, const int *ranks, int tasks, int size)
{
    for (int i = 0; ranks && i < tasks; i++)
        if (ranks[i] < 0 || ranks[i] >= size)
            return gyre__error(GYRE_ERR_RANK, "%s %d on rank %d of a communicator of %d", what, i,
                               ranks[i], size);
    return GYRE_OK;
}

static bool has_one_target(const gyre_operator_opts_t *opts)
{
    return (opts->kind == GYRE_GATHER || opts->kind == GYRE_REDUCE) && !opts->key_count;
}

static gyre_status_t check_tasks(const gyre_operator_opts_t *opts, int size)
{
    if (opts->sources < GYRE_TASKS_NONE || opts->targets < GYRE_TASKS_NONE)
        return gyre__error(GYRE_ERR_RANGE,
                           "%d sources and %d targets, expected GYRE_TASKS_NONE, 0 or more",
                           opts->sources, opts->targets);
    if (opts->right_sources < GYRE_TASKS_NONE)
        return gyre__error(GYRE_ERR_RANGE,
                           "%d sources on the right, expected GYRE_TASKS_NONE, 0 or more",
                           opts->right_sources);
    if ((opts->source_ranks && !opts->sources) || (opts->target_ranks && !opts->targets) ||
        (opts->right_ranks && !opts->right_sources))
        return gyre__error(GYRE_ERR_ARG, "ranks of tasks without the number of tasks");
    if (opts->kind == GYRE_PIPE && opts->sources != opts->targets)
        return gyre__error(GYRE_ERR_ARG, "a pipe of %d sources and %d targets, expected as many",
                           opts->sources, opts->targets);
    if (has_one_target(opts) && opts->targets > 1)
        return gyre__error(GYRE_ERR_ARG, "a %s without keys and %d targets, expected one",
                           gyre_operator_kind_name(opts->kind), opts->targets);
    gyre_status_t status = check_ranks("source", opts->source_ranks, opts->sources, size);
    if (status == GYRE_OK)
        status = check_ranks("source on the right", opts->right_ranks, opts->right_sources, size);
    return status == GYRE_OK ? check_ranks("target", opts->target_ranks, opts->targets, size)
                             : status;
}

/* Those that a kind of operator may have, a bit each; 0: it does not partition. */
static unsigned partitioners(const gyre_operator_opts_t *opts)
{
    switch (opts->kind) {
    case GYRE_PARTITION:
        return ~0U;
    case GYRE_JOIN:
        return 1U << GYRE_PARTITIONER_HASH;
    case GYRE_REDUCE:
    case GYRE_GATHER:
        return opts->key_count ? 1U << GYRE_PARTITIONER_HASH : 0;
    case GYRE_SORT:
        return 1U << GYRE_PARTITIONER_RANGE;
    default:
        return 0;
    }
}

/* Whether the first count keys of the order are the columns of the keys. */
static bool begins_with_keys(const gyre_operator_opts_t *opts)
{
    for (size_t i = 0; i < opts->key_count; i++) {
        size_t at = 0;
        while (at < opts->key_count && at < opts->order_count &&
               opts->order[at].column != opts->keys[i])
            at++;
        if (at == opts->key_count || at == opts->order_count)
            return false;
    }
    return true;
}

static gyre_status_t check_order(const gyre_operator_opts_t *opts)
{
    const char *name = gyre_operator_kind_name(opts->kind);
    bool gathers = opts->kind == GYRE_GATHER && opts->key_count;
    bool ranges = opts->kind == GYRE_SORT || opts->partitioner == GYRE_PARTITIONER_RANGE;
    if (opts->grouped && !gathers)
        return gyre__error(GYRE_ERR_ARG, "groups for a %s without keys", name);
    if (ranges && !opts->order_count)
        return gyre__error(GYRE_ERR_ARG, "a %s by range without an order", name);
    if (opts->order_count && !ranges && !gathers)
        return gyre__error(GYRE_ERR_ARG, "an order for a %s", name);
    if (!opts->order_count)
        return GYRE_OK;
    gyre_status_t status = gyre__sort_keys_check(opts->schema, opts->order, opts->order_count);
    if (status == GYRE_OK && gathers && !begins_with_keys(opts))
        return gyre__error(GYRE_ERR_ARG, "the order of a gather does not begin with its keys");
    return status;
}

static gyre_status_t check_keys(const gyre_schema_t *schema, const size_t *keys, size_t count)
{
    if (count && !keys)
        return gyre__error(GYRE_ERR_ARG, "NULL for %zu keys", count);
    for (size_t i = 0; i < count; i++)
        if (keys[i] >= schema->field_count)
            return gyre__error(GYRE_ERR_RANGE, "column %zu as a key, of %zu columns", keys[i],
                               schema->field_count);
    return GYRE_OK;
}

static gyre_status_t check_partition(const gyre_operator_opts_t *opts)
{
    const char *name = gyre_operator_kind_name(opts->kind);
    bool reduces = opts->kind == GYRE_REDUCE || opts->kind == GYRE_ALLREDUCE;
    unsigned allowed = partitioners(opts);
    if (!reduces && opts->aggregate_count)
        return gyre__error(GYRE_ERR_ARG, "aggregates for a %s", name);
    if (reduces && !opts->aggregate_count && !opts->key_count)
        return gyre__error(GYRE_ERR_ARG, "%s without keys and aggregates", name);
    if (opts->kind == GYRE_JOIN && !opts->key_count)
        return gyre__error(GYRE_ERR_ARG, "a %s without keys", name);
    if (opts->key_count && (!allowed || opts->kind == GYRE_SORT))
        return gyre__error(GYRE_ERR_ARG, "keys for a %s", name);
    if (opts->partitioner && !(allowed >> opts->partitioner & 1))
        return gyre__error(GYRE_ERR_ARG, "partitioner %d for a %s", (int)opts->partitioner, name);
    gyre_status_t status = check_keys(opts->schema, opts->keys, opts->key_count);
    if (status != GYRE_OK)
        return status;
    if (opts->partitioner == GYRE_PARTITIONER_HASH && !opts->key_count)
        return gyre__error(GYRE_ERR_ARG, "a partitioner by hash without keys");
    if ((opts->partitioner == GYRE_PARTITIONER_USER) != (opts->partition != NULL))
        return gyre__error(GYRE_ERR_ARG, "a function that partitions is for GYRE_PARTITIONER_USER");
    return GYRE_OK;
}

static gyre_status_t check_right(const gyre_operator_opts_t *opts)
{
    const char *name = gyre_operator_kind_name(opts->kind);
    if (opts->kind != GYRE_JOIN)
        return opts->right || opts->right_sources || opts->right_keys || opts->join ||
                       opts->algorithm
                   ? gyre__error(GYRE_ERR_ARG, "a right side for a %s", name)
                   : GYRE_OK;
    if (!opts->right)
        return gyre__error(GYRE_ERR_ARG, "a join without the schema of its right side");
    if (opts->join < 0 || opts->join > GYRE_JOIN_FULL)
        return gyre__error(GYRE_ERR_UNKNOWN, "join %d, expected 0 to %d", (int)opts->join,
                           (int)GYRE_JOIN_FULL);
    if (opts->algorithm < 0 || opts->algorithm > GYRE_JOIN_SORT)
        return gyre__error(GYRE_ERR_UNKNOWN, "join by algorithm %d, expected 0 to %d",
                           (int)opts->algorithm, (int)GYRE_JOIN_SORT);
    gyre_status_t status = check_keys(opts->right, opts->right_keys, opts->key_count);
    for (size_t i = 0; status == GYRE_OK && i < opts->key_count; i++) {
        const gyre_field_t *left = &opts->schema->fields[opts->keys[i]];
        const gyre_field_t *right = &opts->right->fields[opts->right_keys[i]];
        if (!gyre_field_alike(left, right))
            return gyre__error(GYRE_ERR_ARG,
                               "key \"%s\" of the left and \"%s\" of the right differ "
                               "in their types",
                               left->name, right->name);
    }
    return status;
}

gyre_status_t gyre__operator_check(const gyre_operator_opts_t *opts, int size)
{
    if (!opts || !opts->schema || !opts->receive)
        return gyre__error(GYRE_ERR_ARG, "an operator needs options with a schema and a receiver");
    if (opts->schema->field_count == 0)
        return gyre__error(GYRE_ERR_ARG, "an operator for batches without columns");
    if (opts->size != sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG, "options of %zu bytes, expected %zu", opts->size,
                           sizeof(*opts));
    if (opts->kind < 0 || opts->kind >= GYRE_OPERATOR_KINDS)
        return gyre__error(GYRE_ERR_UNKNOWN, "operator kind %d, expected 0 to %d", (int)opts->kind,
                           GYRE_OPERATOR_KINDS - 1);
    if (opts->partitioner < 0 || opts->partitioner > GYRE_PARTITIONER_USER)
        return gyre__error(GYRE_ERR_UNKNOWN, "partitioner %d, expected 0 to %d",
                           (int)opts->partitioner, (int)GYRE_PARTITIONER_USER);
    gyre_status_t status = check_tasks(opts, size);
    if (status == GYRE_OK)
        status = check_partition(opts);
    if (status == GYRE_OK)
        status = check_order(opts);
    return status == GYRE_OK ? check_right(opts) : status;
}

static void complete_tasks(int *tasks, int unless_given)
{
    *tasks = *tasks == GYRE_TASKS_NONE ? 0 : *tasks ? *tasks : unless_given;
}

void gyre__operator_complete(gyre_operator_opts_t *opts, int size)
{
    complete_tasks(&opts->sources, size);
    complete_tasks(&opts->right_sources, opts->kind == GYRE_JOIN ? size : 0);
    complete_tasks(&opts->targets, has_one_target(opts) ? 1 : size);
    if (opts->kind == GYRE_SORT)
        opts->partitioner = GYRE_PARTITIONER_RANGE;
    else if (partitioners(opts) && !opts->partitioner)
        opts->partitioner = opts->key_count ? GYRE_PARTITIONER_HASH : GYRE_PARTITIONER_BALANCE;
}

/* --- Agreement --- */

typedef struct vote {
    int64_t status;
    uint64_t digest;
} vote_t;

static uint64_t mix(uint64_t digest, uint64_t value)
{
    digest = (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return digest ^ (digest >> 32);
}

static uint64_t mix_ranks(uint64_t digest, const int *ranks, int tasks, int size)
{
    digest = mix(digest, (uint64_t)tasks);
    for (int i = 0; i < tasks; i++)
        digest = mix(digest, (uint64_t)(ranks ? ranks[i] : i % size));
    return digest;
}

static uint64_t mix_right(uint64_t digest, const gyre_operator_opts_t *opts, int size)
{
    digest = mix(digest, gyre_schema_hash(opts->right));
    digest = mix_ranks(digest, opts->right_ranks, opts->right_sources, size);
    for (size_t i = 0; i < opts->key_count; i++)
        digest = mix(digest, opts->right_keys[i]);
    return mix(mix(digest, (uint64_t)opts->join), (uint64_t)opts->algorithm);
}

static uint64_t digest_of(const gyre_operator_opts_t *opts, int size)
{
    uint64_t digest = gyre_schema_hash(opts->schema);
    digest = mix(digest, (uint64_t)opts->kind);
    digest = mix(digest, (uint64_t)opts->partitioner);
    digest = mix(digest, (uint64_t)opts->stream);
    digest = mix(mix(digest, opts->bulk != 0), opts->grouped != 0);
    digest = mix_ranks(digest, opts->source_ranks, opts->sources, size);
    digest = mix_ranks(digest, opts->target_ranks, opts->targets, size);
    for (size_t i = 0; i < opts->key_count; i++)
        digest = mix(digest, opts->keys[i]);
    for (size_t i = 0; i < opts->order_count; i++)
        digest = mix(mix(mix(digest, opts->order[i].column), opts->order[i].descending),
                     opts->order[i].nulls_last);
    for (size_t i = 0; i < opts->aggregate_count; i++)
        digest = mix(mix(digest, (uint64_t)opts->aggregates[i].fold), opts->aggregates[i].column);
    return opts->kind == GYRE_JOIN ? mix_right(digest, opts, size) : digest;
}

static gyre_status_t judge(const vote_t *votes, const vote_t *own, int size)
{
    if (own->status != GYRE_OK)
        return (gyre_status_t)own->status;
    for (int i = 0; i < size; i++) {
        if (votes[i].status != GYRE_OK)
            return gyre__error((gyre_status_t)votes[i].status,
                               "rank %d could not make the operator: %s", i,
                               gyre_status_string((gyre_status_t)votes[i].status));
        if (votes[i].digest != own->digest)
            return gyre__error(GYRE_ERR_ARG, "rank %d gives other options for the operator", i);
    }
    return GYRE_OK;
}

gyre_status_t gyre__operator_agree(gyre_comm_t *comm, gyre_status_t ready,
                                   const gyre_operator_opts_t *opts)
{
    int size = gyre_comm_size(comm);
    vote_t own = {ready, opts ? digest_of(opts, size) : 0};
    vote_t *votes = malloc((size_t)size * sizeof(*votes));
    if (!votes)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the votes of %d members", size);
    gyre__enter(comm->ctx);
    gyre_status_t status = gyre__comm_allgather(comm, &own, sizeof(own), votes);
    gyre__leave(comm->ctx);
    if (status == GYRE_OK)
        status = judge(votes, &own, size);
    free(votes);
    return status;
}
