/* SPDX-License-Identifier: Apache-2.0 */
/* The workers of a job, and how the job ends: the first failure decides the exit code and ends the
 * other workers, kindly at first. */
#ifndef GYRE_LAUNCH_CREW_H
#define GYRE_LAUNCH_CREW_H

#include "launch/iof.h"
#include "launch/options.h"
#include "launch/pmix.h"
#include "launch/worker.h"

typedef struct gyre__crew {
    const gyre__options_t *options;
    gyre__iof_t *iof;
    gyre__worker_t *workers;
    unsigned started, running;
    bool failed; /* code is set */
    int code;
    uint64_t kill_at; /* when those that still run are killed; 0: never */
} gyre__crew_t;

gyre_status_t gyre__crew_init(gyre__crew_t *crew, const gyre__options_t *options, gyre__iof_t *iof);
void gyre__crew_cleanup(gyre__crew_t *crew);

/* Takes note of the workers that have ended. */
void gyre__crew_reap(gyre__crew_t *crew);

/* Sends a signal to all workers. */
void gyre__crew_signal(gyre__crew_t *crew, int number);

/* Ends the job with that exit code, unless it is ending already. */
void gyre__crew_stop(gyre__crew_t *crew, int code);

/* A worker asked for an abort. */
void gyre__crew_abort(gyre__crew_t *crew, const gyre__abort_t *news);

/* The job has run too long. */
void gyre__crew_time_out(gyre__crew_t *crew);

#endif
