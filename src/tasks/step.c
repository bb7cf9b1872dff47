/* SPDX-License-Identifier: Apache-2.0 */
/* One function of one instance at a time. What it is to do next follows from its inboxes: rows of
 * any that stands at no barrier, else the barrier that all have come to, else the end; but before
 * these a watermark, when the least of all inboxes' has grown. */
#include "base/clock.h"
#include "base/error.h"
#include "tasks/executor.h"

#include <inttypes.h>

typedef enum action { NOTHING, SOURCE, ROWS, WATERMARK, BARRIER, END } action_t;

typedef struct job {
    action_t action;
    gyre__inbox_t *inbox; /* of rows */
    gyre__item_t item;
} job_t;

bool gyre__task_full(const gyre_task_t *task)
{
    for (size_t i = 0; i < task->outbox_count; i++)
        if (task->outboxes[i].queue.bytes >= task->executor->pending)
            return true;
    return false;
}

static bool is_source(const gyre_task_t *task)
{
    return task->inbox_count == 0;
}

/* Past all but rows that has come to the front of an inbox. */
static gyre_status_t advance(gyre_task_t *task, gyre__inbox_t *inbox)
{
    gyre__item_t *item;
    while (!inbox->at_barrier && (item = gyre__items_first(&inbox->queue)) &&
           item->kind != GYRE__ITEM_ROWS) {
        for (size_t i = 0; item->kind == GYRE__ITEM_BARRIER && i < task->inbox_count; i++)
            if (task->inboxes[i].at_barrier && task->barrier != item->id)
                return gyre__error(GYRE_ERR_STATE,
                                   "barrier %" PRIu64 " from edge \"%s\", while another is at "
                                   "%" PRIu64,
                                   item->id, inbox->flow->edge->name, task->barrier);
        inbox->ended |= item->kind == GYRE__ITEM_END;
        if (item->kind == GYRE__ITEM_WATERMARK)
            inbox->watermark = item->time;
        inbox->at_barrier = item->kind == GYRE__ITEM_BARRIER;
        task->barrier = inbox->at_barrier ? item->id : task->barrier;
        gyre__items_pop(&inbox->queue);
    }
    return GYRE_OK;
}

/* The least of all inboxes; INT64_MAX: all have ended. */
static int64_t watermark_of(const gyre_task_t *task)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < task->inbox_count; i++) {
        const gyre__inbox_t *inbox = &task->inboxes[i];
        if (!inbox->ended && inbox->watermark < least)
            least = inbox->watermark;
    }
    return least;
}

static bool has_risen(const gyre_task_t *task)
{
    int64_t time = watermark_of(task);
    return time > task->watermark && time != INT64_MAX;
}

/* Where all inboxes stand. */
static action_t together(const gyre_task_t *task)
{
    bool barrier = false;
    for (size_t i = 0; i < task->inbox_count; i++) {
        const gyre__inbox_t *inbox = &task->inboxes[i];
        if (!inbox->ended && !inbox->at_barrier)
            return NOTHING;
        barrier |= inbox->at_barrier;
    }
    return barrier ? BARRIER : END;
}

/* If the task is to be told of one. */
static bool choose_watermark(const gyre_task_t *task, job_t *job)
{
    *job = (job_t){.action = WATERMARK, .item.time = watermark_of(task)};
    return has_risen(task);
}

/* What was refused comes again: a watermark first, and rows of the inbox that is looked at first.
 */
static gyre_status_t choose(gyre_task_t *task, job_t *job)
{
    if (choose_watermark(task, job))
        return GYRE_OK;
    job->action = SOURCE;
    if (is_source(task)) {
        if (task->drained || task->executor->stopping)
            job->action = END;
        return GYRE_OK;
    }
    for (size_t i = 0; i < task->inbox_count; i++) {
        gyre__inbox_t *inbox = &task->inboxes[(task->next_inbox + i) % task->inbox_count];
        gyre_status_t status = advance(task, inbox);
        if (status != GYRE_OK)
            return status;
        if (choose_watermark(task, job))
            return GYRE_OK;
        gyre__item_t *item = gyre__items_first(&inbox->queue);
        if (!item || inbox->at_barrier)
            continue;
        *job = (job_t){ROWS, inbox, *item};
        task->next_inbox = (size_t)inbox->flow->inbox;
        return GYRE_OK;
    }
    *job = (job_t){.action = together(task)};
    return GYRE_OK;
}

static bool has_work(const gyre_task_t *task)
{
    if (is_source(task))
        return !task->awaits || task->executor->stopping;
    for (size_t i = 0; i < task->inbox_count; i++)
        if (task->inboxes[i].queue.count && !task->inboxes[i].at_barrier)
            return true;
    return has_risen(task) || together(task) != NOTHING;
}

void gyre__task_stir(gyre_task_t *task)
{
    gyre_executor_t *executor = task->executor;
    if (!executor->started || task->running || task->queued || task->over ||
        gyre__task_full(task) || !has_work(task))
        return;
    task->queued = true;
    gyre__list_append(&executor->ready, &task->link);
    pthread_cond_signal(&executor->changed);
}

static gyre_status_t open_once(gyre_task_t *task)
{
    const gyre_task_opts_t *opts = &task->node->opts;
    if (task->opened)
        return GYRE_OK;
    task->state = opts->open ? NULL : opts->arg;
    gyre_status_t status = opts->open ? opts->open(task, opts->arg, &task->state) : GYRE_OK;
    task->opened = status == GYRE_OK;
    return status;
}

static gyre_status_t run(gyre_task_t *task, const job_t *job)
{
    const gyre_task_opts_t *opts = &task->node->opts;
    switch (job->action) {
    case SOURCE:
        return opts->source(task, task->state);
    case ROWS:
        return opts->receive(task, task->state, job->inbox->flow->inbox, job->item.source,
                             job->item.batch);
    case WATERMARK:
        return opts->watermark ? opts->watermark(task, task->state, job->item.time) : GYRE_OK;
    case BARRIER:
        return opts->barrier ? opts->barrier(task, task->state, task->barrier) : GYRE_OK;
    case END:
        return opts->end ? opts->end(task, task->state) : GYRE_OK;
    default:
        return GYRE_OK;
    }
}

static gyre_status_t call(gyre_task_t *task, const job_t *job)
{
    uint64_t begin = gyre__clock_ns();
    gyre__error_forget();
    gyre_status_t status = open_once(task);
    if (status == GYRE_OK)
        status = run(task, job);
    task->counts.calls++;
    task->counts.ns += gyre__clock_ns() - begin;
    return status;
}

static gyre_status_t put_all(gyre_task_t *task, gyre__item_t item)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < task->outbox_count && status == GYRE_OK; i++)
        if (!task->outboxes[i].ended)
            status = gyre__items_put(&task->outboxes[i].queue, item);
    return status;
}

/* What follows from a job that is done. */
static gyre_status_t settle(gyre_task_t *task, const job_t *job)
{
    switch (job->action) {
    case SOURCE:
        task->drained = true;
        return GYRE_OK;
    case ROWS:
        task->counts.rows_in += job->item.batch->length;
        task->counts.batches_in++;
        task->next_inbox = (size_t)job->inbox->flow->inbox + 1;
        gyre__items_pop(&job->inbox->queue);
        return GYRE_OK;
    case WATERMARK:
        task->watermark = job->item.time;
        return put_all(task, (gyre__item_t){.kind = GYRE__ITEM_WATERMARK, .time = task->watermark});
    case BARRIER:
        for (size_t i = 0; i < task->inbox_count; i++)
            task->inboxes[i].at_barrier = false;
        return put_all(task, (gyre__item_t){.kind = GYRE__ITEM_BARRIER, .id = task->barrier});
    case END:
        task->over = true;
        task->executor->over++;
        return put_all(task, (gyre__item_t){.kind = GYRE__ITEM_END});
    default:
        return GYRE_OK;
    }
}

/* To and from neighbours without an operator between. */
static void shift(gyre_task_t *task)
{
    for (size_t i = 0; i < task->outbox_count; i++)
        if (!task->outboxes[i].flow->op)
            gyre__flow_shift(task->outboxes[i].flow, task->index);
    for (size_t i = 0; i < task->inbox_count; i++)
        if (!task->inboxes[i].flow->op)
            gyre__flow_shift(task->inboxes[i].flow, task->index);
}

static void fail(gyre_task_t *task, gyre_status_t status)
{
    char name[128];
    snprintf(name, sizeof(name), "task \"%s\"", task->node->name);
    gyre__error_by(status, name, task->index);
    gyre__executor_fail(task->executor, status, gyre_last_error());
}

void gyre__task_step(gyre_task_t *task)
{
    gyre_executor_t *executor = task->executor;
    job_t job;
    pthread_mutex_lock(&executor->lock);
    gyre_status_t status = choose(task, &job);
    pthread_mutex_unlock(&executor->lock);
    if (status == GYRE_OK && job.action != NOTHING)
        status = call(task, &job);
    bool done = status == GYRE_OK;
    pthread_mutex_lock(&executor->lock);
    if (done)
        status = settle(task, &job);
    else if (status == GYRE_IN_PROGRESS && task->wants_await)
        status = gyre__await_begin(task);
    task->wants_await = false;
    task->running = status < 0; /* one that has failed is not called again */
    shift(task);
    gyre__task_stir(task);
    if (executor->over == executor->task_count)
        pthread_cond_broadcast(&executor->changed);
    pthread_mutex_unlock(&executor->lock);
    if (done && job.action == ROWS)
        gyre_batch_release(job.item.batch); /* takes the wire's lock, which comes first */
    if (status < 0)
        fail(task, status);
    gyre__executor_mail(executor);
}
