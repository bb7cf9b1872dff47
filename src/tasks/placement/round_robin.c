/* SPDX-License-Identifier: Apache-2.0 */
/* Instance i on worker i modulo workers, or the next with room. */
#include "tasks/placement/placement.h"

static int choose(const gyre__placer_t *placer, const gyre__bundle_t *bundle, int index)
{
    return gyre__placer_next(placer, bundle, index % placer->plan->workers);
}

gyre_status_t gyre__place_round_robin(gyre__placer_t *placer)
{
    return gyre__place_bundles(placer, choose);
}
