/* SPDX-License-Identifier: Apache-2.0 */
/* What the system allows a job. */
#ifndef GYRE_LAUNCH_LIMITS_H
#define GYRE_LAUNCH_LIMITS_H

/* Returns -1 when so many workers can be started, else the exit code; has then said why not. */
int gyre__limits_check(unsigned workers);

/* Lets this process open as many files as it may. */
void gyre__limits_raise(void);

/* Gives a worker the limits that gyre run was started with; for the child of a vfork. */
void gyre__limits_give_back(void);

#endif
