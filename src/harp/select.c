/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing among the algorithms that fit. */
#include "harp/select.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

typedef struct rule {
    gyre__coll_t coll;
    int most_members;
    uint64_t most_bytes;
    const char *name;
} rule_t;

#define ANY UINT64_MAX

/* The first that matches and fits. */
static const rule_t rules[] = {
    {GYRE__BARRIER, INT_MAX, ANY, "node"},
    {GYRE__BCAST, INT_MAX, ANY, "node"},
    {GYRE__REDUCE, INT_MAX, ANY, "node"},
    {GYRE__ALLREDUCE, 2, 16384, "node_flat"},
    {GYRE__ALLREDUCE, INT_MAX, 2048, "node_flat"},
    {GYRE__ALLREDUCE, INT_MAX, 16384, "node_shared"},
    {GYRE__ALLREDUCE, INT_MAX, ANY, "node_direct"},
    {GYRE__ALLGATHER, INT_MAX, ANY, "node"},
    {GYRE__ALLGATHERV, INT_MAX, ANY, "node"},
    {GYRE__ALLTOALL, INT_MAX, ANY, "node"},
    {GYRE__ALLTOALLV, INT_MAX, ANY, "node"},
    {GYRE__GATHER, INT_MAX, ANY, "node"},
    {GYRE__GATHERV, INT_MAX, ANY, "node"},
    {GYRE__SCATTER, INT_MAX, ANY, "node"},
    {GYRE__SCATTERV, INT_MAX, ANY, "node"},
    {GYRE__REDUCE_SCATTER, INT_MAX, ANY, "node"},
    {GYRE__REDUCE_SCATTER_BLOCK, INT_MAX, ANY, "node"},
    {GYRE__SCAN, INT_MAX, ANY, "node"},
    {GYRE__EXSCAN, INT_MAX, ANY, "node"},
};

static const gyre__algorithm_t *find(const gyre__collective_t *collective, const char *name)
{
    for (int i = 0; i < collective->count; i++)
        if (strcmp(collective->algorithms[i].name, name) == 0)
            return &collective->algorithms[i];
    return NULL;
}

const gyre__algorithm_t *gyre__select(gyre__plan_t *plan)
{
    const gyre__collective_t *collective = gyre__collectives[plan->coll];
    const gyre__algorithm_t *chosen = NULL;
    const char *forced = getenv("GYRE_TEST_ALG");
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !chosen; i++) {
        const rule_t *rule = &rules[i];
        if (rule->coll != plan->coll || plan->size > rule->most_members ||
            plan->bytes > rule->most_bytes)
            continue;
        const gyre__algorithm_t *candidate = find(collective, rule->name);
        if (candidate && gyre__algorithm_fits(candidate, plan))
            chosen = candidate;
    }
    for (int i = 0; i < collective->count && !chosen; i++)
        if (gyre__algorithm_fits(&collective->algorithms[i], plan))
            chosen = &collective->algorithms[i];
    if (forced) {
        const gyre__algorithm_t *f = find(collective, forced);
        if (f && gyre__algorithm_fits(f, plan))
            chosen = f;
    }
    if (chosen) {
        plan->radix = chosen->radix;
        plan->segment = chosen->segment;
        if (getenv("GYRE_TEST_SEG"))
            plan->segment = atoi(getenv("GYRE_TEST_SEG"));
    }
    return chosen;
}
