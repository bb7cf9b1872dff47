/* SPDX-License-Identifier: Apache-2.0 */
/* A job on this machine, from the first worker's start to the last one's end. */
#ifndef GYRE_LAUNCH_JOB_H
#define GYRE_LAUNCH_JOB_H

#include "launch/options.h"
#include "launch/session.h"
#include "launch/signals.h"

/* Runs it; returns the exit code. Bytes on control are signals for the workers, its end means that
 * nobody waits for the job any more. */
int gyre__job_run(const gyre__options_t *options, const gyre__session_t *session,
                  const gyre__signals_t *signals, int control);

#endif
