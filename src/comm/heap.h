/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the node segment, one for each communicator that has several members on a node: its
 * slots for collectives. The lowest of these members takes the piece when it makes the
 * communicator; the others find it by the communicator's id. A piece is free again when all have
 * let it go. */
#ifndef GYRE_COMM_HEAP_H
#define GYRE_COMM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gyre__heap {
    struct gyre__heap_piece *pieces; /* NULL: no heap */
    char *memory;
    size_t size;
} gyre__heap_t;

/* Bytes of address space, not of memory, for so many workers of a node. */
size_t gyre__heap_size(uint32_t local_workers);

/* memory is zeroed, page-aligned and of gyre__heap_size. */
void gyre__heap_open(gyre__heap_t *heap, void *memory, uint32_t local_workers);

/* Takes a piece for the communicator id (not 0) with so many members here, or notes that there is
 * no space left for one. The slots' control lines are zeroed. False: more communicators than the
 * heap can note. */
bool gyre__heap_claim(gyre__heap_t *heap, uint64_t id, uint32_t members);

/* False: not claimed yet. *memory is NULL when none was left. */
bool gyre__heap_find(gyre__heap_t *heap, uint64_t id, void **memory);

/* A member has done with it. */
void gyre__heap_leave(gyre__heap_t *heap, uint64_t id);

/* Gets the pages of a stretch of it in one go, so that others who map it find many at a fault. */
void gyre__heap_touch(void *from, size_t length);

/* The layout of a piece: each member has a page of control lines; then come the members' rings of
 * bytes. */
#define GYRE__HEAP_PAGE     73728
#define GYRE__HEAP_RING_MIN ((size_t)1 << 20)
#define GYRE__HEAP_RING_MAX ((size_t)4 << 20)

/* Bytes of the rings of all members, never more for fewer. A ring exceeds what a core's own cache
 * keeps: then a reader has lost the lines to the cache that all share by the time their writer
 * comes around, who would otherwise have to fetch each from the reader. */
static inline size_t gyre__heap_rings(uint32_t members)
{
    const size_t enough = (size_t)16 << 20;
    size_t least = members * GYRE__HEAP_RING_MIN, most = members * GYRE__HEAP_RING_MAX;
    return most < enough ? most : least > enough ? least : enough;
}

static inline size_t gyre__heap_ring(uint32_t members)
{
    return gyre__heap_rings(members) / members & ~(size_t)4095;
}

static inline size_t gyre__heap_piece_size(uint32_t members)
{
    return members * (size_t)GYRE__HEAP_PAGE + gyre__heap_rings(members);
}

#endif
