/* SPDX-License-Identifier: Apache-2.0 */
/* Schedulers: threads between queues of inputs and queues of outputs. A dynamic one is a static
 * one with one queue that all threads share. One lock for all: tasks are meant to be long beside
 * it. An input is outstanding from submit until its output is queued, so that whoever waits knows
 * whether anything can still come, from tasks that submit to other queues too. */
#include "base/error.h"
#include "base/list.h"

#include <gyre/harp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct item {
    gyre__link_t link;
    void *value; /* input, then output */
    gyre_status_t status;
    char *detail; /* of an error; NULL: none */
} item_t;

typedef struct thread {
    gyre_harp_scheduler_t *scheduler;
    pthread_t id;
    int number;
} thread_t;

typedef struct queue {
    gyre__link_t inputs, outputs;
} queue_t;

struct gyre_harp_scheduler {
    gyre_harp_task_fn fn;
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t work;   /* an input, a start or the end: for the threads */
    pthread_cond_t change; /* an output, or nothing outstanding: for who waits */
    queue_t *queues;
    thread_t *threads;
    int queue_count, thread_count, started; /* started: threads that exist */
    size_t queued, running;
    bool running_allowed, ending, failed;
};

static void lock(gyre_harp_scheduler_t *s)
{
    pthread_mutex_lock(&s->lock);
}

static void unlock(gyre_harp_scheduler_t *s)
{
    pthread_mutex_unlock(&s->lock);
}

static void item_free(item_t *item)
{
    free(item->detail);
    free(item);
}

/* Outside the lock. */
static void run(gyre_harp_scheduler_t *s, int thread, item_t *item)
{
    void *output = NULL;
    item->status = s->fn(s->arg, thread, item->value, &output);
    item->value = output;
    if (item->status < 0)
        item->detail = strdup(gyre_last_error());
}

static void *work(void *arg)
{
    thread_t *self = arg;
    gyre_harp_scheduler_t *s = self->scheduler;
    queue_t *queue = &s->queues[self->number % s->queue_count];
    lock(s);
    for (;;) {
        gyre__link_t *link = s->running_allowed ? gyre__list_pop(&queue->inputs) : NULL;
        if (!link) {
            if (s->ending)
                break;
            pthread_cond_wait(&s->work, &s->lock);
            continue;
        }
        item_t *item = gyre__container(link, item_t, link);
        s->queued--;
        s->running++;
        unlock(s);
        run(s, self->number, item);
        lock(s);
        s->running--;
        s->failed |= item->status < 0;
        gyre__list_append(&queue->outputs, &item->link);
        pthread_cond_broadcast(&s->change);
    }
    unlock(s);
    return NULL;
}

/* The threads leave signals to the program's own. */
static gyre_status_t start_threads(gyre_harp_scheduler_t *s)
{
    sigset_t all, before;
    int errnum = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; s->started < s->thread_count && errnum == 0; s->started += errnum == 0) {
        thread_t *thread = &s->threads[s->started];
        *thread = (thread_t){.scheduler = s, .number = s->started};
        errnum = pthread_create(&thread->id, NULL, work, thread);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return errnum ? gyre__error_errno(errnum, "cannot start thread %d of %d", s->started,
                                      s->thread_count)
                  : GYRE_OK;
}

gyre_status_t gyre_harp_scheduler_create(gyre_harp_queues_t queues, int threads,
                                         gyre_harp_task_fn fn, void *arg,
                                         gyre_harp_scheduler_t **scheduler)
{
    if (!fn || !scheduler || threads < 1 ||
        (queues != GYRE_HARP_DYNAMIC && queues != GYRE_HARP_STATIC))
        return gyre__error(GYRE_ERR_ARG, "a scheduler of kind %d with %d threads, function %s",
                           (int)queues, threads, fn ? "given" : "NULL");
    gyre_harp_scheduler_t *s = calloc(1, sizeof(*s));
    if (!s)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a scheduler");
    *s = (gyre_harp_scheduler_t){.fn = fn, .arg = arg, .thread_count = threads};
    s->queue_count = queues == GYRE_HARP_STATIC ? threads : 1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->change, NULL);
    s->queues = calloc((size_t)s->queue_count, sizeof(*s->queues));
    s->threads = calloc((size_t)threads, sizeof(*s->threads));
    gyre_status_t status =
        s->queues && s->threads
            ? GYRE_OK
            : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d threads", threads);
    for (int i = 0; s->queues && i < s->queue_count; i++) {
        gyre__list_init(&s->queues[i].inputs);
        gyre__list_init(&s->queues[i].outputs);
    }
    if (status == GYRE_OK)
        status = start_threads(s);
    if (status == GYRE_OK)
        *scheduler = s;
    else
        gyre_harp_scheduler_destroy(s);
    return status;
}

void gyre_harp_scheduler_destroy(gyre_harp_scheduler_t *s)
{
    if (!s)
        return;
    gyre_harp_stop(s, true);
    for (int i = 0; s->queues && i < s->queue_count; i++) {
        gyre__list_each(at, &s->queues[i].inputs) item_free(gyre__container(at, item_t, link));
        gyre__list_each(at, &s->queues[i].outputs) item_free(gyre__container(at, item_t, link));
    }
    pthread_cond_destroy(&s->change);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->lock);
    free(s->threads);
    free(s->queues);
    free(s);
}

static gyre_status_t check(const gyre_harp_scheduler_t *s, int queue)
{
    if (!s)
        return gyre__error(GYRE_ERR_ARG, "no scheduler: NULL");
    if (queue < 0 || queue >= s->queue_count)
        return gyre__error(GYRE_ERR_RANGE, "queue %d of %d", queue, s->queue_count);
    return GYRE_OK;
}

gyre_status_t gyre_harp_submit(gyre_harp_scheduler_t *s, int queue, void *input)
{
    gyre_status_t status = check(s, queue);
    if (status != GYRE_OK)
        return status;
    item_t *item = malloc(sizeof(*item));
    if (!item)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an input");
    *item = (item_t){.value = input};
    lock(s);
    if (s->ending) {
        status = gyre__error(GYRE_ERR_STATE, "the scheduler has been stopped");
        free(item);
    } else {
        gyre__list_append(&s->queues[queue].inputs, &item->link);
        s->queued++;
        pthread_cond_broadcast(&s->work);
    }
    unlock(s);
    return status;
}

gyre_status_t gyre_harp_start(gyre_harp_scheduler_t *s)
{
    gyre_status_t status = check(s, 0);
    if (status != GYRE_OK)
        return status;
    lock(s);
    if (s->ending)
        status = gyre__error(GYRE_ERR_STATE, "the scheduler has been stopped");
    s->running_allowed = !s->ending;
    pthread_cond_broadcast(&s->work);
    unlock(s);
    return status;
}

/* Inside the lock. */
static void quiesce(gyre_harp_scheduler_t *s, bool now)
{
    while (!now && s->running_allowed && s->queued + s->running > 0)
        pthread_cond_wait(&s->change, &s->lock);
    s->running_allowed = false;
    while (s->running > 0)
        pthread_cond_wait(&s->change, &s->lock);
    pthread_cond_broadcast(&s->change);
}

gyre_status_t gyre_harp_pause(gyre_harp_scheduler_t *s, bool now)
{
    gyre_status_t status = check(s, 0);
    if (status != GYRE_OK)
        return status;
    lock(s);
    quiesce(s, now);
    unlock(s);
    return GYRE_OK;
}

size_t gyre_harp_discard(gyre_harp_scheduler_t *s)
{
    size_t dropped = 0;
    gyre__link_t *link;
    if (!s)
        return 0;
    lock(s);
    for (int i = 0; i < s->queue_count; i++)
        while ((link = gyre__list_pop(&s->queues[i].inputs))) {
            item_free(gyre__container(link, item_t, link));
            dropped++;
        }
    s->queued -= dropped;
    pthread_cond_broadcast(&s->change);
    unlock(s);
    return dropped;
}

void gyre_harp_stop(gyre_harp_scheduler_t *s, bool now)
{
    if (!s)
        return;
    lock(s);
    quiesce(s, now);
    s->ending = true;
    pthread_cond_broadcast(&s->work);
    unlock(s);
    while (s->started > 0)
        pthread_join(s->threads[--s->started].id, NULL);
}

/* Inside the lock: waits for an output, and why there is none. */
static gyre_status_t await(gyre_harp_scheduler_t *s, queue_t *queue)
{
    while (gyre__list_empty(&queue->outputs)) {
        if (s->queued + s->running == 0)
            return gyre__error(GYRE_ERR_NOT_FOUND, "no output, and no input left to give one");
        if (s->running == 0 && !s->running_allowed)
            return gyre__error(GYRE_ERR_STATE, "%zu inputs are queued, but all is paused",
                               s->queued);
        pthread_cond_wait(&s->change, &s->lock);
    }
    return GYRE_OK;
}

gyre_status_t gyre_harp_output(gyre_harp_scheduler_t *s, int queue, void **output)
{
    item_t *item = NULL;
    gyre_status_t status = check(s, queue);
    if (status != GYRE_OK)
        return status;
    lock(s);
    status = await(s, &s->queues[queue]);
    if (status == GYRE_OK)
        item = gyre__container(gyre__list_pop(&s->queues[queue].outputs), item_t, link);
    unlock(s);
    if (!item)
        return status;
    if (output)
        *output = item->value;
    status = item->status;
    if (status < 0)
        gyre__error(status, "a task failed: %s", item->detail ? item->detail : "");
    item_free(item);
    return status;
}

bool gyre_harp_has_output(gyre_harp_scheduler_t *s, int queue)
{
    if (check(s, queue) != GYRE_OK)
        return false;
    lock(s);
    bool has = !gyre__list_empty(&s->queues[queue].outputs);
    unlock(s);
    return has;
}

bool gyre_harp_has_error(gyre_harp_scheduler_t *s)
{
    if (check(s, 0) != GYRE_OK)
        return false;
    lock(s);
    bool failed = s->failed;
    unlock(s);
    return failed;
}
