/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map from 64-bit keys to pointers: open addressing, linear probing, grows at 3/4. */
#ifndef GYRE_BASE_MAP_H
#define GYRE_BASE_MAP_H

#include <gyre/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gyre__map {
    struct gyre__map_slot *slots;
    size_t count, room; /* room is 0 or a power of two */
} gyre__map_t;

void gyre__map_init(gyre__map_t *map);
void gyre__map_cleanup(gyre__map_t *map);
void *gyre__map_get(const gyre__map_t *map, uint64_t key); /* NULL: none */
gyre_status_t gyre__map_put(gyre__map_t *map, uint64_t key, void *value); /* value not NULL */
void *gyre__map_remove(gyre__map_t *map, uint64_t key);
/* Walks all entries: *at starts at 0. Do not change the map meanwhile. */
bool gyre__map_next(const gyre__map_t *map, size_t *at, uint64_t *key, void **value);

#endif
