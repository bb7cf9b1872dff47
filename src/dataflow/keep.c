/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/keep.h"

#include "dataflow/conf.h"
#include "dataflow/disks.h"
#include "dataflow/memory.h"
#include "dataflow/operator.h"

enum { FRAME_MIN = 64 << 10, FRAME_MAX = 1 << 20, FAN_IN_MIN = 4, FAN_IN_MAX = 256 };

static gyre_status_t create(gyre_operator_t *op, gyre__keep_t **keep)
{
    switch (op->opts.kind) {
    case GYRE_ALLREDUCE:
        return gyre__total_create(op, keep);
    case GYRE_REDUCE:
        if (op->opts.key_count == 0)
            return gyre__total_create(op, keep);
        return gyre__groups_create(op, keep);
    case GYRE_JOIN:
        return op->opts.algorithm == GYRE_JOIN_SORT ? gyre__join_sort_create(op, keep)
                                                    : gyre__join_hash_create(op, keep);
    case GYRE_SORT:
        return gyre__sorted_create(op, keep);
    case GYRE_GATHER:
        if (op->opts.key_count)
            return gyre__sorted_create(op, keep);
        /* fall through */
    default:
        return op->opts.bulk ? gyre__rows_create(op, keep) : GYRE_OK;
    }
}

gyre_status_t gyre__keeps_open(gyre_operator_t *op)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->target_count && status == GYRE_OK; i++)
        status = create(op, &op->targets[i].keep);
    return status;
}

void gyre__keeps_close(gyre_operator_t *op)
{
    for (int i = 0; op->targets && i < op->target_count; i++) {
        gyre__keep_t *keep = op->targets[i].keep;
        gyre_batch_release(op->targets[i].offered);
        if (keep)
            keep->kind->destroy(keep);
    }
    gyre__spill_destroy(op->spill);
}

/* --- Spilling --- */

/* Frames are so small that a merge of some runs fits into a part of the memory. */
static size_t frame_bytes(void)
{
    size_t bytes = gyre__memory_limit() / 256;
    return bytes < FRAME_MIN ? FRAME_MIN : bytes > FRAME_MAX ? FRAME_MAX : bytes;
}

size_t gyre__keep_fan_in(const gyre__keep_t *keep)
{
    size_t part = gyre__memory_limit() / 4 / (size_t)keep->op->target_count;
    size_t runs = part / frame_bytes();
    return runs < FAN_IN_MIN ? FAN_IN_MIN : runs > FAN_IN_MAX ? FAN_IN_MAX : runs;
}

static gyre_status_t open_spill(gyre_operator_t *op)
{
    gyre__disks_t disks;
    gyre__spill_opts_t opts = {.squeeze = (gyre__squeeze_t)gyre__dataflow_conf.spill_codec,
                               .frame = frame_bytes()};
    gyre_status_t status = gyre__disks_init(&disks);
    if (status == GYRE_OK)
        status = gyre__spill_create(disks.dirs, disks.count, &opts, &op->spill);
    gyre__disks_cleanup(&disks);
    return status;
}

gyre_status_t gyre__keep_spill(gyre__keep_t *keep, gyre__spill_t **spill)
{
    gyre_status_t status = keep->op->spill ? GYRE_OK : open_spill(keep->op);
    *spill = keep->op->spill;
    return status;
}

gyre_status_t gyre__keep_run(gyre__keep_t *keep, const gyre_schema_t *schema, gyre__run_t **run)
{
    gyre_operator_t *op = keep->op;
    gyre__spill_t *spill;
    gyre_status_t status = gyre__keep_spill(keep, &spill);
    /* Workers of a node begin with different disks. */
    return status == GYRE_OK
               ? gyre__run_create(spill, op->spilled++ + (size_t)op->rank, schema, run)
               : status;
}

gyre_status_t gyre__keep_spill_run(gyre__keep_t *keep, gyre__run_t **run)
{
    gyre__run_t *from = *run, *to;
    gyre_status_t status = gyre__keep_run(keep, from->schema, &to);
    if (status != GYRE_OK)
        return status;
    *run = to;
    return gyre__run_move(to, from);
}
