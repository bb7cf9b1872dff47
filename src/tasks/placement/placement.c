/* SPDX-License-Identifier: Apache-2.0 */
/* The placements by name. */
#include "tasks/placement/placement.h"

#include "base/conf.h"
#include "base/error.h"

#include <string.h>

static const gyre__place_all_fn placements[GYRE_PLACEMENTS] = {
    [GYRE_PLACEMENT_ROUND_ROBIN] = gyre__place_round_robin,
    [GYRE_PLACEMENT_LINKED] = gyre__place_linked,
    [GYRE_PLACEMENT_FIRST_FIT] = gyre__place_first_fit,
    [GYRE_PLACEMENT_LOCALITY] = gyre__place_locality,
    [GYRE_PLACEMENT_USER] = gyre__place_user,
};

static const char *const names[] = {
#define NAME(name, text, brief) text,
    GYRE_PLACEMENT_MAP(NAME)
#undef NAME
};

const char *gyre_placement_name(gyre_placement_t placement)
{
    return (unsigned)placement < GYRE_PLACEMENTS ? names[placement] : "?";
}

gyre_status_t gyre_placement_find(const char *name, gyre_placement_t *placement)
{
    if (!name || !placement)
        return gyre__error(GYRE_ERR_ARG, "no name of a placement, or no place for it");
    for (int i = 0; i < GYRE_PLACEMENTS; i++)
        if (strcmp(names[i], name) == 0) {
            *placement = (gyre_placement_t)i;
            return GYRE_OK;
        }
    const char *near = gyre__conf_nearest(name, names, GYRE_PLACEMENTS);
    return gyre__error(GYRE_ERR_UNKNOWN, "no placement is called %s%s%s", name,
                       near ? "; the nearest is " : "", near ? near : "");
}

static gyre_placement_t usual(const gyre__placer_t *placer)
{
    for (size_t i = 0; i < placer->plan->task_count; i++)
        if (placer->nodes[i]->opts.data)
            return GYRE_PLACEMENT_LOCALITY;
    return GYRE_PLACEMENT_LINKED;
}

gyre_status_t gyre__placement_run(gyre__placer_t *placer)
{
    gyre_plan_t *plan = placer->plan;
    if (plan->placement == GYRE_PLACEMENT_DEFAULT)
        plan->placement = usual(placer);
    return placements[plan->placement](placer);
}
