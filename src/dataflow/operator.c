/* SPDX-License-Identifier: Apache-2.0 */
/* An operator's life, and what its callers see. */
#include "dataflow/operator.h"

#include "base/error.h"
#include "comm/comm.h"
#include "dataflow/memory.h"
#include "dataflow/operator_check.h"
#include "dataflow/range.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

const char *gyre_operator_kind_name(gyre_operator_kind_t kind)
{
    static const char *const names[] = {
#define NAME(name, text, brief) text,
        GYRE_OPERATOR_MAP(NAME)
#undef NAME
    };
    return kind >= 0 && kind < GYRE_OPERATOR_KINDS ? names[kind] : "?";
}

int gyre_task_rank(int task, int tasks, int workers)
{
    return (int)((int64_t)task * workers / tasks);
}

/* --- Making and unmaking --- */

static gyre_status_t no_memory(const gyre_operator_t *op)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operator of %d sources and %d targets",
                       op->opts.sources, op->opts.targets);
}

static void place(const int *ranks, int tasks, int size, int *placed)
{
    for (int i = 0; i < tasks; i++)
        placed[i] = ranks ? ranks[i] : i % size;
}

static int count_here(const int *ranks, int tasks, int rank)
{
    int count = 0;
    for (int i = 0; i < tasks; i++)
        count += ranks[i] == rank;
    return count;
}

static gyre_status_t place_tasks(gyre_operator_t *op)
{
    const gyre_operator_opts_t *opts = &op->opts;
    op->source_total = opts->sources + opts->right_sources;
    op->source_ranks = calloc((size_t)op->source_total + 1, sizeof(*op->source_ranks));
    op->target_ranks = calloc((size_t)opts->targets + 1, sizeof(*op->target_ranks));
    if (!op->source_ranks || !op->target_ranks)
        return no_memory(op);
    place(opts->source_ranks, opts->sources, op->size, op->source_ranks);
    place(opts->right_ranks, opts->right_sources, op->size, op->source_ranks + opts->sources);
    place(opts->target_ranks, opts->targets, op->size, op->target_ranks);
    op->source_count = count_here(op->source_ranks, op->source_total, op->rank);
    op->target_count = count_here(op->target_ranks, opts->targets, op->rank);
    op->sources = calloc((size_t)op->source_count + 1, sizeof(*op->sources));
    op->targets = calloc((size_t)op->target_count + 1, sizeof(*op->targets));
    op->inlets = calloc((size_t)op->size, sizeof(*op->inlets));
    op->receivers = malloc((size_t)op->size * sizeof(*op->receivers));
    if (!op->sources || !op->targets || !op->inlets || !op->receivers)
        return no_memory(op);
    for (int i = 0, here = 0; i < op->source_total; i++)
        if (op->source_ranks[i] == op->rank)
            op->sources[here++] =
                (gyre__source_t){.task = i, .side = &op->sides[i >= opts->sources]};
    for (int i = 0, here = 0; i < opts->targets; i++)
        if (op->target_ranks[i] == op->rank)
            op->targets[here++].task = i;
    for (int i = 1; i <= op->size; i++) {
        int rank = (op->rank + i) % op->size;
        if (count_here(op->target_ranks, opts->targets, rank) > 0)
            op->receivers[op->receiver_count++] = rank;
    }
    return GYRE_OK;
}

static gyre_status_t open_side(gyre_operator_t *op, const gyre_schema_t *schema, const size_t *keys)
{
    gyre__side_t *side = &op->sides[op->side_count];
    size_t count = op->opts.key_count;
    *side = (gyre__side_t){.number = op->side_count++, .row_bytes = 64};
    side->schema = gyre_schema_retain(schema);
    side->carried = gyre_schema_retain(schema);
    side->keys = malloc((count + 1) * sizeof(*side->keys));
    if (!side->keys)
        return no_memory(op);
    if (count)
        memcpy(side->keys, keys, count * sizeof(*side->keys));
    return GYRE_OK;
}

/* The caller's, or else that of the keys. */
static gyre_status_t set_order(gyre_operator_t *op)
{
    const gyre_operator_opts_t *opts = &op->opts;
    op->order_count = opts->order_count ? opts->order_count : opts->key_count;
    op->order = calloc(op->order_count + 1, sizeof(*op->order));
    if (!op->order)
        return no_memory(op);
    for (size_t i = 0; i < op->order_count; i++)
        op->order[i] =
            opts->order_count ? opts->order[i] : (gyre_sort_key_t){.column = opts->keys[i]};
    return GYRE_OK;
}

static void operator_free(gyre_operator_t *op)
{
    if (!op)
        return;
    for (int i = 0; i < op->source_count; i++)
        gyre_batch_release(op->sources[i].shipment.batch);
    if (op->targets && op->inlets)
        gyre__receive_close(op);
    gyre__range_close(op);
    gyre__partition_close(op);
    gyre__reduce_close(op);
    gyre__keeps_close(op);
    for (int i = 0; i < op->side_count; i++) {
        gyre_schema_release(op->sides[i].schema);
        gyre_schema_release(op->sides[i].carried);
        free(op->sides[i].keys);
    }
    gyre_schema_release(op->received);
    free(op->source_ranks);
    free(op->target_ranks);
    free(op->receivers);
    free(op->order);
    free(op->why);
    free(op->sources);
    free(op->targets);
    free(op->inlets);
    free(op);
}

static gyre_status_t open_sides(gyre_operator_t *op)
{
    const gyre_operator_opts_t *opts = &op->opts;
    gyre_status_t status = open_side(op, opts->schema, opts->keys);
    if (status == GYRE_OK && opts->kind == GYRE_JOIN)
        status = open_side(op, opts->right, opts->right_keys);
    if (status == GYRE_OK && gyre__reduces(op))
        return gyre__reduce_open(op);
    if (status == GYRE_OK && opts->kind == GYRE_JOIN)
        return gyre__join_open(op);
    op->received = gyre_schema_retain(opts->schema);
    return status;
}

static gyre_status_t make(gyre_comm_t *comm, const gyre_operator_opts_t *opts, gyre_operator_t **op)
{
    gyre_operator_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an operator");
    made->opts = *opts;
    made->size = gyre_comm_size(comm);
    made->rank = gyre_comm_rank(comm);
    gyre__operator_complete(&made->opts, made->size);
    gyre_status_t status = place_tasks(made);
    if (status == GYRE_OK) {
        gyre__receive_open(made);
        gyre__watermark_reset(made);
    }
    if (status == GYRE_OK)
        status = open_sides(made);
    if (status == GYRE_OK && made->opts.partitioner)
        status = gyre__partition_open(made);
    if (status == GYRE_OK)
        status = set_order(made);
    if (status == GYRE_OK && made->opts.partitioner == GYRE_PARTITIONER_RANGE)
        status = gyre__range_open(made);
    if (status == GYRE_OK)
        status = gyre__keeps_open(made);
    if (status != GYRE_OK) {
        operator_free(made);
        return status;
    }
    *op = made;
    return GYRE_OK;
}

gyre_status_t gyre_operator_create(gyre_comm_t *comm, const gyre_operator_opts_t *opts,
                                   gyre_operator_t **op)
{
    gyre_operator_t *made = NULL;
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre_status_t ready = gyre__operator_check(opts, gyre_comm_size(comm));
    if (ready == GYRE_OK && !op)
        ready = gyre__error(GYRE_ERR_ARG, "no place for the operator: NULL");
    if (ready == GYRE_OK)
        ready = make(comm, opts, &made);
    status = gyre__operator_agree(comm, ready, made ? &made->opts : NULL);
    if (status == GYRE_OK)
        status = gyre__channel_open(comm, &made->channel);
    if (status != GYRE_OK) {
        operator_free(made);
        return status;
    }
    *op = made;
    return GYRE_OK;
}

void gyre_operator_destroy(gyre_operator_t *op)
{
    if (!op)
        return;
    gyre__channel_t *channel = op->channel;
    operator_free(op);
    gyre__channel_close(channel);
}

const gyre_schema_t *gyre_operator_schema(const gyre_operator_t *op)
{
    return op->received;
}

/* --- Sources --- */

static gyre_status_t fail(gyre_operator_t *op, gyre_status_t status)
{
    if (status < 0 && op->status == GYRE_OK) {
        op->status = status;
        op->why = strdup(gyre_last_error());
        gyre__channel_give_up(op->channel, status, gyre_last_error());
    }
    return status;
}

void gyre__operator_fail(gyre_operator_t *op, gyre_status_t status)
{
    fail(op, status);
}

static gyre_status_t failed(const gyre_operator_t *op)
{
    return op->status == GYRE_OK
               ? GYRE_OK
               : gyre__error(op->status, "%s", op->why ? op->why : gyre_status_string(op->status));
}

static gyre_status_t find(gyre_operator_t *op, int task, gyre__source_t **source)
{
    if (!op)
        return gyre__error(GYRE_ERR_ARG, "no operator: NULL");
    for (int i = 0; i < op->source_count; i++) {
        *source = &op->sources[i];
        if ((*source)->task != task)
            continue;
        if ((*source)->finished)
            return gyre__error(GYRE_ERR_STATE, "source %d has finished", task);
        return failed(op);
    }
    return gyre__error(GYRE_ERR_RANGE, "source %d of %d is not on this worker", task,
                       op->source_total);
}

/* GYRE_IN_PROGRESS: there is something left. */
static gyre_status_t push(gyre_operator_t *op, gyre__source_t *source)
{
    gyre__shipment_t *shipment = &source->shipment;
    gyre__side_t *side = source->side;
    if (op->opts.targets == 0)
        return GYRE_OK; /* there never is */
    switch (op->opts.kind) {
    case GYRE_PARTITION:
    case GYRE_SORT:
        return op->range ? gyre__range_push(op, source) : gyre__partition_push(op, source);
    case GYRE_JOIN:
        return gyre__partition_push(op, source);
    case GYRE_REDUCE:
    case GYRE_ALLREDUCE:
        return gyre__reduce_push(op, source);
    case GYRE_PIPE:
    case GYRE_UNION: {
        int target = source->task % op->opts.targets;
        return gyre__ship(op, side, shipment, &op->target_ranks[target], 1, source->task, target);
    }
    case GYRE_GATHER:
        if (op->opts.key_count)
            return gyre__partition_push(op, source);
        /* fall through */
    default:
        return gyre__ship(op, side, shipment, op->receivers, op->receiver_count, source->task,
                          GYRE__ALL_TARGETS);
    }
}

gyre_status_t gyre_operator_insert(gyre_operator_t *op, int task, const gyre_batch_t *batch)
{
    gyre__source_t *source;
    gyre_status_t status = op && batch ? find(op, task, &source)
                                       : gyre__error(GYRE_ERR_ARG, "no operator or no batch: NULL");
    if (status == GYRE_OK && batch->schema != source->side->schema &&
        !gyre_schema_equal(batch->schema, source->side->schema))
        status = gyre__error(GYRE_ERR_ARG, "the batch has another schema than the operator");
    if (status != GYRE_OK || batch->length == 0)
        return status;
    if (source->at_barrier || gyre__watermark_due(op))
        return GYRE_IN_PROGRESS;
    status = push(op, source); /* of what there is */
    if (status != GYRE_OK)
        return fail(op, status);
    op->counts.rows_inserted += batch->length;
    if (op->opts.targets == 0)
        return GYRE_OK;
    source->shipment = (gyre__shipment_t){gyre_batch_retain(batch), 0};
    if (!op->combiner)
        source->side->row_bytes = gyre_batch_bytes(batch) / batch->length + 1;
    status = push(op, source);
    return status < 0 ? fail(op, status) : GYRE_OK;
}

gyre_status_t gyre_operator_barrier(gyre_operator_t *op, int task, uint64_t id)
{
    gyre__source_t *source;
    gyre_status_t status = find(op, task, &source);
    if (status != GYRE_OK)
        return status;
    if (source->at_barrier)
        return GYRE_IN_PROGRESS;
    for (int i = 0; i < op->source_count; i++)
        if (op->sources[i].at_barrier && op->sent_barrier != id)
            return gyre__error(GYRE_ERR_ARG,
                               "barrier %" PRIu64 " of source %d, while source %d is at %" PRIu64,
                               id, task, op->sources[i].task, op->sent_barrier);
    source->at_barrier = true;
    op->sent_barrier = id;
    return GYRE_OK;
}

gyre_status_t gyre_operator_watermark(gyre_operator_t *op, int task, int64_t time)
{
    gyre__source_t *source;
    gyre_status_t status = find(op, task, &source);
    if (status != GYRE_OK)
        return status;
    if (source->at_barrier)
        return GYRE_IN_PROGRESS;
    if (time > source->watermark)
        source->watermark = time;
    gyre__watermark_settle(op);
    return GYRE_OK;
}

gyre_status_t gyre_operator_finish(gyre_operator_t *op, int task)
{
    gyre__source_t *source;
    gyre_status_t status = find(op, task, &source);
    if (status != GYRE_OK)
        return status;
    source->finished = true;
    op->finished++;
    gyre__watermark_settle(op);
    return GYRE_OK;
}

/* --- Progress --- */

static gyre_status_t tell_all(gyre_operator_t *op, int kind, uint64_t value)
{
    gyre__label_t label = {.kind = kind, .value = value};
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->receiver_count && status == GYRE_OK; i++)
        status = gyre__channel_mark(op->channel, op->receivers[i], &label);
    op->moved = true;
    return status;
}

/* What sources have inserted; all of it, where all of them have come to a barrier or the end; also
 * what is on its way to targets only in part, where flush is set. */
static gyre_status_t push_all(gyre_operator_t *op, bool all, bool flush)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->source_count && status >= 0; i++) {
        gyre_status_t pushed = push(op, &op->sources[i]);
        status = pushed == GYRE_OK ? status : pushed;
    }
    if (all && status == GYRE_OK && op->combiner)
        status = gyre__reduce_drain(op);
    if (!gyre__partitions(op) || status < 0)
        return status;
    gyre_status_t flushed = gyre__partition_flush(op, flush && status == GYRE_OK ? GYRE__FLUSH_ALL
                                                      : op->opts.stream          ? GYRE__FLUSH_IDLE
                                                                        : GYRE__FLUSH_FULL);
    return flushed == GYRE_OK ? status : flushed;
}

bool gyre__all_stand(const gyre_operator_t *op)
{
    int standing = 0;
    for (int i = 0; i < op->source_count; i++)
        standing += op->sources[i].finished || op->sources[i].at_barrier;
    return standing == op->source_count;
}

/* Past the barrier that sources of this worker are at, if any is. */
static bool pass_barrier(gyre_operator_t *op)
{
    bool passed = false;
    for (int i = 0; i < op->source_count; i++) {
        passed |= op->sources[i].at_barrier;
        op->sources[i].at_barrier = false;
    }
    gyre__watermark_settle(op);
    return passed;
}

static gyre_status_t send(gyre_operator_t *op)
{
    bool all = gyre__all_stand(op);
    if (op->source_count == 0 || op->end_sent)
        return GYRE_OK;
    bool all_out = all || gyre__watermark_due(op);
    gyre_status_t status = push_all(op, all, all_out);
    if (status == GYRE_OK && all_out && gyre__watermark_due(op)) {
        op->sent_watermark = op->watermark;
        status = tell_all(op, GYRE__PARCEL_WATERMARK, (uint64_t)op->watermark);
    }
    if (status != GYRE_OK || !all)
        return status;
    if (pass_barrier(op))
        return tell_all(op, GYRE__PARCEL_BARRIER, op->sent_barrier);
    op->end_sent = true;
    return tell_all(op, GYRE__PARCEL_END, 0);
}

static bool is_complete(const gyre_operator_t *op)
{
    return (op->source_count == 0 || op->end_sent) && gyre__channel_idle(op->channel) &&
           (op->target_count == 0 || gyre__received(op));
}

gyre_status_t gyre_operator_progress(gyre_operator_t *op)
{
    if (!op)
        return gyre__error(GYRE_ERR_ARG, "no operator: NULL");
    gyre_status_t status = failed(op);
    if (status != GYRE_OK)
        return status;
    op->moved = op->refused = false;
    status = gyre__channel_progress(op->channel);
    if (status == GYRE_OK)
        status = gyre__receive(op);
    if (status == GYRE_OK)
        status = send(op);
    if (status < 0)
        return fail(op, status);
    return is_complete(op) ? GYRE_OK : GYRE_IN_PROGRESS;
}

bool gyre__operator_has_news(const gyre_operator_t *op)
{
    return gyre__channel_has_news(op->channel);
}

gyre_status_t gyre_operator_step(gyre_operator_t *op)
{
    gyre_status_t status = gyre_operator_progress(op);
    if (status != GYRE_IN_PROGRESS || op->moved)
        return status;
    if (op->refused) {
        sched_yield(); /* what the target waits for is unknown here */
        return GYRE_IN_PROGRESS;
    }
    status = gyre__channel_wait(op->channel);
    return status == GYRE_OK ? gyre_operator_progress(op) : fail(op, status);
}

gyre_status_t gyre_operator_wait(gyre_operator_t *op)
{
    gyre_status_t status;
    if (op && op->status == GYRE_OK && op->finished < op->source_count)
        return gyre__error(GYRE_ERR_STATE, "%d of this worker's %d sources have not finished",
                           op->source_count - op->finished, op->source_count);
    while ((status = gyre_operator_step(op)) == GYRE_IN_PROGRESS)
        ;
    return status;
}

gyre_status_t gyre_operator_reset(gyre_operator_t *op)
{
    gyre_status_t status = op ? failed(op) : gyre__error(GYRE_ERR_ARG, "no operator: NULL");
    if (status == GYRE_OK && !is_complete(op))
        status = gyre__error(GYRE_ERR_STATE, "the operator is not complete");
    if (status != GYRE_OK)
        return status;
    op->end_sent = false;
    op->finished = 0;
    if (op->range)
        gyre__range_reset(op);
    for (int i = 0; i < op->source_count; i++)
        op->sources[i] = (gyre__source_t){.task = op->sources[i].task, .side = op->sources[i].side};
    gyre__watermark_reset(op);
    return fail(op, gyre__receive_reset(op));
}

gyre_status_t gyre_operator_count(const gyre_operator_t *op, gyre_operator_counts_t *counts)
{
    if (!op || !counts)
        return gyre__error(GYRE_ERR_ARG, "no operator or no place for the counts: NULL");
    const gyre__channel_counts_t *channel = gyre__channel_counts(op->channel);
    *counts = op->counts;
    counts->size = sizeof(*counts);
    counts->bytes_sent = channel->bytes_sent;
    counts->bytes_received = channel->bytes_received;
    counts->refusals = channel->refused;
    counts->rows_spilled = op->spill ? op->spill->rows : 0;
    counts->bytes_spilled = op->spill ? op->spill->file_bytes : 0;
    counts->memory_peak = gyre__memory_peak();
    return GYRE_OK;
}
