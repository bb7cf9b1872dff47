/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing among the algorithms that fit. */
#include "harp/select.h"

bool gyre__algorithm_fits(const gyre__algorithm_t *algorithm, const gyre__plan_t *plan)
{
    const gyre__places_t *places = plan->places;
    unsigned needs = algorithm->needs;
    bool one_node = places->nodes == 1;
    if ((needs & (GYRE__ALG_NODE | GYRE__ALG_NODES)) &&
        plan->element * (uint64_t)places->local_size_max > GYRE__SLOT_SIZE)
        return false;
    return (!plan->ordered || (needs & GYRE__ALG_ORDERED)) &&
           (plan->commutative || !(needs & GYRE__ALG_COMMUTATIVE)) &&
           (!(needs & GYRE__ALG_POWER_OF_TWO) || (plan->size & (plan->size - 1)) == 0) &&
           (!(needs & GYRE__ALG_NODE) || (one_node && places->shared)) &&
           (!(needs & GYRE__ALG_NODES) || (!one_node && places->local_size_max > 1)) &&
           (!(needs & GYRE__ALG_EVEN) || places->local_size_max == places->local_size_min) &&
           (!(needs & GYRE__ALG_PAIRS) || plan->size % 2 == 0);
}

const gyre__algorithm_t *gyre__select(gyre__plan_t *plan)
{
    const gyre__collective_t *collective = gyre__collectives[plan->coll];
    const gyre__algorithm_t *best = NULL;
    for (int i = 0; i < collective->count; i++)
        if (gyre__algorithm_fits(&collective->algorithms[i], plan) &&
            (!best || (collective->algorithms[i].needs & GYRE__ALG_NODE)))
            best = &collective->algorithms[i];
    if (best) {
        plan->radix = best->radix;
        plan->segment = best->segment;
    }
    return best;
}
