/* SPDX-License-Identifier: Apache-2.0 */
/* The topology as its own files see it: hwloc's tree, and per level the objects that workers are
 * placed on. */
#ifndef GYRE_COMM_TOPO_TOPO_H
#define GYRE_COMM_TOPO_TOPO_H

#include <gyre/topo.h>
#include <hwloc.h>

#define GYRE__TOPO_LEVELS  (GYRE_TOPO_PACKAGE + 1)
#define GYRE__TOPO_PUS_MAX 8192 /* of a synthetic machine; Linux counts no further */

/* In hwloc's logical order, so that neighbours share what can be shared. */
typedef struct gyre__topo_units {
    hwloc_obj_t *objects;
    unsigned count;
} gyre__topo_units_t;

struct gyre_topo {
    hwloc_topology_t hwloc;
    gyre__topo_units_t units[GYRE__TOPO_LEVELS];
};

#endif
