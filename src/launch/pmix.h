/* SPDX-License-Identifier: Apache-2.0 */
/* The PMIx server of a job: one namespace, all of its workers on this machine. */
#ifndef GYRE_LAUNCH_PMIX_H
#define GYRE_LAUNCH_PMIX_H

#include "launch/environ.h"
#include "launch/loop.h"
#include "launch/session.h"

/* A worker asked that the job be aborted. */
typedef struct gyre__abort {
    unsigned rank;
    int status;
    char text[240];
} gyre__abort_t;

/* Starts the server and registers the workers. gyre__abort_t arrive on *aborts, a pipe. */
gyre_status_t gyre__pmix_start(const gyre__session_t *session, unsigned workers, int *aborts);

/* Adds to the environment of a worker what it needs to find the server. */
gyre_status_t gyre__pmix_environ(unsigned rank, gyre__environ_t *env);

#endif
