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

/* The layout of a piece: each member has a page of control lines; then come the slots, those of a
 * member together. */
#define GYRE__HEAP_PAGE      8192
#define GYRE__HEAP_SLOTS     16
#define GYRE__HEAP_SLOT_SIZE 32768

/* From slot to slot: not a multiple of a page, lest their starts share a few cache sets. */
#define GYRE__HEAP_SLOT_STRIDE (GYRE__HEAP_SLOT_SIZE + 33 * 64)

static inline size_t gyre__heap_piece_size(uint32_t members)
{
    size_t size = members * (GYRE__HEAP_PAGE + (size_t)GYRE__HEAP_SLOTS * GYRE__HEAP_SLOT_STRIDE);
    return (size + GYRE__HEAP_PAGE - 1) / GYRE__HEAP_PAGE * GYRE__HEAP_PAGE;
}

#endif
