/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map from 64-bit keys to pointers. A slot with a NULL value is free. No slot lies between
 * a key's home and the key's slot free: removal shifts later entries back, so there are no
 * tombstones and a search ends at the first free slot. */
#include "base/map.h"

#include "base/error.h"

#include <stdlib.h>

struct gyre__map_slot {
    uint64_t key;
    void *value;
};

enum { ROOM_MIN = 16 };

void gyre__map_init(gyre__map_t *map)
{
    *map = (gyre__map_t){0};
}

void gyre__map_cleanup(gyre__map_t *map)
{
    free(map->slots);
    gyre__map_init(map);
}

/* Mixes all bits into the low ones: keys are often small, strided, or packed fields. */
static size_t home(const gyre__map_t *map, uint64_t key)
{
    key = (key ^ (key >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ (key >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(key ^ (key >> 31)) & (map->room - 1);
}

/* The key's slot, or the free one where it would go. The map has room. */
static struct gyre__map_slot *find(const gyre__map_t *map, uint64_t key)
{
    size_t at = home(map, key);
    while (map->slots[at].value && map->slots[at].key != key)
        at = (at + 1) & (map->room - 1);
    return &map->slots[at];
}

void *gyre__map_get(const gyre__map_t *map, uint64_t key)
{
    return map->room ? find(map, key)->value : NULL;
}

static gyre_status_t grow(gyre__map_t *map)
{
    gyre__map_t larger = {.count = map->count, .room = map->room ? map->room * 2 : ROOM_MIN};
    larger.slots = calloc(larger.room, sizeof(*larger.slots));
    if (!larger.slots)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a map of %zu slots", larger.room);
    for (size_t i = 0; i < map->room; i++)
        if (map->slots[i].value)
            *find(&larger, map->slots[i].key) = map->slots[i];
    free(map->slots);
    *map = larger;
    return GYRE_OK;
}

gyre_status_t gyre__map_put(gyre__map_t *map, uint64_t key, void *value)
{
    struct gyre__map_slot *slot = map->room ? find(map, key) : NULL;
    if (slot && slot->value) {
        slot->value = value;
        return GYRE_OK;
    }
    if (map->count + 1 > map->room / 4 * 3) {
        gyre_status_t status = grow(map);
        if (status != GYRE_OK)
            return status;
        slot = find(map, key);
    }
    *slot = (struct gyre__map_slot){key, value};
    map->count++;
    return GYRE_OK;
}

/* Closes the hole: each later entry of the run moves back if its home is at or before it. */
static void shift_back(gyre__map_t *map, size_t hole)
{
    size_t mask = map->room - 1;
    for (size_t at = (hole + 1) & mask; map->slots[at].value; at = (at + 1) & mask) {
        size_t from_home = (at - home(map, map->slots[at].key)) & mask;
        if (from_home < ((at - hole) & mask))
            continue;
        map->slots[hole] = map->slots[at];
        hole = at;
    }
    map->slots[hole].value = NULL;
}

void *gyre__map_remove(gyre__map_t *map, uint64_t key)
{
    struct gyre__map_slot *slot = map->room ? find(map, key) : NULL;
    void *value = slot ? slot->value : NULL;
    if (value) {
        shift_back(map, (size_t)(slot - map->slots));
        map->count--;
    }
    return value;
}

bool gyre__map_next(const gyre__map_t *map, size_t *at, uint64_t *key, void **value)
{
    while (*at < map->room) {
        const struct gyre__map_slot *slot = &map->slots[(*at)++];
        if (!slot->value)
            continue;
        *key = slot->key;
        *value = slot->value;
        return true;
    }
    return false;
}
