/* SPDX-License-Identifier: Apache-2.0 */
/* Sources whose rows come from the program. */
#include "base/error.h"
#include "tset/set.h"

#include <stdlib.h>

enum { ROWS = 8192 /* that range and memory give at a time */ };

gyre_tset_t *gyre__set_source(gyre_env_t *env, const char *what, const gyre_function_t *function,
                              int parallelism, void (*drop)(void *arg))
{
    gyre_tset_t *set = gyre__set_create(env, GYRE__SET_SOURCE, what, NULL, 0);
    if (set->poisoned) {
        if (drop)
            drop(function->arg);
        return set;
    }
    set->function = *function;
    set->function.schema = gyre_schema_retain(function->schema);
    set->schema = gyre_schema_retain(function->schema);
    set->drop = drop;
    return gyre__set_end(set, gyre__set_spread(set, parallelism, env->opts.parallelism));
}

static gyre_status_t check(const gyre_function_t *function)
{
    if (!function)
        return gyre__error(GYRE_ERR_ARG, "no function: NULL");
    if (!function->next == !function->next_batch)
        return gyre__error(GYRE_ERR_ARG, "%s next and next_batch, expected one of them",
                           function->next ? "both" : "neither");
    if (!function->schema || !function->schema->field_count)
        return gyre__error(GYRE_ERR_ARG, "a source needs a schema with columns");
    if (function->row || function->batch || function->keep || function->keep_batch)
        return gyre__error(GYRE_ERR_ARG, "a source gets no rows that it had a function for");
    return GYRE_OK;
}

gyre_tset_t *gyre_tset_source(gyre_env_t *env, const gyre_function_t *function, int parallelism)
{
    gyre_status_t status = check(function);
    if (status == GYRE_OK)
        return gyre__set_source(env, "source", function, parallelism, NULL);
    gyre_tset_t *set = gyre__set_create(env, GYRE__SET_SOURCE, "source", NULL, 0);
    return set->poisoned ? set : gyre__set_end(set, status);
}

/* --- Numbers --- */

typedef struct numbers {
    int64_t first;
    uint64_t count;
} numbers_t;

typedef struct place {
    uint64_t at, end;
    size_t batch; /* of memory: the one that at lies in, whose first row is first */
    uint64_t first;
} place_t;

static gyre_status_t place_open(gyre_partition_t *part)
{
    part->state = calloc(1, sizeof(place_t));
    return part->state ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a source");
}

static void place_close(gyre_partition_t *part)
{
    free(part->state);
}

/* Of count rows those of a part. */
static void place_begin(gyre_partition_t *part, uint64_t count)
{
    uint64_t parts = (uint64_t)part->parallelism, index = (uint64_t)part->index;
    uint64_t each = count / parts, more = count % parts;
    place_t *place = part->state;
    *place = (place_t){.at = index * each + (index < more ? index : more)};
    place->end = place->at + each + (index < more);
}

static gyre_status_t range_begin(gyre_partition_t *part)
{
    place_begin(part, ((const numbers_t *)part->arg)->count);
    return GYRE_OK;
}

static gyre_status_t range_next(gyre_partition_t *part, gyre_builder_t *out)
{
    const numbers_t *numbers = part->arg;
    place_t *place = part->state;
    uint64_t left = place->end - place->at, count = left < ROWS ? left : ROWS;
    void *values;
    gyre_status_t status = gyre_builder_extend(out->children[0], count, &values);
    if (status != GYRE_OK)
        return status;
    for (uint64_t i = 0; i < count; i++)
        ((uint64_t *)values)[i] = (uint64_t)numbers->first + place->at + i;
    place->at += count;
    return place->at < place->end ? GYRE_IN_PROGRESS : GYRE_OK;
}

static const gyre_field_t index_field = {"index", GYRE_KIND_INT64, .required = true};

gyre_tset_t *gyre_tset_range(gyre_env_t *env, int64_t first, uint64_t count, int parallelism)
{
    numbers_t *numbers = malloc(sizeof(*numbers));
    gyre_function_t function = {.next = range_next,
                                .open = place_open,
                                .begin = range_begin,
                                .close = place_close,
                                .arg = numbers};
    gyre_status_t status = numbers ? gyre_schema_create(&index_field, 1, &function.schema)
                                   : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a range");
    if (status == GYRE_OK && count && count - 1 > (uint64_t)INT64_MAX - (uint64_t)first)
        status = gyre__error(GYRE_ERR_RANGE, "%llu numbers from %lld on go beyond 64 bits",
                             (unsigned long long)count, (long long)first);
    if (numbers)
        *numbers = (numbers_t){first, count};
    gyre_tset_t *set = gyre__set_source(env, "range", &function, parallelism, free);
    gyre_schema_release(function.schema);
    return set->poisoned ? set : gyre__set_end(set, status);
}

/* --- Batches --- */

typedef struct memory {
    uint64_t rows;
    size_t count;
    const gyre_batch_t *batches[];
} memory_t;

static void memory_drop(void *arg)
{
    memory_t *memory = arg;
    for (size_t i = 0; memory && i < memory->count; i++)
        gyre_batch_release(memory->batches[i]);
    free(memory);
}

static gyre_status_t memory_begin(gyre_partition_t *part)
{
    place_begin(part, ((const memory_t *)part->arg)->rows);
    return GYRE_OK;
}

static gyre_status_t memory_next(gyre_partition_t *part, const gyre_batch_t **out)
{
    const memory_t *memory = part->arg;
    place_t *place = part->state;
    *out = NULL;
    if (place->at == place->end)
        return GYRE_OK;
    const gyre_batch_t *batch;
    while (batch = memory->batches[place->batch], place->at >= place->first + batch->length) {
        place->first += batch->length;
        place->batch++;
    }
    size_t from = place->at - place->first, left = batch->length - from;
    size_t wanted = place->end - place->at < left ? place->end - place->at : left;
    gyre_status_t status = gyre_batch_slice(batch, from, wanted, out);
    if (status != GYRE_OK)
        return status;
    place->at += wanted;
    return place->at < place->end ? GYRE_IN_PROGRESS : GYRE_OK;
}

static gyre_status_t memory_create(const gyre_batch_t *const *batches, size_t count,
                                   memory_t **memory)
{
    memory_t *made = calloc(1, sizeof(*made) + count * sizeof(batches[0]));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu batches", count);
    *memory = made;
    if (!batches || !count)
        return gyre__error(GYRE_ERR_ARG, "no batches");
    for (size_t i = 0; i < count; i++) {
        if (!batches[i])
            return gyre__error(GYRE_ERR_ARG, "batch %zu of %zu is NULL", i, count);
        if (!gyre_schema_equal(batches[i]->schema, batches[0]->schema))
            return gyre__error(GYRE_ERR_ARG, "batch %zu is of another schema than the first", i);
        made->batches[made->count++] = gyre_batch_retain(batches[i]);
        made->rows += batches[i]->length;
    }
    return GYRE_OK;
}

gyre_tset_t *gyre_tset_memory(gyre_env_t *env, const gyre_batch_t *const *batches, size_t count,
                              int parallelism)
{
    memory_t *memory = NULL;
    gyre_status_t status = memory_create(batches, count, &memory);
    gyre_function_t function = {.schema = status == GYRE_OK ? batches[0]->schema : NULL,
                                .next_batch = memory_next,
                                .open = place_open,
                                .begin = memory_begin,
                                .close = place_close,
                                .arg = memory};
    gyre_tset_t *set = gyre__set_source(env, "memory", &function, parallelism, memory_drop);
    return set->poisoned ? set : gyre__set_end(set, status);
}
