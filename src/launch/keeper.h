/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper: the process that the user started. */
#ifndef GYRE_LAUNCH_KEEPER_H
#define GYRE_LAUNCH_KEEPER_H

#include "launch/options.h"

/* Runs the job in a child process. Returns the exit code. */
int gyre__keeper_run(const gyre__options_t *options);

#endif
