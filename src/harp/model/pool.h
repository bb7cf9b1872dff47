/* SPDX-License-Identifier: Apache-2.0 */
/* The resource pool as tables need it: blocks, and where peers find them. */
#ifndef GYRE_HARP_MODEL_POOL_H
#define GYRE_HARP_MODEL_POOL_H

#include <gyre/harp.h>
#include <gyre/mem.h>

/* A block of a peer: the key of the region that it lies in, and its offset there. */
typedef struct gyre__place {
    uint64_t offset;
    uint32_t key_length;
    char key[GYRE_KEY_MAX];
} gyre__harp_place_t;

gyre_context_t *gyre__harp_pool_context(const gyre_harp_pool_t *pool);

/* The region that the block lies in, and how far from its start. */
const gyre_mem_t *gyre__harp_pool_region(const void *memory, uint64_t *offset);

gyre_status_t gyre__harp_pool_place(const void *memory, gyre__harp_place_t *place);

#endif
