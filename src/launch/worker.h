/* SPDX-License-Identifier: Apache-2.0 */
/* One worker process. */
#ifndef GYRE_LAUNCH_WORKER_H
#define GYRE_LAUNCH_WORKER_H

#include "launch/signals.h"

#include <gyre/status.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct gyre__worker {
    pid_t pid; /* also its process group; 0: not started */
    bool running;
    int status; /* as wait(2), when it has ended */
} gyre__worker_t;

typedef struct gyre__worker_plan {
    const char *program;
    char **argv;
    char **env;
    const char *set;    /* processors, "" for any */
    int in;             /* its stdin; stays the caller's */
    int out[2], err[2]; /* pipes; the caller keeps [0], [1] is closed */
    const gyre__signals_t *signals;
} gyre__worker_plan_t;

/* Starts it; returns when it runs the program. On failure nothing is left but the caller's
 * descriptors. */
gyre_status_t gyre__worker_start(gyre__worker_t *worker, gyre__worker_plan_t *plan);

/* Sends a signal to the worker's process group. */
void gyre__worker_signal(const gyre__worker_t *worker, int number);

#endif
