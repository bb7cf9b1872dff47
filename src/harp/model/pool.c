/* SPDX-License-Identifier: Apache-2.0 */
/* The resource pool. A block is a head of one cache line and its room; large blocks have a region
 * of their own, small ones are carved one after the other out of a shared region. A released block
 * is found again by its room alone: rounded rooms are powers of two, exact ones what was asked
 * for. A region lives until the last block that was carved from it is freed. */
#include "harp/model/pool.h"

#include "base/error.h"
#include "base/list.h"
#include "base/map.h"

#include <stdlib.h>

#define ALIGN      ((size_t)64)
#define SMALL_MAX  ((size_t)32 << 10) /* room of blocks that share a region */
#define SHARED_LEN ((size_t)256 << 10)

typedef struct region {
    gyre__link_t link;
    gyre_mem_t *mem;
    size_t used;   /* bytes carved */
    size_t blocks; /* not freed; plus one while blocks are carved from it */
} region_t;

typedef struct block {
    region_t *region;
    struct block *next; /* free one of the same room */
    size_t room;
} block_t;

struct gyre_harp_pool {
    gyre_context_t *ctx;
    gyre__link_t regions;
    region_t *carved; /* small blocks come from it; NULL: none yet */
    gyre__map_t idle; /* room -> first free block */
};

_Static_assert(sizeof(block_t) <= ALIGN, "a block's head is one line");

static block_t *block_of(const void *memory)
{
    return (block_t *)((uintptr_t)memory - ALIGN);
}

gyre_status_t gyre_harp_pool_create(gyre_context_t *ctx, gyre_harp_pool_t **pool)
{
    if (!ctx || !pool)
        return gyre__error(GYRE_ERR_ARG, "context at %p, pool at %p", (void *)ctx, (void *)pool);
    gyre_harp_pool_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a pool");
    made->ctx = ctx;
    gyre__list_init(&made->regions);
    gyre__map_init(&made->idle);
    *pool = made;
    return GYRE_OK;
}

static void region_free(region_t *region)
{
    gyre__list_remove(&region->link);
    gyre_mem_release(region->mem);
    free(region);
}

static void region_leave(region_t *region)
{
    if (--region->blocks == 0)
        region_free(region);
}

void gyre_harp_pool_destroy(gyre_harp_pool_t *pool)
{
    if (!pool)
        return;
    gyre__list_each(at, &pool->regions) region_free(gyre__container(at, region_t, link));
    gyre__map_cleanup(&pool->idle);
    free(pool);
}

static gyre_status_t region_new(gyre_harp_pool_t *pool, size_t length, region_t **region)
{
    region_t *made = malloc(sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a region");
    gyre_status_t status = gyre_mem_alloc(pool->ctx, length, &made->mem);
    if (status != GYRE_OK) {
        free(made);
        return status;
    }
    made->used = 0;
    made->blocks = 1;
    gyre__list_append(&pool->regions, &made->link);
    *region = made;
    return GYRE_OK;
}

static block_t *carve(region_t *region, size_t room)
{
    block_t *block = (block_t *)((char *)gyre_mem_address(region->mem) + region->used);
    *block = (block_t){.region = region, .room = room};
    region->used += ALIGN + room;
    return block;
}

static gyre_status_t carve_small(gyre_harp_pool_t *pool, size_t room, block_t **block)
{
    if (!pool->carved || SHARED_LEN - pool->carved->used < ALIGN + room) {
        region_t *region;
        gyre_status_t status = region_new(pool, SHARED_LEN, &region);
        if (status != GYRE_OK)
            return status;
        if (pool->carved)
            region_leave(pool->carved);
        pool->carved = region;
    }
    pool->carved->blocks++;
    *block = carve(pool->carved, room);
    return GYRE_OK;
}

static gyre_status_t make(gyre_harp_pool_t *pool, size_t room, block_t **block)
{
    region_t *region;
    if (room <= SMALL_MAX)
        return carve_small(pool, room, block);
    gyre_status_t status = region_new(pool, ALIGN + room, &region);
    if (status == GYRE_OK)
        *block = carve(region, room);
    return status;
}

static size_t room_for(size_t length, bool exact)
{
    size_t room = ALIGN;
    if (exact)
        return length <= ALIGN ? ALIGN : (length + ALIGN - 1) & ~(ALIGN - 1);
    while (room < length)
        room *= 2;
    return room;
}

/* The rest of a room's free blocks; none left: forgets the room. */
static gyre_status_t idle_set(gyre_harp_pool_t *pool, size_t room, block_t *first)
{
    if (first)
        return gyre__map_put(&pool->idle, room, first);
    gyre__map_remove(&pool->idle, room);
    return GYRE_OK;
}

gyre_status_t gyre_harp_pool_get(gyre_harp_pool_t *pool, size_t length, bool exact, void **memory)
{
    if (!pool || !memory)
        return gyre__error(GYRE_ERR_ARG, "pool at %p, memory at %p", (void *)pool, (void *)memory);
    if (length > SIZE_MAX / 4)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes", length);
    size_t room = room_for(length, exact);
    block_t *block = gyre__map_get(&pool->idle, room);
    gyre_status_t status = block ? idle_set(pool, room, block->next) : make(pool, room, &block);
    if (status == GYRE_OK)
        *memory = (char *)block + ALIGN;
    return status;
}

size_t gyre_harp_pool_room(const void *memory)
{
    return memory ? block_of(memory)->room : 0;
}

void gyre_harp_pool_free(gyre_harp_pool_t *pool, void *memory)
{
    if (pool && memory)
        region_leave(block_of(memory)->region);
}

void gyre_harp_pool_release(gyre_harp_pool_t *pool, void *memory)
{
    if (!pool || !memory)
        return;
    block_t *block = block_of(memory);
    block->next = gyre__map_get(&pool->idle, block->room);
    if (idle_set(pool, block->room, block) != GYRE_OK)
        gyre_harp_pool_free(pool, memory);
}

gyre_context_t *gyre__harp_pool_context(const gyre_harp_pool_t *pool)
{
    return pool->ctx;
}

const gyre_mem_t *gyre__harp_pool_region(const void *memory, uint64_t *offset)
{
    const gyre_mem_t *mem = block_of(memory)->region->mem;
    *offset = (uint64_t)((const char *)memory - (const char *)gyre_mem_address(mem));
    return mem;
}

gyre_status_t gyre__harp_pool_place(const void *memory, gyre__harp_place_t *place)
{
    size_t length = sizeof(place->key);
    const gyre_mem_t *mem = gyre__harp_pool_region(memory, &place->offset);
    gyre_status_t status = gyre_mem_export(mem, place->key, &length);
    place->key_length = (uint32_t)length;
    return status;
}
