/* SPDX-License-Identifier: Apache-2.0 */
/* Placement. Unless told otherwise: a core for each worker while there are enough, and no binding
 * at all beyond that, because the kernel shares cores out better than a fixed plan. */
#include "launch/place.h"

#include "base/error.h"
#include "launch/launch.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

/* Without plug-ins (graphics, PCI) hwloc is several times faster; they add nothing for placing. */
static gyre_status_t load(gyre_topo_t **topo)
{
    setenv("HWLOC_PLUGINS_PATH", "/nonexistent", 0);
    setenv("HWLOC_COMPONENTS", "linux,stop", 0);
    return gyre_topo_load(NULL, topo);
}

/* More workers than processors need no look at the machine. */
static bool more_than_processors(unsigned workers)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 && workers > (unsigned long)count;
}

static gyre_status_t decide_default(gyre__places_t *places, const gyre__options_t *options)
{
    unsigned cores = 0;
    if (!more_than_processors(options->workers)) {
        gyre_status_t status = load(&places->topo);
        if (status != GYRE_OK)
            return status;
        cores = gyre_topo_count(places->topo, GYRE_TOPO_CORE);
    }
    if (cores >= options->workers) {
        places->level = GYRE_TOPO_CORE;
        if (options->verbose)
            gyre__say("workers are bound to cores: there are %u of them for %u", cores,
                      options->workers);
    } else if (options->verbose) {
        gyre__say("workers are not bound: there are more of them than cores");
    }
    return GYRE_OK;
}

static gyre_status_t decide_given(gyre__places_t *places, const gyre__options_t *options)
{
    places->level = options->bind;
    if (options->bind == GYRE_TOPO_NONE)
        return GYRE_OK;
    gyre_status_t status = load(&places->topo);
    if (status != GYRE_OK)
        return status;
    unsigned count = gyre_topo_count(places->topo, options->bind);
    if (count == 0)
        return gyre__error(GYRE_ERR_NOT_FOUND, "--bind-to: this machine shows no objects of the "
                                               "kind; gyre info lists what it has");
    if (options->verbose)
        gyre__say("workers are bound as --bind-to says, %u to %u objects", options->workers, count);
    return GYRE_OK;
}

gyre_status_t gyre__places_init(gyre__places_t *places, const gyre__options_t *options)
{
    *places = (gyre__places_t){.level = GYRE_TOPO_NONE, .workers = options->workers};
    return options->bind_given ? decide_given(places, options) : decide_default(places, options);
}

void gyre__places_cleanup(gyre__places_t *places)
{
    gyre_topo_destroy(places->topo);
}

gyre_status_t gyre__places_get(const gyre__places_t *places, unsigned rank, char *set,
                               size_t set_size)
{
    set[0] = '\0';
    if (places->level == GYRE_TOPO_NONE)
        return GYRE_OK;
    return gyre_topo_place(places->topo, places->level, rank, places->workers, set, set_size);
}
