/* SPDX-License-Identifier: Apache-2.0 */
/* What a target of reduce keeps: a table of groups, into which partial results are merged. When it
 * would outgrow its memory, its groups are dealt out to buckets, and it begins anew. At the end
 * each bucket is read as if it were what came in: into the table, or, where it is too large, into
 * buckets of the next level. */
#include "base/error.h"
#include "dataflow/operator.h"
#include "dataflow/table.h"

#include <stdlib.h>

typedef struct bucket {
    gyre__run_t *run;
    unsigned level; /* that it is dealt out by, if it must be */
} bucket_t;

typedef struct groups {
    gyre__keep_t keep;
    gyre__table_t table;
    size_t given;             /* of its groups: to the target, or to buckets */
    gyre__intake_t intake;    /* what is going in; batch NULL: nothing is */
    unsigned level;           /* of buckets that it is emptied into */
    gyre__buckets_t *buckets; /* NULL: it has all that came in */
    gyre__run_t *run;         /* what comes in, at the end: a bucket; NULL: none is being read */
    gyre__reader_t reader;
    const gyre_batch_t *frame;
    int waiting; /* buckets that are still to be read, the last one next */
    bucket_t stack[GYRE__BUCKETS * GYRE__BUCKET_LEVELS];
} groups_t;

/* --- Into the table --- */

static gyre_status_t make_buckets(groups_t *groups)
{
    if (groups->buckets)
        return GYRE_OK;
    (void)gyre__hold(&groups->table.hold, gyre_group_bytes(groups->table.groups));
    return gyre__buckets_create(&groups->keep, groups->keep.op->sides, groups->level, false,
                                &groups->buckets);
}

static void start_anew(groups_t *groups)
{
    gyre_group_clear(groups->table.groups);
    groups->given = 0;
}

/* Deals out some groups. GYRE_OK: the table is empty. */
static gyre_status_t empty(groups_t *groups)
{
    const gyre_batch_t *batch;
    gyre_status_t status = make_buckets(groups);
    if (status == GYRE_OK)
        status = gyre__table_some(&groups->table, GYRE_GROUP_PARTIAL, groups->given, &batch);
    if (status != GYRE_OK)
        return status;
    status = gyre__buckets_append(groups->buckets, batch);
    groups->given += batch->length;
    gyre_batch_release(batch);
    if (status != GYRE_OK)
        return status;
    if (groups->given < gyre_group_count(groups->table.groups))
        return GYRE_IN_PROGRESS;
    start_anew(groups);
    return GYRE_OK;
}

static gyre_status_t take_in(groups_t *groups, const gyre_batch_t *batch)
{
    gyre__intake_t *intake = &groups->intake;
    if (!intake->batch)
        *intake = (gyre__intake_t){.batch = batch, .count = batch->length, .merge = true};
    /* What agrees in all bits is not kept apart by buckets. */
    bool must = groups->level == GYRE__BUCKET_LEVELS;
    size_t extra = groups->buckets || must ? 0 : gyre__buckets_memory(&groups->keep);
    extra += groups->run ? groups->run->memory : 0;
    gyre_status_t status = groups->given > 0 ? empty(groups) : GYRE_OK;
    if (status == GYRE_OK)
        status = gyre__table_take(&groups->table, intake, extra, must);
    if (status == GYRE_IN_PROGRESS && groups->given == 0)
        status = empty(groups);
    if (intake->count == 0)
        intake->batch = NULL;
    return status == GYRE_OK && intake->batch ? GYRE_IN_PROGRESS : status;
}

static gyre_status_t take(gyre__keep_t *keep, int side, int source, const gyre_batch_t *batch)
{
    (void)side;
    (void)source;
    return take_in((groups_t *)keep, batch);
}

/* --- Out of it --- */

static gyre_status_t read(groups_t *groups)
{
    gyre_status_t status = GYRE_OK;
    if (!groups->frame)
        status = gyre__run_read(&groups->reader, &groups->frame);
    if (status != GYRE_OK)
        return status;
    if (!groups->frame) {
        gyre__run_destroy(groups->run);
        groups->run = NULL;
        return GYRE_IN_PROGRESS;
    }
    status = take_in(groups, groups->frame);
    if (status != GYRE_OK)
        return status;
    gyre_batch_release(groups->frame);
    groups->frame = NULL;
    return GYRE_IN_PROGRESS;
}

/* All that was to be dealt out has come in. */
static gyre_status_t stack_buckets(groups_t *groups)
{
    gyre_status_t status = gyre_group_count(groups->table.groups) > 0 ? empty(groups) : GYRE_OK;
    if (status == GYRE_OK)
        status = gyre__buckets_seal(groups->buckets);
    if (status != GYRE_OK)
        return status;
    for (int i = 0; i < GYRE__BUCKETS; i++) {
        bucket_t bucket = {gyre__buckets_take(groups->buckets, i), groups->level + 1};
        if (bucket.run)
            groups->stack[groups->waiting++] = bucket;
    }
    gyre__buckets_destroy(groups->buckets);
    groups->buckets = NULL;
    return GYRE_IN_PROGRESS;
}

static gyre_status_t open_next(groups_t *groups)
{
    const bucket_t *bucket = &groups->stack[--groups->waiting];
    groups->run = bucket->run;
    groups->level = bucket->level;
    groups->reader = (gyre__reader_t){.run = groups->run};
    start_anew(groups);
    return GYRE_IN_PROGRESS;
}

static gyre_status_t give(groups_t *groups, const gyre_batch_t **batch)
{
    gyre_status_t status = gyre__table_some(&groups->table, GYRE_GROUP_FINAL, groups->given, batch);
    if (status == GYRE_OK)
        groups->given += (*batch)->length;
    return status;
}

static gyre_status_t next(gyre__keep_t *keep, int *source, const gyre_batch_t **batch)
{
    groups_t *groups = (groups_t *)keep;
    *source = GYRE__MANY_SOURCES;
    *batch = NULL;
    if (groups->run)
        return read(groups);
    if (groups->buckets)
        return stack_buckets(groups);
    if (groups->given < gyre_group_count(groups->table.groups))
        return give(groups, batch);
    return groups->waiting > 0 ? open_next(groups) : GYRE_OK;
}

/* --- Life --- */

static gyre_status_t clear(gyre__keep_t *keep)
{
    groups_t *groups = (groups_t *)keep;
    gyre_batch_release(groups->frame);
    gyre__run_destroy(groups->run);
    gyre__buckets_destroy(groups->buckets);
    while (groups->waiting > 0)
        gyre__run_destroy(groups->stack[--groups->waiting].run);
    groups->frame = NULL;
    groups->run = NULL;
    groups->buckets = NULL;
    groups->level = 0;
    groups->intake = (gyre__intake_t){0};
    start_anew(groups);
    return GYRE_OK;
}

static void destroy(gyre__keep_t *keep)
{
    groups_t *groups = (groups_t *)keep;
    clear(keep);
    gyre__table_close(&groups->table);
    free(groups);
}

gyre_status_t gyre__groups_create(gyre_operator_t *op, gyre__keep_t **keep)
{
    static const gyre__keep_kind_t kind = {take, next, clear, destroy, NULL};
    groups_t *groups = calloc(1, sizeof(*groups));
    if (!groups)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the groups of a target");
    groups->keep = (gyre__keep_t){.kind = &kind, .op = op};
    gyre_status_t status = gyre__table_open(&groups->table, &op->opts);
    if (status != GYRE_OK) {
        free(groups);
        return status;
    }
    *keep = &groups->keep;
    return GYRE_OK;
}
