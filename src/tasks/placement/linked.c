/* SPDX-License-Identifier: Apache-2.0 */
/* Indices spread evenly, neighbours together, so that tasks of equal parallelism meet also where
 * they are joined by edges alone; or the next worker with room. */
#include "tasks/placement/placement.h"

int gyre__choose_linked(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int index)
{
    return gyre__placer_next(placer, bundle,
                             gyre_task_rank(index, bundle->parallelism, placer->plan->workers));
}

gyre_status_t gyre__place_linked(gyre__placer_t *placer)
{
    return gyre__place_bundles(placer, gyre__choose_linked);
}
