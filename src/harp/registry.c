/* SPDX-License-Identifier: Apache-2.0 */
/* The registry: chunks of records, allocated when first needed. A reader that sees a count also
 * sees the chunks and records below it. */
#include "harp/registry.h"

#include <stdlib.h>

static void *record_at(const gyre__registry_t *registry, size_t index)
{
    return registry->chunks[index / GYRE__REGISTRY_CHUNK] +
           index % GYRE__REGISTRY_CHUNK * registry->record;
}

void *gyre__registry_at(gyre__registry_t *registry, size_t index)
{
    if (index >= atomic_load_explicit(&registry->count, memory_order_acquire))
        return NULL;
    return record_at(registry, index);
}

void *gyre__registry_next(gyre__registry_t *registry)
{
    size_t index = atomic_load_explicit(&registry->count, memory_order_relaxed);
    if (index == GYRE__REGISTRY_MAX)
        return NULL;
    char **chunk = &registry->chunks[index / GYRE__REGISTRY_CHUNK];
    if (!*chunk)
        *chunk = calloc(GYRE__REGISTRY_CHUNK, registry->record);
    return *chunk ? record_at(registry, index) : NULL;
}

void gyre__registry_publish(gyre__registry_t *registry)
{
    atomic_fetch_add_explicit(&registry->count, 1, memory_order_release);
}
