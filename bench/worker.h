/* SPDX-License-Identifier: Apache-2.0 */
/* What Gyre's own benchmark operations share: the world, and the peer's memory. */
#ifndef GYRE_BENCH_WORKER_H
#define GYRE_BENCH_WORKER_H

#include "bench.h"

#include <gyre/gyre.h>

enum { GYRE__BENCH_TAG_DATA, GYRE__BENCH_TAG_ACK, GYRE__BENCH_TAG_DRIVER };

extern gyre_context_t *gyre__bench_context;
extern gyre_comm_t *gyre__bench_world;

extern const gyre__bench_op_t gyre__bench_latency;
extern const gyre__bench_op_t gyre__bench_bandwidth;
extern const gyre__bench_op_t gyre__bench_bibandwidth;
extern const gyre__bench_op_t gyre__bench_rate;
extern const gyre__bench_op_t gyre__bench_put;
extern const gyre__bench_op_t gyre__bench_get;
extern const gyre__bench_op_t gyre__bench_atomic;
extern const gyre__bench_op_t gyre__bench_iteration;

extern const gyre__bench_op_t gyre__bench_partition;
extern const gyre__bench_op_t gyre__bench_keyed_reduce;
extern const gyre__bench_op_t gyre__bench_join;
extern const gyre__bench_op_t gyre__bench_sort;

extern const struct gyre__bench_coll_side gyre__bench_collectives;

/* The target's registered memory, as both ranks of a pair hold it. */
typedef struct gyre__bench_region {
    gyre_mem_t *mem;       /* at the target */
    gyre_remote_t *remote; /* at the origin */
} gyre__bench_region_t;

/* Allocates room bytes at the target and makes them known to the origin. region is zero before;
 * a rank without a pair does nothing. */
gyre_status_t gyre__bench_region_open(gyre__bench_t *bench, gyre__bench_region_t *region);
void gyre__bench_region_close(gyre__bench_region_t *region);

#endif
