/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of equal elements. Chunks come from a source that may register them with the wire, so
 * that every element can be sent without further work; an element keeps its chunk's handle.
 * Elements are never given back to the system before cleanup: a stale pointer to one stays
 * readable. Freed elements are reused oldest first. Not thread-safe. */
#ifndef GYRE_BASE_POOL_H
#define GYRE_BASE_POOL_H

#include <gyre/status.h>
#include <stddef.h>

/* alloc gives zeroed memory, aligned as the pool's elements are. */
typedef struct gyre__pool_source {
    gyre_status_t (*alloc)(void *arg, size_t size, void **memory, void **handle);
    void (*release)(void *arg, void *memory, size_t size, void *handle);
    void *arg;
} gyre__pool_source_t;

typedef struct gyre__pool {
    size_t element_size; /* rounded up to the alignment */
    size_t align;
    size_t per_chunk;
    gyre__pool_source_t source;
    struct gyre__pool_chunk *chunks;
    struct gyre__pool_free *first, *last; /* free elements, oldest first */
    size_t used, total;
} gyre__pool_t;

/* align is a power of two; per_chunk > 0; source NULL: plain zeroed memory. */
void gyre__pool_init(gyre__pool_t *pool, size_t element_size, size_t align, size_t per_chunk,
                     const gyre__pool_source_t *source);
void gyre__pool_cleanup(gyre__pool_t *pool);

/* An element, its content as its last user left it (zero in a fresh one) but for the first 16
 * bytes; NULL when out of memory. */
void *gyre__pool_get(gyre__pool_t *pool);

/* Overwrites the first 16 bytes. */
void gyre__pool_put(gyre__pool_t *pool, void *element);

/* The handle of the chunk that holds the element. */
void *gyre__pool_handle(const gyre__pool_t *pool, const void *element);

#endif
