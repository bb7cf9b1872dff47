/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of partitions. The map finds a partition by its id, the list keeps the order in which
 * they came, but that the last one takes the place of a removed one: so walks, and what
 * collectives send, do not depend on hashing. A partition's descriptor never moves while it is in
 * a table; its data may when it is resized. */
#include "harp/model/table.h"

#include "base/error.h"
#include "harp/model/door.h"

#include <stdlib.h>
#include <string.h>

/* What lies behind a partition. */
typedef struct entry {
    gyre_harp_partition_t partition;
    size_t at; /* index in the list */
} entry_t;

gyre_status_t gyre_harp_table_create(gyre_harp_pool_t *pool, int64_t id, gyre_type_t type,
                                     gyre_op_t op, gyre_harp_table_t **table)
{
    size_t element = gyre_type_size(type);
    if (!pool || !table || element == 0)
        return gyre__error(GYRE_ERR_ARG, "table %lld: pool at %p, table at %p, type %d",
                           (long long)id, (void *)pool, (void *)table, (int)type);
    gyre_harp_table_t *made = malloc(sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a table");
    *made = (gyre_harp_table_t){.pool = pool, .id = id, .type = type, .op = op, .element = element};
    gyre__map_init(&made->map);
    *table = made;
    return GYRE_OK;
}

gyre_harp_table_t gyre__harp_table_like(const gyre_harp_table_t *table)
{
    gyre_harp_table_t like = {.pool = table->pool,
                              .id = table->id,
                              .type = table->type,
                              .op = table->op,
                              .element = table->element};
    gyre__map_init(&like.map);
    return like;
}

void gyre__harp_partition_free(gyre_harp_pool_t *pool, gyre_harp_partition_t *partition)
{
    gyre_harp_pool_release(pool, partition->data);
    free(partition);
}

void gyre__harp_table_forget(gyre_harp_table_t *table)
{
    gyre__map_cleanup(&table->map);
    free(table->list);
    table->list = NULL;
    table->count = table->room = 0;
    table->version++;
}

void gyre_harp_table_clear(gyre_harp_table_t *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        gyre__harp_partition_free(table->pool, table->list[i]);
    gyre__harp_table_forget(table);
}

void gyre_harp_table_destroy(gyre_harp_table_t *table)
{
    if (!table)
        return;
    gyre_harp_table_clear(table);
    gyre__harp_door_destroy(table->door);
    free(table);
}

void gyre__harp_table_take(gyre_harp_table_t *table, gyre_harp_table_t *from)
{
    gyre_harp_table_clear(table);
    table->map = from->map;
    table->list = from->list;
    table->count = from->count;
    table->room = from->room;
}

static gyre_status_t append(gyre_harp_table_t *table, gyre_harp_partition_t *partition)
{
    if (table->count == table->room) {
        size_t room = table->room ? table->room * 2 : 16;
        gyre_harp_partition_t **list = realloc(table->list, room * sizeof(*list));
        if (!list)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu partitions", room);
        table->list = list;
        table->room = room;
    }
    gyre_status_t status = gyre__map_put(&table->map, (uint64_t)partition->id, partition);
    if (status != GYRE_OK)
        return status;
    ((entry_t *)partition)->at = table->count;
    table->list[table->count++] = partition;
    table->version++;
    return GYRE_OK;
}

static gyre_status_t get_memory(gyre_harp_table_t *table, int64_t id, size_t count, void **memory)
{
    if (count > SIZE_MAX / 4 / table->element)
        return gyre__error(GYRE_ERR_RANGE, "table %lld: partition %lld of %zu elements",
                           (long long)table->id, (long long)id, count);
    return gyre_harp_pool_get(table->pool, count * table->element, false, memory);
}

gyre_status_t gyre__harp_table_place(gyre_harp_table_t *table, int64_t id, size_t count,
                                     gyre_harp_partition_t **partition)
{
    entry_t *made = malloc(sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a partition");
    *made = (entry_t){.partition = {.id = id, .count = count}};
    gyre_status_t status = get_memory(table, id, count, &made->partition.data);
    if (status != GYRE_OK) {
        free(made);
        return status;
    }
    status = append(table, &made->partition);
    if (status != GYRE_OK)
        gyre__harp_partition_free(table->pool, &made->partition);
    else
        *partition = &made->partition;
    return status;
}

gyre_status_t gyre__harp_table_resize(gyre_harp_table_t *table, gyre_harp_partition_t *partition,
                                      size_t count)
{
    void *data;
    if (count == partition->count)
        return GYRE_OK;
    gyre_status_t status = get_memory(table, partition->id, count, &data);
    if (status != GYRE_OK)
        return status;
    gyre_harp_pool_release(table->pool, partition->data);
    partition->data = data;
    partition->count = count;
    table->version++;
    return GYRE_OK;
}

static gyre_status_t combine(const gyre_harp_table_t *table, gyre_harp_partition_t *into,
                             const void *data, size_t count)
{
    if (into->count != count)
        return gyre__error(GYRE_ERR_RANGE,
                           "table %lld: partition %lld of %zu elements meets one of %zu",
                           (long long)table->id, (long long)into->id, into->count, count);
    return gyre_op_apply(table->op, table->type, into->data, data, into->data, count);
}

gyre_status_t gyre__harp_table_merge(gyre_harp_table_t *table, gyre_harp_partition_t *partition)
{
    gyre_harp_partition_t *have = gyre_harp_table_find(table, partition->id);
    if (!have)
        return append(table, partition);
    gyre_status_t status = combine(table, have, partition->data, partition->count);
    if (status == GYRE_OK)
        gyre__harp_partition_free(table->pool, partition);
    return status;
}

gyre_status_t gyre_harp_table_add(gyre_harp_table_t *table, int64_t id, const void *data,
                                  size_t count, gyre_harp_outcome_t *outcome)
{
    if (!table || (!data && count))
        return gyre__error(GYRE_ERR_ARG, "table at %p, data at %p for %zu elements", (void *)table,
                           data, count);
    gyre_harp_partition_t *partition = gyre_harp_table_find(table, id);
    if (outcome)
        *outcome = partition ? GYRE_HARP_COMBINED : GYRE_HARP_ADDED;
    if (partition)
        return combine(table, partition, data, count);
    gyre_status_t status = gyre__harp_table_place(table, id, count, &partition);
    if (status == GYRE_OK && count)
        memcpy(partition->data, data, count * table->element);
    return status;
}

gyre_status_t gyre_harp_table_insert(gyre_harp_table_t *table, int64_t id, size_t count,
                                     gyre_harp_partition_t **partition)
{
    if (!table || !partition)
        return gyre__error(GYRE_ERR_ARG, "table at %p, partition at %p", (void *)table,
                           (void *)partition);
    if (gyre_harp_table_find(table, id))
        return gyre__error(GYRE_ERR_STATE, "table %lld has partition %lld already",
                           (long long)table->id, (long long)id);
    gyre_status_t status = gyre__harp_table_place(table, id, count, partition);
    if (status == GYRE_OK)
        memset((*partition)->data, 0, count * table->element);
    return status;
}

gyre_harp_partition_t *gyre_harp_table_find(const gyre_harp_table_t *table, int64_t id)
{
    return table ? gyre__map_get(&table->map, (uint64_t)id) : NULL;
}

gyre_status_t gyre_harp_table_remove(gyre_harp_table_t *table, int64_t id)
{
    gyre_harp_partition_t *partition = gyre_harp_table_find(table, id);
    if (!partition)
        return gyre__error(GYRE_ERR_NOT_FOUND, "no partition %lld", (long long)id);
    size_t at = ((entry_t *)partition)->at;
    table->list[at] = table->list[--table->count];
    ((entry_t *)table->list[at])->at = at;
    gyre__map_remove(&table->map, (uint64_t)id);
    gyre__harp_partition_free(table->pool, partition);
    table->version++;
    return GYRE_OK;
}

size_t gyre_harp_table_count(const gyre_harp_table_t *table)
{
    return table ? table->count : 0;
}

size_t gyre__harp_partition_at(const gyre_harp_partition_t *partition)
{
    return ((const entry_t *)partition)->at;
}

static int by_id(const void *a, const void *b)
{
    int64_t left = (*(gyre_harp_partition_t *const *)a)->id;
    int64_t right = (*(gyre_harp_partition_t *const *)b)->id;
    return (left > right) - (left < right);
}

void gyre__harp_table_order(const gyre_harp_table_t *table, gyre_harp_partition_t **sorted)
{
    if (table->count == 0)
        return;
    memcpy(sorted, table->list, table->count * sizeof(*sorted));
    qsort(sorted, table->count, sizeof(*sorted), by_id);
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

void gyre_harp_table_ids(const gyre_harp_table_t *table, int64_t *ids)
{
    size_t count = gyre_harp_table_count(table);
    for (size_t i = 0; i < count; i++)
        ids[i] = table->list[i]->id;
    if (count)
        qsort(ids, count, sizeof(*ids), by_value);
}

gyre_harp_partition_t *gyre_harp_table_next(const gyre_harp_table_t *table, size_t *at)
{
    return *at < gyre_harp_table_count(table) ? table->list[(*at)++] : NULL;
}

gyre_status_t gyre_harp_table_apply(gyre_harp_table_t *table, gyre_harp_partition_fn fn, void *arg)
{
    if (!table || !fn)
        return gyre__error(GYRE_ERR_ARG, "no table or no function to apply");
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++)
        status = fn(arg, table->list[i]);
    return status;
}
