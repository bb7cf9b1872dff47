/* SPDX-License-Identifier: Apache-2.0 */
/* The machine as hwloc sees it, cut down to what the process may use, and the rule that places
 * workers. hwloc numbers the objects of a level along its tree, so a run of neighbours fills one
 * cache after the other, and the one formula of gyre_topo_place balances all levels at once. */
#include "comm/topo/topo.h"

#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct level {
    const char *name;
    hwloc_obj_type_t type;
} levels[GYRE__TOPO_LEVELS] = {
    [GYRE_TOPO_NONE] = {"none", HWLOC_OBJ_TYPE_MAX},
    [GYRE_TOPO_PU] = {"pu", HWLOC_OBJ_PU},
    [GYRE_TOPO_CORE] = {"core", HWLOC_OBJ_CORE},
    [GYRE_TOPO_L3] = {"l3", HWLOC_OBJ_L3CACHE},
    [GYRE_TOPO_NUMA] = {"numa", HWLOC_OBJ_NUMANODE},
    [GYRE_TOPO_PACKAGE] = {"package", HWLOC_OBJ_PACKAGE},
};

gyre_status_t gyre_topo_level_parse(const char *name, gyre_topo_level_t *level)
{
    if (!level)
        return gyre__error(GYRE_ERR_ARG, "level is NULL: expected where to store it");
    for (unsigned i = 0; name && i < GYRE__TOPO_LEVELS; i++)
        if (!strcasecmp(name, levels[i].name)) {
            *level = (gyre_topo_level_t)i;
            return GYRE_OK;
        }
    return gyre__error(GYRE_ERR_UNKNOWN, "level %s: expected none, pu, core, l3, numa or package",
                       name ? name : "NULL");
}

/* A memory node without processors, or whose processors another node has too (of two kinds of
 * memory at one place, or one that spans several others), is no place of its own for workers. */
static bool is_place(hwloc_topology_t hwloc, hwloc_obj_t object)
{
    if (hwloc_bitmap_iszero(object->cpuset))
        return false;
    if (object->type != HWLOC_OBJ_NUMANODE)
        return true;
    for (hwloc_obj_t other = NULL;
         (other = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, other));) {
        bool same = hwloc_bitmap_isequal(other->cpuset, object->cpuset);
        if (same && other->logical_index < object->logical_index)
            return false;
        if (!same && !hwloc_bitmap_iszero(other->cpuset) &&
            hwloc_bitmap_isincluded(other->cpuset, object->cpuset))
            return false;
    }
    return true;
}

static gyre_status_t list_units(hwloc_topology_t hwloc, hwloc_obj_type_t type,
                                gyre__topo_units_t *units)
{
    int count = hwloc_get_nbobjs_by_type(hwloc, type);
    if (count <= 0)
        return GYRE_OK;
    units->objects = malloc((size_t)count * sizeof(*units->objects));
    if (!units->objects)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d objects of the topology", count);
    for (hwloc_obj_t object = NULL; (object = hwloc_get_next_obj_by_type(hwloc, type, object));)
        if (is_place(hwloc, object))
            units->objects[units->count++] = object;
    return GYRE_OK;
}

/* Processors of a synthetic machine: the product of the counts outside brackets and parentheses.
 * Only an upper guard, so that a slip of the pen does not fill the memory; hwloc reads the rest. */
static gyre_status_t check_size(const char *synthetic)
{
    unsigned long product = 1;
    int depth = 0;
    for (const char *at = synthetic; *at; at++) {
        bool starts = at == synthetic || strchr(" :])", at[-1]);
        depth += (*at == '[' || *at == '(') - (*at == ']' || *at == ')');
        if (depth != 0 || !starts || *at < '0' || *at > '9')
            continue;
        unsigned long factor = strtoul(at, NULL, 0);
        if (factor > GYRE__TOPO_PUS_MAX || (product *= factor) > GYRE__TOPO_PUS_MAX)
            return gyre__error(GYRE_ERR_RANGE, "topology \"%s\": more than %d processors",
                               synthetic, GYRE__TOPO_PUS_MAX);
    }
    return GYRE_OK;
}

/* Small caches only where they group cores: their order then shows in the cores' order. */
static void set_filters(hwloc_topology_t hwloc)
{
    hwloc_topology_set_io_types_filter(hwloc, HWLOC_TYPE_FILTER_KEEP_NONE);
    hwloc_topology_set_icache_types_filter(hwloc, HWLOC_TYPE_FILTER_KEEP_NONE);
    hwloc_topology_set_type_filter(hwloc, HWLOC_OBJ_L1CACHE, HWLOC_TYPE_FILTER_KEEP_STRUCTURE);
    hwloc_topology_set_type_filter(hwloc, HWLOC_OBJ_L2CACHE, HWLOC_TYPE_FILTER_KEEP_STRUCTURE);
    hwloc_topology_set_type_filter(hwloc, HWLOC_OBJ_MISC, HWLOC_TYPE_FILTER_KEEP_NONE);
#if HWLOC_API_VERSION >= 0x00020800
    hwloc_topology_set_flags(hwloc, HWLOC_TOPOLOGY_FLAG_NO_DISTANCES |
                                        HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
                                        HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS);
#endif
}

/* hwloc leaves out what the cgroup forbids; what the affinity masks of all
 * threads forbid is cut off here. */
static gyre_status_t restrict_to_binding(hwloc_topology_t hwloc)
{
    hwloc_bitmap_t bound = hwloc_bitmap_alloc();
    int rc = bound ? 0 : -1;
    if (rc == 0 && hwloc_get_cpubind(hwloc, bound, HWLOC_CPUBIND_PROCESS) == 0)
        rc = hwloc_topology_restrict(hwloc, bound, HWLOC_RESTRICT_FLAG_REMOVE_CPULESS);
    int errnum = errno;
    hwloc_bitmap_free(bound);
    return rc == 0 ? GYRE_OK
                   : gyre__error_errno(errnum, "cannot reduce the topology to the "
                                               "processors that the process may use");
}

static gyre_status_t load(const char *synthetic, hwloc_topology_t hwloc)
{
    set_filters(hwloc);
    if (synthetic && hwloc_topology_set_synthetic(hwloc, synthetic) != 0)
        return gyre__error(GYRE_ERR_SYNTAX,
                           "topology \"%s\": expected words such as pack:2 core:4 pu:2", synthetic);
    if (hwloc_topology_load(hwloc) != 0)
        return gyre__error_errno(errno, "hwloc cannot read the topology of this machine");
    return synthetic ? GYRE_OK : restrict_to_binding(hwloc);
}

gyre_status_t gyre_topo_load(const char *synthetic, gyre_topo_t **topo)
{
    if (!topo)
        return gyre__error(GYRE_ERR_ARG, "topo is NULL: expected where to store the topology");
    gyre_status_t status = synthetic ? check_size(synthetic) : GYRE_OK;
    if (status != GYRE_OK)
        return status;
    gyre_topo_t *made = calloc(1, sizeof(*made));
    if (!made || hwloc_topology_init(&made->hwloc) != 0) {
        free(made);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a topology");
    }
    status = load(synthetic, made->hwloc);
    for (unsigned i = GYRE_TOPO_PU; status == GYRE_OK && i < GYRE__TOPO_LEVELS; i++)
        status = list_units(made->hwloc, levels[i].type, &made->units[i]);
    if (status == GYRE_OK)
        *topo = made;
    else
        gyre_topo_destroy(made);
    return status;
}

void gyre_topo_destroy(gyre_topo_t *topo)
{
    if (!topo)
        return;
    for (unsigned i = 0; i < GYRE__TOPO_LEVELS; i++)
        free(topo->units[i].objects);
    hwloc_topology_destroy(topo->hwloc);
    free(topo);
}

unsigned gyre_topo_count(const gyre_topo_t *topo, gyre_topo_level_t level)
{
    return topo && (unsigned)level < GYRE__TOPO_LEVELS ? topo->units[level].count : 0;
}

gyre_status_t gyre_topo_place(const gyre_topo_t *topo, gyre_topo_level_t level, unsigned index,
                              unsigned count, char *set, size_t set_size)
{
    if (!topo || !set || (unsigned)level >= GYRE__TOPO_LEVELS)
        return gyre__error(GYRE_ERR_ARG, "topo %p, set %p, level %d: expected no NULL and a level",
                           (const void *)topo, (void *)set, (int)level);
    if (index >= count)
        return gyre__error(GYRE_ERR_RANGE, "index %u: expected less than count, %u", index, count);
    if (set_size == 0)
        return gyre__error(GYRE_ERR_RANGE, "no room for a list of processors");
    set[0] = '\0';
    const gyre__topo_units_t *units = &topo->units[level];
    if (units->count == 0)
        return GYRE_OK;
    hwloc_obj_t object = units->objects[(uint64_t)index * units->count / count];
    int length = hwloc_bitmap_list_snprintf(set, set_size, object->cpuset);
    if (length < 0 || (size_t)length >= set_size)
        return gyre__error(GYRE_ERR_RANGE, "a list of processors needs %d bytes, not %zu",
                           length + 1, set_size);
    return GYRE_OK;
}
