/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of pmix-hub. */
#ifndef PMIX_HUB_HUB_H
#define PMIX_HUB_HUB_H

#include "plan.h"

/* Serves until every worker is gone; returns the job's exit status. fds: a stream to each local
 * agent, all but the first -1 when the others come through plan->listen. */
int hub_run(const plan_t *plan, const int *fds);

/* Hosts one node's workers behind a PMIx server with its files in dir; returns the job's exit
 * status. */
int agent_run(plan_t *plan, int node, int hub, const char *dir);

#endif
