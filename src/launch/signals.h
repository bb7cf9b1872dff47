/* SPDX-License-Identifier: Apache-2.0 */
/* Signals between the user, gyre run and the workers. */
#ifndef GYRE_LAUNCH_SIGNALS_H
#define GYRE_LAUNCH_SIGNALS_H

#include <signal.h>

/* How they stood when gyre run was started; workers get them so. */
typedef struct gyre__signals {
    sigset_t mask;
    sigset_t ignored;
} gyre__signals_t;

/* Blocks SIGCHLD, SIGPIPE and those that are passed on to the workers. */
void gyre__signals_take(gyre__signals_t *signals);

/* For the child of a vfork, right before exec. */
void gyre__signals_give_back(const gyre__signals_t *signals);

/* Those passed on, and SIGCHLD. One that was ignored from the start (nohup) is not among them. */
void gyre__signals_awaited(const gyre__signals_t *signals, sigset_t *set);

#endif
