/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler of blocks, rows by columns, of which no two in one row or column run at once: a
 * thread that wants work takes the free block that was done least often, so that what a deadline
 * cut off comes first in the next run. The calling thread computes nothing: it keeps the wire
 * moving until the threads have ended. */
#include "base/clock.h"
#include "base/error.h"

#include <gyre/harp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_NS (200 * GYRE__US) /* between two looks at the wire */

struct gyre_harp_split {
    gyre_harp_block_fn fn;
    void *arg;
    int rows, columns, threads;
    gyre_harp_scheduler_t *scheduler;
    pthread_mutex_t lock;
    pthread_cond_t change; /* a block has ended, or a thread */
    uint64_t *visits;      /* of each block, row by row */
    bool *row_busy, *column_busy, *done;
    size_t taken, finished; /* in this run */
    int active;             /* threads */
    uint64_t deadline;
    gyre_status_t status;
};

/* Inside the lock: the free block of fewest visits; -1: none now. */
static int64_t choose(const gyre_harp_split_t *s)
{
    int64_t best = -1;
    for (int row = 0; row < s->rows; row++)
        for (int column = 0; column < s->columns && !s->row_busy[row]; column++) {
            int64_t block = (int64_t)row * s->columns + column;
            if (!s->column_busy[column] && !s->done[block] &&
                (best < 0 || s->visits[block] < s->visits[best]))
                best = block;
        }
    return best;
}

/* Inside the lock: a block that is this thread's now; -1: the run is over. */
static int64_t take(gyre_harp_split_t *s)
{
    size_t all = (size_t)s->rows * (size_t)s->columns;
    for (;;) {
        if (s->status != GYRE_OK || s->taken == all || gyre__clock_ns() >= s->deadline)
            return -1;
        int64_t block = choose(s);
        if (block >= 0) {
            s->row_busy[block / s->columns] = s->column_busy[block % s->columns] = true;
            s->done[block] = true;
            s->visits[block]++;
            s->taken++;
            return block;
        }
        pthread_cond_wait(&s->change, &s->lock);
    }
}

static gyre_status_t compute(void *arg, int thread, void *input, void **output)
{
    gyre_harp_split_t *s = arg;
    int64_t block;
    (void)input;
    (void)output;
    pthread_mutex_lock(&s->lock);
    while ((block = take(s)) >= 0) {
        int row = (int)(block / s->columns), column = (int)(block % s->columns);
        pthread_mutex_unlock(&s->lock);
        gyre_status_t status = s->fn(s->arg, thread, row, column);
        pthread_mutex_lock(&s->lock);
        s->row_busy[row] = s->column_busy[column] = false;
        s->finished++;
        if (status != GYRE_OK && s->status == GYRE_OK)
            s->status = status;
        pthread_cond_broadcast(&s->change);
    }
    s->active--;
    pthread_cond_broadcast(&s->change);
    gyre_status_t status = s->status;
    pthread_mutex_unlock(&s->lock);
    return status;
}

gyre_status_t gyre_harp_split_create(int rows, int columns, int threads, gyre_harp_block_fn fn,
                                     void *arg, gyre_harp_split_t **split)
{
    if (rows < 1 || columns < 1 || threads < 1 || !fn || !split)
        return gyre__error(GYRE_ERR_ARG, "%d rows, %d columns, %d threads, function %s", rows,
                           columns, threads, fn ? "given" : "NULL");
    size_t blocks = (size_t)rows * (size_t)columns;
    gyre_harp_split_t *s = calloc(1, sizeof(*s));
    if (!s)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a split");
    *s = (gyre_harp_split_t){
        .fn = fn, .arg = arg, .rows = rows, .columns = columns, .threads = threads};
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->change, NULL);
    s->visits = calloc(blocks, sizeof(*s->visits));
    s->row_busy = calloc((size_t)rows + (size_t)columns + blocks, sizeof(*s->row_busy));
    gyre_status_t status =
        s->visits && s->row_busy
            ? GYRE_OK
            : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu blocks", blocks);
    if (status == GYRE_OK) {
        s->column_busy = s->row_busy + rows;
        s->done = s->column_busy + columns;
        status = gyre_harp_scheduler_create(GYRE_HARP_DYNAMIC, threads, compute, s, &s->scheduler);
    }
    if (status == GYRE_OK)
        *split = s;
    else
        gyre_harp_split_destroy(s);
    return status;
}

void gyre_harp_split_destroy(gyre_harp_split_t *s)
{
    if (!s)
        return;
    gyre_harp_scheduler_destroy(s->scheduler);
    pthread_cond_destroy(&s->change);
    pthread_mutex_destroy(&s->lock);
    free(s->visits);
    free(s->row_busy);
    free(s);
}

static void begin(gyre_harp_split_t *s, double seconds)
{
    s->taken = s->finished = 0;
    s->status = GYRE_OK;
    s->active = s->threads;
    s->deadline = seconds > 0 && seconds < 1e9
                      ? gyre__clock_ns() + (uint64_t)(seconds * (double)GYRE__S)
                      : UINT64_MAX;
    memset(s->done, 0, (size_t)s->rows * (size_t)s->columns * sizeof(*s->done));
}

/* Until all threads have ended; they end by themselves. */
static gyre_status_t attend(gyre_harp_split_t *s, gyre_harp_rotator_t *rotator)
{
    gyre_status_t status = GYRE_OK;
    pthread_mutex_lock(&s->lock);
    while (s->active > 0) {
        struct timespec until;
        if (!rotator) {
            pthread_cond_wait(&s->change, &s->lock);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        gyre_status_t moved = gyre_harp_rotator_progress(rotator);
        status = status == GYRE_OK ? moved : status;
        clock_gettime(CLOCK_REALTIME, &until);
        uint64_t ns = (uint64_t)until.tv_nsec + LOOK_NS;
        until.tv_sec += (time_t)(ns / GYRE__S);
        until.tv_nsec = (long)(ns % GYRE__S);
        pthread_mutex_lock(&s->lock);
        if (s->active > 0)
            pthread_cond_timedwait(&s->change, &s->lock, &until);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

gyre_status_t gyre_harp_split_run(gyre_harp_split_t *s, double seconds,
                                  gyre_harp_rotator_t *rotator, size_t *done)
{
    if (!s)
        return gyre__error(GYRE_ERR_ARG, "no split: NULL");
    begin(s, seconds);
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < s->threads; i++) {
        gyre_status_t submitted = gyre_harp_submit(s->scheduler, 0, NULL);
        s->active -= submitted != GYRE_OK; /* none runs yet */
        status = status == GYRE_OK ? submitted : status;
    }
    (void)gyre_harp_start(s->scheduler);
    gyre_status_t moved = attend(s, rotator);
    gyre_status_t paused = gyre_harp_pause(s->scheduler, false);
    while (gyre_harp_has_output(s->scheduler, 0)) {
        gyre_status_t computed = gyre_harp_output(s->scheduler, 0, NULL);
        status = status == GYRE_OK ? computed : status;
    }
    if (done)
        *done = s->finished;
    status = status == GYRE_OK ? moved : status;
    return status == GYRE_OK ? paused : status;
}
