/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the workers of a node can share: where gyre_mem_alloc takes it from. A worker has
 * one memfd, so that descriptors stay few however many regions there are; it grows by chunks,
 * each mapped once and as long as the store lives, and a chunk is cut into spans of pages.
 * Peers map chunks: see view.h. */
#ifndef GYRE_COMM_STORE_H
#define GYRE_COMM_STORE_H

#include "base/list.h"
#include "base/pool.h"

#include <gyre/status.h>
#include <stdint.h>

#define GYRE__STORE_UNIT ((size_t)2 << 20) /* chunks are multiples: a huge page */

/* Where bytes lie in a worker's store, for a peer on its node. Plain: may be sent as it is. */
typedef struct gyre__mem_place {
    uint64_t nonce;       /* of the store; 0: nowhere */
    int32_t fd;           /* its memfd, in the owner */
    uint32_t chunk, size; /* of the chunk in the memfd, in units */
    uint32_t none;
    uint64_t offset; /* in the chunk */
} gyre__mem_place_t;

typedef struct gyre__chunk {
    gyre__link_t link;
    gyre__link_t spans; /* by address, without gaps */
    char *addr;
    size_t size;
    uint64_t start; /* in the memfd */
} gyre__chunk_t;

/* Pages of a chunk, taken or free. */
typedef struct gyre__span {
    gyre__link_t link; /* in its chunk; the pool's while it is none */
    gyre__link_t free; /* in the store's, unless taken */
    gyre__chunk_t *chunk;
    size_t offset, length;
} gyre__span_t;

typedef struct gyre__store {
    int fd;       /* -1: not made */
    bool refused; /* it never will be */
    bool strict;  /* the kernel promises memory or refuses it: so must we */
    uint64_t nonce;
    uint64_t end; /* of the memfd */
    gyre__link_t chunks;
    gyre__link_t free;
    gyre__pool_t spans;
} gyre__store_t;

void gyre__store_init(gyre__store_t *store);
void gyre__store_cleanup(gyre__store_t *store);

/* Zeroed pages. GYRE_ERR_NOT_SUPPORTED: no memory can be shared here. */
gyre_status_t gyre__store_alloc(gyre__store_t *store, size_t length, gyre__span_t **span);
void gyre__store_release(gyre__store_t *store, gyre__span_t *span);

static inline char *gyre__span_address(const gyre__span_t *span)
{
    return span->chunk->addr + span->offset;
}

/* Where these bytes lie; false: not in the store. */
bool gyre__store_describe(gyre__store_t *store, const void *addr, size_t length,
                          gyre__mem_place_t *place);

/* The reverse, in the owner; NULL: not in the store. */
void *gyre__store_at(const gyre__store_t *store, const gyre__mem_place_t *place);

/* Whether length bytes from there on are in the chunk. */
static inline bool gyre__place_holds(const gyre__mem_place_t *place, uint64_t length)
{
    uint64_t size = place->size * (uint64_t)GYRE__STORE_UNIT;
    return place->offset <= size && length <= size - place->offset;
}

/* Maps part of a store's memfd where huge pages are possible; NULL and errno. */
void *gyre__store_map(int fd, uint64_t start, size_t size);

#endif
