/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of equal elements. chunks is an array of total / per_chunk descriptors in order of
 * address, so that an element's chunk is found by bisection and elements carry no header. */
#include "base/pool.h"

#include "base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct gyre__pool_chunk {
    char *memory;
    void *handle;
};

struct gyre__pool_free {
    struct gyre__pool_free *next;
};

enum { ELEMENT_MIN = 16 };

/* arg is the alignment itself. */
static gyre_status_t plain_alloc(void *arg, size_t size, void **memory, void **handle)
{
    *handle = NULL;
    *memory = aligned_alloc((size_t)(uintptr_t)arg, size);
    if (!*memory)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a pool chunk of %zu bytes", size);
    memset(*memory, 0, size);
    return GYRE_OK;
}

static void plain_release(void *arg, void *memory, size_t size, void *handle)
{
    free(memory);
}

void gyre__pool_init(gyre__pool_t *pool, size_t element_size, size_t align, size_t per_chunk,
                     const gyre__pool_source_t *source)
{
    *pool = (gyre__pool_t){.align = align, .per_chunk = per_chunk};
    if (align < sizeof(void *))
        pool->align = sizeof(void *);
    if (element_size < ELEMENT_MIN)
        element_size = ELEMENT_MIN;
    pool->element_size = (element_size + pool->align - 1) & ~(pool->align - 1);
    if (source)
        pool->source = *source;
    else
        pool->source =
            (gyre__pool_source_t){plain_alloc, plain_release, (void *)(uintptr_t)pool->align};
}

static size_t chunk_count(const gyre__pool_t *pool)
{
    return pool->total / pool->per_chunk;
}

void gyre__pool_cleanup(gyre__pool_t *pool)
{
    size_t size = pool->element_size * pool->per_chunk;
    for (size_t i = chunk_count(pool); i > 0; i--)
        pool->source.release(pool->source.arg, pool->chunks[i - 1].memory, size,
                             pool->chunks[i - 1].handle);
    free(pool->chunks);
    pool->chunks = NULL;
    pool->first = pool->last = NULL;
    pool->used = pool->total = 0;
}

/* How many chunks start at or below the address. */
static size_t chunks_until(const gyre__pool_t *pool, const void *address)
{
    size_t low = 0, high = chunk_count(pool);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)pool->chunks[middle].memory <= (uintptr_t)address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void append_free(gyre__pool_t *pool, void *element)
{
    struct gyre__pool_free *link = element;
    link->next = NULL;
    if (pool->last)
        pool->last->next = link;
    else
        pool->first = link;
    pool->last = link;
}

static void adopt(gyre__pool_t *pool, const struct gyre__pool_chunk *chunk)
{
    size_t at = chunks_until(pool, chunk->memory);
    memmove(pool->chunks + at + 1, pool->chunks + at,
            (chunk_count(pool) - at) * sizeof(*pool->chunks));
    pool->chunks[at] = *chunk;
    pool->total += pool->per_chunk;
    for (size_t i = 0; i < pool->per_chunk; i++)
        append_free(pool, chunk->memory + i * pool->element_size);
}

static gyre_status_t grow(gyre__pool_t *pool)
{
    if (pool->element_size == 0 || pool->per_chunk > SIZE_MAX / pool->element_size)
        return gyre__error(GYRE_ERR_NO_MEMORY, "a pool chunk of %zu elements is too large",
                           pool->per_chunk);
    struct gyre__pool_chunk *chunks =
        realloc(pool->chunks, (chunk_count(pool) + 1) * sizeof(*chunks));
    if (!chunks)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for another pool chunk");
    pool->chunks = chunks;
    void *memory, *handle;
    gyre_status_t status = pool->source.alloc(
        pool->source.arg, pool->element_size * pool->per_chunk, &memory, &handle);
    if (status == GYRE_OK)
        adopt(pool, &(struct gyre__pool_chunk){memory, handle});
    return status;
}

void *gyre__pool_get(gyre__pool_t *pool)
{
    if (!pool->first && grow(pool) != GYRE_OK)
        return NULL;
    struct gyre__pool_free *link = pool->first;
    pool->first = link->next;
    if (!pool->first)
        pool->last = NULL;
    pool->used++;
    return link;
}

void gyre__pool_put(gyre__pool_t *pool, void *element)
{
    append_free(pool, element);
    pool->used--;
}

void *gyre__pool_handle(const gyre__pool_t *pool, const void *element)
{
    return pool->chunks[chunks_until(pool, element) - 1].handle;
}
