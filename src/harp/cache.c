/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with a short probe; what is oldest in it goes first. */
#include "harp/cache.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 256, PROBES = 8, CALLS = 32 };

typedef struct entry {
    gyre__cache_key_t key;
    gyre__program_t *program;
    uint64_t used;
} entry_t;

struct gyre__cache {
    uint64_t clock;
    gyre__known_t calls[CALLS];
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

/* The calls of a program, or all for NULL. */
static void forget_calls(gyre__cache_t *cache, const gyre__program_t *program)
{
    for (int i = 0; i < CALLS; i++)
        if (!program || cache->calls[i].program == program)
            cache->calls[i].program = NULL;
}

void gyre__cache_forget(gyre__cache_t *cache)
{
    forget_calls(cache, NULL);
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
    uint64_t at = hash(key);
    for (int i = 0; i < PROBES; i++) {
        entry_t *entry = probe(cache, at, i);
        if (entry->program && equal(&entry->key, key)) {
            entry->used = ++cache->clock;
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
    if (oldest->program)
        forget_calls(cache, oldest->program);
    gyre__program_free(oldest->program);
    *oldest = (entry_t){*key, program, ++cache->clock};
    return true;
}

static inline gyre__known_t *place_of(gyre__cache_t *cache, const gyre__args_t *args)
{
    uint64_t h = args->count << 5 ^ (uint64_t)args->coll ^ (uint64_t)(uint32_t)args->root << 3;
    return &cache->calls[(h * UINT64_C(0x9e3779b97f4a7c15) >> 32) % CALLS];
}

/* One by one, and not as what a compiler would join: see call_t in collective.c. */
static inline bool is_same(const gyre__args_t *a, const gyre__args_t *b)
{
    if (a->count != b->count)
        return false;
    if (a->coll != b->coll)
        return false;
    if (a->root != b->root)
        return false;
    if (a->type != b->type)
        return false;
    return a->op == b->op;
}

static bool is_memory(const void *buffer)
{
    return buffer && buffer != GYRE_IN_PLACE;
}

/* Nothing but that they are there was checked of buffers. */
static bool exchange(gyre__known_t *known, const gyre__args_t *args)
{
    if (!is_memory(args->in) || !is_memory(args->out) || !is_memory(known->args.in) ||
        !is_memory(known->args.out))
        return false;
    known->work.in = known->args.in = args->in;
    known->work.out = known->args.out = args->out;
    return true;
}

static inline bool reads_same(const gyre__known_t *known, const size_t *array, int which,
                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (array[i] != known->arrays[which][i])
            return false;
    return true;
}

/* Arrays that are read are there in both calls, or in none. */
static inline bool is_array_same(const gyre__known_t *known, const size_t *before,
                                 const size_t *array, int which, size_t count)
{
    return count == 0 || (!before && !array) ||
           (before && array && reads_same(known, array, which, count));
}

static inline bool are_arrays_same(const gyre__known_t *known, const gyre__args_t *args)
{
    const gyre__args_t *before = &known->args;
    size_t in = known->read.in, out = known->read.out;
    return is_array_same(known, before->in_counts, args->in_counts, 0, in) &&
           is_array_same(known, before->in_displs, args->in_displs, 1, in) &&
           is_array_same(known, before->out_counts, args->out_counts, 2, out) &&
           is_array_same(known, before->out_displs, args->out_displs, 3, out);
}

const gyre__known_t *gyre__cache_recall(gyre__cache_t *cache, const gyre__args_t *args)
{
    gyre__known_t *known = place_of(cache, args);
    if (!known->program || !is_same(&known->args, args) || !are_arrays_same(known, args))
        return NULL;
    if (known->args.in == args->in && known->args.out == args->out)
        return known;
    return exchange(known, args) ? known : NULL;
}

void gyre__cache_remember(gyre__cache_t *cache, const gyre__args_t *args, gyre__read_t read,
                          const gyre__work_t *work, gyre__program_t *program)
{
    const size_t *arrays[] = {args->in_counts, args->in_displs, args->out_counts, args->out_displs};
    gyre__known_t *known = place_of(cache, args);
    if (read.in > GYRE__KNOWN_BLOCKS || read.out > GYRE__KNOWN_BLOCKS || program->once ||
        (size_t)args->op >= GYRE_OP_BUILTIN_COUNT)
        return;
    *known = (gyre__known_t){.args = *args, .read = read, .program = program, .work = *work};
    for (int i = 0; i < 4; i++) {
        size_t count = i < 2 ? read.in : read.out;
        if (arrays[i] && count > 0)
            memcpy(known->arrays[i], arrays[i], count * sizeof(*arrays[i]));
    }
}
