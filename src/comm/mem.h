/* SPDX-License-Identifier: Apache-2.0 */
/* Registered regions and remote ones, and the memory of workers of the same node. */
#ifndef GYRE_COMM_MEM_H
#define GYRE_COMM_MEM_H

#include "comm/comm.h"
#include "comm/store.h"

/* A registration, shared by the handles whose regions lie in it. */
struct gyre_mem {
    gyre__link_t link; /* among the context's regions; the pool's while free */
    gyre_context_t *ctx;
    char *addr;
    size_t length;
    gyre__net_mem_t *registration; /* NULL without a wire, or in one that shares parent's */
    struct gyre_mem *parent;       /* the region that this one lies in */
    unsigned users;                /* its own handle and its children's; 0: idle */
    bool allocated;                /* by gyre_mem_alloc */
    gyre__span_t *span;            /* that it lies in; NULL: it cannot be shared */
};

/* Accesses go straight to the memory where it is mapped here, else through the provider; atomics
 * through the provider if it has a key, so that all workers' are of one kind. */
struct gyre_remote {
    gyre__link_t link; /* the pool's while free */
    gyre_comm_t *comm;
    uint32_t epoch;
    gyre__peer_t *peer;
    char *direct;                /* its first byte, or NULL */
    gyre__net_key_t *key;        /* the provider's; NULL: none, or not imported yet */
    struct gyre__packed *packed; /* what to import at first need, or NULL */
    uint64_t addr, length;
};

typedef struct gyre__packed {
    gyre__link_t link; /* in the context's */
    size_t length;
    char bytes[];
} gyre__packed_t;

/* The provider's key, imported now unless it has been. */
gyre_status_t gyre__remote_open(gyre_remote_t *remote);
void gyre__packed_free_all(gyre_context_t *ctx);

/* All regions, on the provider of a new epoch; and off that of an old one. */
gyre_status_t gyre__mem_map_all(gyre_context_t *ctx);
void gyre__mem_unmap_all(gyre_context_t *ctx);
void gyre__mem_free_all(gyre_context_t *ctx);

/* Memory of node peers, for what is built on the wire. All inside the context. */

/* Where bytes of this worker lie, for peers on its node; false: not in a region of
 * gyre_mem_alloc, or regions are not shared here. Costs some ns. A place is good until its region
 * is released. */
static inline bool gyre__mem_describe(gyre_context_t *ctx, const void *addr, size_t length,
                                      gyre__mem_place_t *place)
{
    return gyre__store_describe(&ctx->store, addr, length, place);
}

/* The address here of what a worker (also this one) described; NULL: out of reach. Mapped at the
 * first use and until the epoch ends, however far the chunk reaches: see gyre__place_holds. The
 * peer's death leaves it readable, and is noticed. */
void *gyre__mem_reach(gyre_context_t *ctx, uint32_t worker, const gyre__mem_place_t *place);

/* Whether gyre__mem_read works for a worker of this node. */
bool gyre__mem_readable(gyre_context_t *ctx, uint32_t worker);

/* Copies any memory of a worker of this node, in one copy through the kernel. Where it is not
 * there GYRE_ERR_RANGE, where the kernel refuses GYRE_ERR_NOT_SUPPORTED. */
gyre_status_t gyre__mem_read(gyre_context_t *ctx, uint32_t worker, void *to, uint64_t from,
                             size_t length);

#endif
