/* SPDX-License-Identifier: Apache-2.0 */
/* Edges of a graph as operators: from outboxes to them, and from them to inboxes. */
#include "base/error.h"
#include "dataflow/operator.h"
#include "tasks/executor.h"

#include <stdlib.h>

enum { INBOX_ITEMS = 4 }; /* that wait before an instance, from one edge */

static gyre_status_t put(gyre__flow_t *flow, int target, gyre__item_t item)
{
    gyre_executor_t *executor = flow->executor;
    gyre_status_t status = GYRE_IN_PROGRESS;
    pthread_mutex_lock(&executor->lock);
    gyre_task_t *task = gyre__task_at(executor, flow->edge->to, target);
    gyre__items_t *items = &task->inboxes[flow->inbox].queue;
    if (items->count < INBOX_ITEMS)
        status = gyre__items_put(items, item);
    if (status == GYRE_OK)
        gyre__task_stir(task);
    pthread_mutex_unlock(&executor->lock);
    return status;
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    gyre__item_kind_t kind = batch ? GYRE__ITEM_ROWS : GYRE__ITEM_END;
    return put(arg, target, (gyre__item_t){.kind = kind, .source = source, .batch = batch});
}

static gyre_status_t pass_barrier(void *arg, int target, uint64_t id)
{
    return put(arg, target, (gyre__item_t){.kind = GYRE__ITEM_BARRIER, .id = id});
}

static gyre_status_t pass_watermark(void *arg, int target, int64_t time)
{
    return put(arg, target, (gyre__item_t){.kind = GYRE__ITEM_WATERMARK, .time = time});
}

/* The edge's own function, with the edge's argument. */
static gyre_status_t partition(void *arg, int source, const gyre_batch_t *batch, size_t first,
                               size_t count, int targets, int32_t *target_of)
{
    const gyre_operator_opts_t *opts = &((gyre__flow_t *)arg)->edge->flow;
    return opts->partition(opts->arg, source, batch, first, count, targets, target_of);
}

/* --- Life --- */

static int *workers_of(const gyre_executor_t *executor, size_t node)
{
    int count = executor->parallelism[node];
    int *workers = malloc(((size_t)count + 1) * sizeof(*workers));
    for (int i = 0; workers && i < count; i++)
        workers[i] = gyre_plan_worker(executor->plan, executor->graph->name,
                                      executor->graph->nodes[node].name, i);
    return workers;
}

static bool needs_operator(const gyre_operator_opts_t *opts)
{
    if (opts->kind != GYRE_PIPE || opts->bulk)
        return true;
    for (int i = 0; i < opts->sources; i++)
        if (opts->source_ranks[i] != opts->target_ranks[i])
            return true;
    return false;
}

static gyre_status_t open_between(gyre__flow_t *flow, const int *from, const int *right,
                                  const int *to)
{
    const gyre_executor_t *executor = flow->executor;
    const gyre__edge_t *edge = flow->edge;
    gyre_operator_opts_t opts = edge->flow;
    opts.size = sizeof(opts);
    opts.sources = executor->parallelism[edge->from];
    opts.targets = executor->parallelism[edge->to];
    opts.source_ranks = from;
    opts.target_ranks = to;
    opts.right_sources = right ? executor->parallelism[edge->right] : 0;
    opts.right_ranks = right;
    opts.stream = executor->graph->stream;
    opts.partition = edge->flow.partition ? partition : NULL;
    opts.receive = receive;
    opts.barrier = pass_barrier;
    opts.watermark = pass_watermark;
    opts.arg = flow;
    flow->received = opts.schema;
    if (!needs_operator(&opts))
        return GYRE_OK;
    gyre_status_t status = gyre_operator_create(executor->comm, &opts, &flow->op);
    if (status == GYRE_OK)
        flow->received = gyre_operator_schema(flow->op);
    return status;
}

static gyre_status_t flow_open(gyre__flow_t *flow)
{
    const gyre__edge_t *edge = flow->edge;
    int *from = workers_of(flow->executor, edge->from);
    int *to = workers_of(flow->executor, edge->to);
    int *right = gyre__edge_joins(edge) ? workers_of(flow->executor, edge->right) : NULL;
    gyre_status_t status = GYRE_ERR_NO_MEMORY;
    if (from && to && (right || !gyre__edge_joins(edge)))
        status = open_between(flow, from, right, to);
    else
        gyre__error(status, "no memory for edge \"%s\"", edge->name);
    free(from);
    free(to);
    free(right);
    return status;
}

gyre_status_t gyre__flows_open(gyre_executor_t *executor)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < executor->graph->edge_count && status == GYRE_OK; i++)
        status = flow_open(&executor->flows[i]);
    return status;
}

void gyre__flows_close(gyre_executor_t *executor)
{
    for (size_t i = 0; executor->flows && i < executor->graph->edge_count; i++)
        gyre_operator_destroy(executor->flows[i].op);
}

gyre_status_t gyre__flows_reset(gyre_executor_t *executor)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < executor->graph->edge_count && status == GYRE_OK; i++) {
        gyre__flow_t *flow = &executor->flows[i];
        if (flow->complete)
            status = gyre_operator_reset(flow->op);
        flow->complete = false;
    }
    return status;
}

void gyre__flows_give_up(gyre_executor_t *executor, gyre_status_t status)
{
    for (size_t i = 0; i < executor->graph->edge_count; i++)
        if (executor->flows[i].op)
            gyre__operator_fail(executor->flows[i].op, status);
}

/* --- On the way --- */

static gyre_status_t hand_over(gyre__outbox_t *outbox, const gyre__item_t *item)
{
    switch (item->kind) {
    case GYRE__ITEM_ROWS:
        return gyre_operator_insert(outbox->flow->op, outbox->source, item->batch);
    case GYRE__ITEM_BARRIER:
        return gyre_operator_barrier(outbox->flow->op, outbox->source, item->id);
    case GYRE__ITEM_WATERMARK:
        return gyre_operator_watermark(outbox->flow->op, outbox->source, item->time);
    default:
        return gyre_operator_finish(outbox->flow->op, outbox->source);
    }
}

/* From an outbox to its operator, as much as that takes. The first item stays where it is
 * meanwhile: nobody else takes it. */
static gyre_status_t drain(gyre_task_t *task, gyre__outbox_t *outbox, bool *moved)
{
    gyre_executor_t *executor = task->executor;
    gyre_status_t status = GYRE_OK;
    pthread_mutex_lock(&executor->lock);
    for (gyre__item_t *first; status == GYRE_OK && (first = gyre__items_first(&outbox->queue));) {
        gyre__item_t item = *first;
        pthread_mutex_unlock(&executor->lock);
        status = hand_over(outbox, &item);
        if (status == GYRE_OK)
            gyre_batch_release(item.batch);
        pthread_mutex_lock(&executor->lock);
        if (status != GYRE_OK)
            break;
        gyre__items_pop(&outbox->queue);
        gyre__task_stir(task);
        *moved = true;
    }
    pthread_mutex_unlock(&executor->lock);
    return status < 0 ? status : GYRE_OK;
}

static gyre_status_t drain_all(gyre_executor_t *executor, bool *moved)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < executor->task_count; i++) {
        gyre_task_t *task = &executor->tasks[i];
        for (size_t k = 0; k < task->outbox_count && status == GYRE_OK; k++)
            if (task->outboxes[k].flow->op)
                status = drain(task, &task->outboxes[k], moved);
    }
    return status;
}

gyre_status_t gyre__flows_move(gyre_executor_t *executor, bool *moved)
{
    gyre_status_t status = drain_all(executor, moved);
    for (size_t i = 0; i < executor->graph->edge_count && status == GYRE_OK; i++) {
        gyre__flow_t *flow = &executor->flows[i];
        if (!flow->op || flow->complete)
            continue;
        status = gyre_operator_progress(flow->op);
        flow->complete = status == GYRE_OK;
        *moved |= flow->complete || flow->op->moved;
        status = status < 0 ? status : GYRE_OK;
    }
    return status;
}

bool gyre__flows_complete(const gyre_executor_t *executor)
{
    for (size_t i = 0; i < executor->graph->edge_count; i++)
        if (executor->flows[i].op && !executor->flows[i].complete)
            return false;
    return true;
}

bool gyre__flows_have_news(const gyre_executor_t *executor)
{
    for (size_t i = 0; i < executor->graph->edge_count; i++) {
        const gyre__flow_t *flow = &executor->flows[i];
        if (flow->op && !flow->complete && gyre__operator_has_news(flow->op))
            return true;
    }
    return false;
}

/* Where there is no operator, whoever ran one of the two moves items on. */
void gyre__flow_shift(gyre__flow_t *flow, int index)
{
    gyre_executor_t *executor = flow->executor;
    gyre_task_t *from = gyre__task_at(executor, flow->edge->from, index);
    gyre_task_t *to = gyre__task_at(executor, flow->edge->to, index);
    gyre__items_t *inbox = &to->inboxes[flow->inbox].queue;
    gyre__item_t *item;
    for (size_t i = 0; i < from->outbox_count; i++) {
        gyre__items_t *outbox = &from->outboxes[i].queue;
        if (from->outboxes[i].flow != flow)
            continue;
        while (inbox->count < INBOX_ITEMS && (item = gyre__items_first(outbox)) &&
               gyre__items_put(inbox, *item) == GYRE_OK) {
            gyre_batch_release(item->batch);
            gyre__items_pop(outbox);
        }
    }
    gyre__task_stir(from);
    gyre__task_stir(to);
}
