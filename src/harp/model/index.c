/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a table. A region's key is in it once, however many partitions lie there. */
#include "harp/model/index.h"

#include "base/buf.h"
#include "base/error.h"
#include "harp/model/door.h"

#include <stdlib.h>
#include <string.h>

/* Writes the region's key behind the entries, unless it is there; its offset in the index. */
static gyre_status_t add_key(gyre__buf_t *buf, gyre__map_t *known, const gyre_mem_t *mem,
                             uint64_t *at)
{
    char key[GYRE_KEY_MAX + 8] = {0};
    size_t key_length = GYRE_KEY_MAX;
    void *found = gyre__map_get(known, (uint64_t)(uintptr_t)mem);
    *at = found ? (uint64_t)(uintptr_t)found : buf->length;
    if (found)
        return GYRE_OK;
    gyre_status_t status = gyre_mem_export(mem, key, &key_length);
    uint64_t length = key_length;
    if (status == GYRE_OK)
        status = gyre__buf_append(buf, &length, sizeof(length));
    if (status == GYRE_OK)
        status = gyre__buf_append(buf, key, (key_length + 7) & ~(size_t)7);
    return status == GYRE_OK
               ? gyre__map_put(known, (uint64_t)(uintptr_t)mem, (void *)(uintptr_t)*at)
               : status;
}

static gyre_status_t build(const gyre_harp_table_t *table, gyre_harp_partition_t **sorted,
                           gyre__buf_t *buf)
{
    size_t length = sizeof(gyre__index_t) + table->count * sizeof(gyre__index_entry_t);
    gyre__map_t known;
    gyre_status_t status = gyre__buf_reserve(buf, length);
    gyre__map_init(&known);
    if (status == GYRE_OK) {
        ((gyre__index_t *)buf->data)->entries = table->count;
        buf->length = length;
    }
    gyre__harp_table_order(table, sorted);
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++) {
        gyre__index_entry_t entry = {.id = sorted[i]->id, .count = sorted[i]->count};
        const gyre_mem_t *mem = gyre__harp_pool_region(sorted[i]->data, &entry.offset);
        status = add_key(buf, &known, mem, &entry.key);
        if (status == GYRE_OK)
            ((gyre__index_t *)buf->data)->entry[i] = entry;
    }
    gyre__map_cleanup(&known);
    return status;
}

gyre_status_t gyre__index_publish(gyre_harp_table_t *table)
{
    gyre__harp_door_t *door = table->door;
    gyre__buf_t buf;
    if (door->index_version == table->version + 1)
        return GYRE_OK;
    gyre_harp_partition_t **sorted = malloc((table->count + 1) * sizeof(*sorted));
    if (!sorted)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu partitions", table->count);
    gyre__buf_init(&buf);
    gyre_status_t status = build(table, sorted, &buf);
    if (status == GYRE_OK)
        status = gyre__harp_door_block(door, &door->index, buf.length, &door->page->index);
    if (status == GYRE_OK) {
        memcpy(door->index, buf.data, buf.length);
        door->page->index_length = buf.length;
        door->index_version = table->version + 1;
    }
    gyre__buf_cleanup(&buf);
    free(sorted);
    return status;
}

gyre_status_t gyre__index_check(const gyre__index_t *index, uint64_t length)
{
    bool sound = length >= sizeof(*index) &&
                 index->entries <= (length - sizeof(*index)) / sizeof(index->entry[0]);
    for (uint64_t i = 0; sound && i < index->entries; i++) {
        uint64_t at = index->entry[i].key;
        sound = at % 8 == 0 && at <= length && length - at >= sizeof(gyre__index_key_t) &&
                ((const gyre__index_key_t *)((const char *)index + at))->length <=
                    length - at - sizeof(gyre__index_key_t);
    }
    return sound ? GYRE_OK
                 : gyre__error(GYRE_ERR_SYNTAX, "a broken index of %llu bytes",
                               (unsigned long long)length);
}

const gyre__index_entry_t *gyre__index_find(const gyre__index_t *index, int64_t id)
{
    uint64_t low = 0, high = index->entries;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (index->entry[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < index->entries && index->entry[low].id == id ? &index->entry[low] : NULL;
}
