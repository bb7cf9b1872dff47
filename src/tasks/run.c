/* SPDX-License-Identifier: Apache-2.0 */
/* Who does what: one thread at a time has the role of the mover, all others compute. The calling
 * thread moves; in a shared executor every thread takes the role when it is free. A mover that
 * finds nothing to move, and may not or cannot compute, sleeps in the wire. */
#include "base/error.h"
#include "comm/comm.h"
#include "comm/wait.h"
#include "tasks/executor.h"

#include <stdlib.h>
#include <string.h>

void gyre__executor_mail(gyre_executor_t *executor)
{
    gyre_context_t *ctx = executor->comm->ctx;
    atomic_store(&executor->mail, true);
    if (!atomic_load(&executor->asleep))
        return;
    gyre__enter(ctx); /* wakes it */
    gyre__wait_notify(ctx); /* also where it waits behind another thread */
    gyre__leave(ctx);
}

void gyre__executor_fail(gyre_executor_t *executor, gyre_status_t status, const char *why)
{
    pthread_mutex_lock(&executor->lock);
    if (executor->status == GYRE_OK) {
        executor->status = status;
        executor->why = strdup(why);
    }
    pthread_cond_broadcast(&executor->changed);
    pthread_mutex_unlock(&executor->lock);
    gyre__executor_mail(executor);
}

static gyre_status_t trouble(const gyre_executor_t *executor)
{
    return executor->status == GYRE_OK
               ? GYRE_OK
               : gyre__error(executor->status, "%s",
                             executor->why ? executor->why : gyre_status_string(executor->status));
}

/* --- The mover, which has the role and not the lock --- */

static bool has_news(void *arg)
{
    gyre_executor_t *executor = arg;
    if (atomic_load(&executor->mail) || gyre__flows_have_news(executor))
        return true;
    if (!executor->awaiting)
        return false;
    pthread_mutex_lock(&executor->lock);
    bool news = gyre__await_look(executor);
    pthread_mutex_unlock(&executor->lock);
    return news;
}

static gyre_status_t sleep_in_wire(gyre_executor_t *executor)
{
    gyre_context_t *ctx = executor->comm->ctx;
    pthread_mutex_lock(&executor->lock);
    int watch = executor->watch;
    pthread_mutex_unlock(&executor->lock);
    atomic_store(&executor->asleep, true);
    gyre__enter(ctx);
    ctx->also = watch;
    gyre_status_t status = gyre__wait(ctx, has_news, executor);
    ctx->also = -1;
    gyre__leave(ctx);
    atomic_store(&executor->asleep, false);
    return status;
}

/* The others hear of an error when all edges are given up. */
static void give_up(gyre_executor_t *executor)
{
    pthread_mutex_lock(&executor->lock);
    gyre_status_t status = executor->gave_up ? GYRE_OK : trouble(executor);
    executor->gave_up |= status != GYRE_OK;
    pthread_mutex_unlock(&executor->lock);
    if (status != GYRE_OK)
        gyre__flows_give_up(executor, status);
}

/* Everything once; then asleep, where nothing has happened and there is leave to. */
static void move(gyre_executor_t *executor, bool may_sleep)
{
    bool moved = false;
    atomic_store(&executor->mail, false);
    gyre_status_t status = gyre__flows_move(executor, &moved);
    pthread_mutex_lock(&executor->lock);
    if (executor->awaiting)
        moved |= gyre__await_look(executor);
    bool over = executor->over == executor->task_count && gyre__flows_complete(executor);
    executor->complete |= over;
    may_sleep &= !over && executor->status == GYRE_OK;
    pthread_mutex_unlock(&executor->lock);
    if (status == GYRE_OK && !moved && may_sleep)
        status = sleep_in_wire(executor);
    if (status < 0)
        gyre__executor_fail(executor, status, gyre_last_error());
    give_up(executor);
}

/* --- Turns, with the lock --- */

static bool is_done(const gyre_executor_t *executor)
{
    return executor->quit || executor->complete || executor->gave_up;
}

static void take_role(gyre_executor_t *executor, bool may_sleep)
{
    executor->moving = true;
    pthread_mutex_unlock(&executor->lock);
    move(executor, may_sleep);
    pthread_mutex_lock(&executor->lock);
    executor->moving = false;
    if (executor->opts.shared || is_done(executor))
        pthread_cond_broadcast(&executor->changed);
}

static bool can_compute(const gyre_executor_t *executor)
{
    return executor->status == GYRE_OK && !gyre__list_empty(&executor->ready);
}

static void compute(gyre_executor_t *executor)
{
    gyre_task_t *task = gyre__container(gyre__list_pop(&executor->ready), gyre_task_t, link);
    task->queued = false;
    task->running = true;
    executor->computing++;
    pthread_mutex_unlock(&executor->lock);
    gyre__task_step(task);
    pthread_mutex_lock(&executor->lock);
    if (--executor->computing == 0 && is_done(executor))
        pthread_cond_broadcast(&executor->changed);
}

/* One thing, or a wait for one. */
static void turn(gyre_executor_t *executor, bool computes, bool moves, bool may_sleep)
{
    bool ready = computes && can_compute(executor);
    if (moves && !executor->moving)
        take_role(executor, may_sleep && !ready);
    else if (!ready && may_sleep)
        pthread_cond_wait(&executor->changed, &executor->lock);
    if (computes && !is_done(executor) && can_compute(executor))
        compute(executor);
}

static void *crew_main(void *arg)
{
    gyre_executor_t *executor = arg;
    pthread_mutex_lock(&executor->lock);
    while (!executor->quit) {
        if (!executor->started || is_done(executor))
            pthread_cond_wait(&executor->changed, &executor->lock);
        else
            turn(executor, true, executor->opts.shared, true);
    }
    pthread_mutex_unlock(&executor->lock);
    return NULL;
}

gyre_status_t gyre__crew_open(gyre_executor_t *executor)
{
    int count = executor->opts.threads;
    if (count && !gyre__threads(executor->comm->ctx))
        return gyre__error(GYRE_ERR_STATE,
                           "%d threads for tasks, and a context for one thread: "
                           "expected GYRE_THREAD_MULTIPLE in gyre_init",
                           count);
    executor->threads = calloc((size_t)count + 1, sizeof(*executor->threads));
    if (!executor->threads)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d threads", count);
    for (; executor->thread_count < count; executor->thread_count++) {
        int error =
            pthread_create(&executor->threads[executor->thread_count], NULL, crew_main, executor);
        if (error)
            return gyre__error_errno(error, "cannot start thread %d of %d", executor->thread_count,
                                     count);
    }
    return GYRE_OK;
}

void gyre__crew_close(gyre_executor_t *executor)
{
    pthread_mutex_lock(&executor->lock);
    executor->quit = true;
    pthread_cond_broadcast(&executor->changed);
    pthread_mutex_unlock(&executor->lock);
    gyre__executor_mail(executor);
    for (int i = 0; i < executor->thread_count; i++)
        pthread_join(executor->threads[i], NULL);
    free(executor->threads);
}

/* --- Runs --- */

static gyre_status_t renew_outputs(gyre_executor_t *executor)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < executor->shelf_count && status == GYRE_OK; i++) {
        gyre__shelf_t *shelf = &executor->shelves[i];
        if (!shelf->is_output)
            continue;
        gyre_dataset_release(shelf->dataset);
        shelf->dataset = NULL;
        status = gyre_dataset_create(shelf->parts, &shelf->dataset);
    }
    return status;
}

static void rearm(gyre_task_t *task)
{
    task->drained = task->over = false;
    task->watermark = INT64_MIN;
    for (size_t i = 0; i < task->inbox_count; i++) {
        task->inboxes[i].ended = false;
        task->inboxes[i].watermark = INT64_MIN;
    }
    for (size_t i = 0; i < task->outbox_count; i++)
        task->outboxes[i].ended = false;
}

gyre_status_t gyre_executor_start(gyre_executor_t *executor)
{
    if (!executor)
        return gyre__error(GYRE_ERR_ARG, "no executor: NULL");
    gyre_status_t status = trouble(executor);
    if (status == GYRE_OK && executor->started)
        status = gyre__error(GYRE_ERR_STATE, "a run is under way");
    if (status == GYRE_OK)
        status = renew_outputs(executor);
    if (status == GYRE_OK)
        status = gyre__flows_reset(executor);
    if (status != GYRE_OK)
        return status;
    if (executor->opts.before)
        executor->opts.before(executor->opts.arg, executor);
    pthread_mutex_lock(&executor->lock);
    executor->started = true;
    executor->complete = executor->stopping = false;
    executor->over = 0;
    for (size_t i = 0; i < executor->task_count; i++)
        rearm(&executor->tasks[i]);
    for (size_t i = 0; i < executor->task_count; i++)
        gyre__task_stir(&executor->tasks[i]);
    pthread_cond_broadcast(&executor->changed);
    pthread_mutex_unlock(&executor->lock);
    return GYRE_OK;
}

static gyre_status_t advance(gyre_executor_t *executor, bool may_sleep)
{
    if (!executor || !executor->started)
        return gyre__error(GYRE_ERR_STATE, executor ? "no run is under way" : "no executor: NULL");
    bool computes = executor->opts.threads == 0 || executor->opts.shared;
    pthread_mutex_lock(&executor->lock);
    do
        if (!is_done(executor))
            turn(executor, computes, true, may_sleep);
    while (may_sleep && !is_done(executor));
    while (is_done(executor) && (executor->moving || executor->computing)) /* other threads */
        pthread_cond_wait(&executor->changed, &executor->lock);
    bool complete = executor->complete;
    gyre_status_t status = executor->gave_up ? trouble(executor) : GYRE_OK;
    executor->started &= !complete;
    pthread_mutex_unlock(&executor->lock);
    if (status != GYRE_OK || !complete)
        return status != GYRE_OK ? status : GYRE_IN_PROGRESS;
    if (executor->opts.after)
        executor->opts.after(executor->opts.arg, executor);
    return GYRE_OK;
}

gyre_status_t gyre_executor_progress(gyre_executor_t *executor)
{
    return advance(executor, false);
}

gyre_status_t gyre_executor_wait(gyre_executor_t *executor)
{
    return advance(executor, true);
}

gyre_status_t gyre_executor_run(gyre_executor_t *executor)
{
    gyre_status_t status = gyre_executor_start(executor);
    return status == GYRE_OK ? gyre_executor_wait(executor) : status;
}

void gyre_executor_stop(gyre_executor_t *executor)
{
    executor->stopping = true;
    pthread_mutex_lock(&executor->lock);
    for (size_t i = 0; i < executor->task_count; i++)
        gyre__task_stir(&executor->tasks[i]);
    pthread_mutex_unlock(&executor->lock);
    gyre__executor_mail(executor);
}
