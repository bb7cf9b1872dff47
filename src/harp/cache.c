/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with a short probe; what is oldest in it goes first. */
#include "harp/cache.h"

#include "base/error.h"

#include <stdlib.h>

enum { ENTRIES = 256, PROBES = 8 };

typedef struct entry {
    gyre__cache_key_t key;
    gyre__program_t *program;
    uint64_t used;
} entry_t;

struct gyre__cache {
    uint64_t clock;
    entry_t *last; /* that was got; NULL: none */
    entry_t entries[ENTRIES];
};

gyre_status_t gyre__cache_new(gyre__cache_t **cache)
{
    *cache = calloc(1, sizeof(**cache));
    return *cache ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for programs");
}

void gyre__cache_free(gyre__cache_t *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < ENTRIES; i++)
        gyre__program_free(cache->entries[i].program);
    free(cache);
}

void gyre__cache_forget(gyre__cache_t *cache)
{
    cache->last = NULL;
    for (int i = 0; i < ENTRIES; i++) {
        entry_t *entry = &cache->entries[i];
        if (entry->program && entry->program->runs > 0) {
            entry->key.rest = UINT64_MAX;
        } else {
            gyre__program_free(entry->program);
            *entry = (entry_t){0};
        }
    }
}

static inline uint64_t hash(const gyre__cache_key_t *key)
{
    uint64_t h = key->count * UINT64_C(0x9e3779b97f4a7c15) ^ key->arrays;
    h = (h ^ key->type_and_op) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ key->rest) * UINT64_C(0x9e3779b97f4a7c15);
    return h >> 32;
}

static inline bool equal(const gyre__cache_key_t *a, const gyre__cache_key_t *b)
{
    return a->count == b->count && a->arrays == b->arrays && a->type_and_op == b->type_and_op &&
           a->rest == b->rest;
}

static inline entry_t *probe(gyre__cache_t *cache, uint64_t at, int i)
{
    return &cache->entries[(at + (uint64_t)i) % ENTRIES];
}

gyre__program_t *gyre__cache_get(gyre__cache_t *cache, const gyre__cache_key_t *key)
{
    if (cache->last && equal(&cache->last->key, key))
        return cache->last->program;
    uint64_t at = hash(key);
    for (int i = 0; i < PROBES; i++) {
        entry_t *entry = probe(cache, at, i);
        if (entry->program && equal(&entry->key, key)) {
            entry->used = ++cache->clock;
            cache->last = entry;
            return entry->program;
        }
    }
    return NULL;
}

bool gyre__cache_put(gyre__cache_t *cache, const gyre__cache_key_t *key, gyre__program_t *program)
{
    uint64_t at = hash(key);
    entry_t *oldest = NULL;
    for (int i = 0; i < PROBES; i++) {
        entry_t *entry = probe(cache, at, i);
        if ((!entry->program || entry->program->runs == 0) &&
            (!oldest || entry->used < oldest->used))
            oldest = entry;
    }
    if (!oldest)
        return false;
    gyre__program_free(oldest->program);
    cache->last = NULL;
    *oldest = (entry_t){*key, program, ++cache->clock};
    return true;
}
