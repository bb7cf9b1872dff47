/* SPDX-License-Identifier: Apache-2.0 */
/* Down a k-nomial tree (binomial without a radix): ceil(log_k n) rounds, the largest subtree
 * first. */
#include "harp/bcast/bcast.h"
#include "harp/knomial.h"

void gyre__bcast_knomial(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->bytes > 0)
        gyre__knomial_bcast(plan, s, plan->root, GYRE__NOW);
}
