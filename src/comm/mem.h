/* SPDX-License-Identifier: Apache-2.0 */
/* Registered regions and remote ones. */
#ifndef GYRE_COMM_MEM_H
#define GYRE_COMM_MEM_H

#include "comm/comm.h"

/* A registration, shared by the handles whose regions lie in it. */
struct gyre_mem {
    gyre__link_t link; /* among the context's regions; the pool's while free */
    gyre_context_t *ctx;
    char *addr;
    size_t length;
    gyre__net_mem_t *registration; /* NULL without a wire, or in one that shares parent's */
    struct gyre_mem *parent;       /* the region that this one lies in */
    unsigned users;                /* its own handle and its children's */
    bool allocated;                /* by gyre_mem_alloc */
    bool idle;                     /* released, kept for the next gyre_mem_alloc of that length */
};

struct gyre_remote {
    gyre__link_t link; /* the pool's while free */
    gyre_comm_t *comm;
    uint32_t epoch;
    gyre__peer_t *peer;
    gyre__net_key_t *key;
    uint64_t addr, length;
};

/* All regions, on the provider of a new epoch; and off that of an old one. */
gyre_status_t gyre__mem_map_all(gyre_context_t *ctx);
void gyre__mem_unmap_all(gyre_context_t *ctx);
void gyre__mem_free_all(gyre_context_t *ctx);

#endif
