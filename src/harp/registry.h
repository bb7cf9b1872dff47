/* SPDX-License-Identifier: Apache-2.0 */
/* A list of records that grows and never moves: found without a lock by index, added under one.
 * Lives in static storage; its records stay for the life of the process. */
#ifndef GYRE_HARP_REGISTRY_H
#define GYRE_HARP_REGISTRY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

enum { GYRE__REGISTRY_CHUNK = 64, GYRE__REGISTRY_CHUNKS = 64 };
enum { GYRE__REGISTRY_MAX = GYRE__REGISTRY_CHUNK * GYRE__REGISTRY_CHUNKS };

typedef struct gyre__registry {
    size_t record; /* bytes */
    pthread_mutex_t lock;
    atomic_size_t count;
    char *chunks[GYRE__REGISTRY_CHUNKS]; /* those of records below count are set */
} gyre__registry_t;

#define GYRE__REGISTRY_INIT(type)                                                                  \
    {                                                                                              \
        .record = sizeof(type), .lock = PTHREAD_MUTEX_INITIALIZER                                  \
    }

/* NULL: there is none. */
void *gyre__registry_at(gyre__registry_t *registry, size_t index);

/* With the lock held: the zeroed record that comes next, seen by others after publish. NULL with
 * count at GYRE__REGISTRY_MAX: full; otherwise: no memory. */
void *gyre__registry_next(gyre__registry_t *registry);
void gyre__registry_publish(gyre__registry_t *registry);

#endif
