/* SPDX-License-Identifier: Apache-2.0 */
/* The session directory: private, under $TMPDIR or /tmp, gone when the job is over. It is locked
 * while its job lives, so that the next job may remove what a killed one left. */
#ifndef GYRE_LAUNCH_SESSION_H
#define GYRE_LAUNCH_SESSION_H

#include <gyre/status.h>
#include <limits.h>

typedef struct gyre__session {
    char job[48]; /* name of the job, unique on this machine */
    char path[PATH_MAX];
} gyre__session_t;

/* Picks the names; creates nothing, so that every process of the job knows what to remove. */
gyre_status_t gyre__session_name(gyre__session_t *session);

/* Creates and locks the directory. The lock is held until the process ends. */
gyre_status_t gyre__session_create(const gyre__session_t *session);

/* Removes the directory with all that is in it. Nothing there: nothing done. */
void gyre__session_remove(const gyre__session_t *session);

/* Removes this user's directories of jobs that died without removing them. */
void gyre__session_sweep(const gyre__session_t *session);

#endif
