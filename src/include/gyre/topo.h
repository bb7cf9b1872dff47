/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's cores, caches and memory domains, and where workers go on it. See gyre_topo(3). */
#ifndef GYRE_TOPO_H
#define GYRE_TOPO_H

#include <gyre/status.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_topo gyre_topo_t;

/* Also what a worker may be bound to. */
typedef enum gyre_topo_level {
    GYRE_TOPO_NONE,
    GYRE_TOPO_PU,
    GYRE_TOPO_CORE,
    GYRE_TOPO_L3,
    GYRE_TOPO_NUMA,
    GYRE_TOPO_PACKAGE
} gyre_topo_level_t;

/* Reads this machine, as far as the process may use it (its cgroup and its binding); or a
 * synthetic one in hwloc's words, "pack:2 [numa] l3:2 core:8 pu:2". GYRE_ERR_SYNTAX for words that
 * hwloc refuses, GYRE_ERR_RANGE for more than 8192 processors. */
GYRE_EXPORT gyre_status_t gyre_topo_load(const char *synthetic, gyre_topo_t **topo);
GYRE_EXPORT void gyre_topo_destroy(gyre_topo_t *topo);

/* Number of objects of a level; 0 for GYRE_TOPO_NONE and levels the machine does not show. */
GYRE_EXPORT unsigned gyre_topo_count(const gyre_topo_t *topo, gyre_topo_level_t level);

/* The processors of the index-th worker of count on this node when each is bound to one object
 * of the level, as a Linux list "0-3,8" in set. That object is number index * objects / count,
 * rounded down: neighbours in rank are neighbours on the machine, fewer workers than objects
 * spread out, more share, and no object of any level (of a regular machine) carries more than one
 * worker above another. set is "" for GYRE_TOPO_NONE and for a level the machine does not show.
 * GYRE_ERR_RANGE: index is not below count, or set is too small. */
GYRE_EXPORT gyre_status_t gyre_topo_place(const gyre_topo_t *topo, gyre_topo_level_t level,
                                          unsigned index, unsigned count, char *set,
                                          size_t set_size);

/* Binds the calling thread to a Linux list of processors; children inherit it. "" changes
 * nothing. GYRE_ERR_NOT_FOUND, and no change, when a processor is not there or not allowed. */
GYRE_EXPORT gyre_status_t gyre_topo_bind(const char *set);

/* A tree of the machine, for people. */
GYRE_EXPORT void gyre_topo_print(const gyre_topo_t *topo, FILE *out);

/* "none", "pu", "core", "l3", "numa", "package"; GYRE_ERR_UNKNOWN for others. */
GYRE_EXPORT gyre_status_t gyre_topo_level_parse(const char *name, gyre_topo_level_t *level);

#ifdef __cplusplus
}
#endif
#endif
