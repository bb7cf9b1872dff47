/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks/items.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static gyre_status_t grow(gyre__items_t *items)
{
    size_t room = items->room ? 2 * items->room : 8;
    gyre__item_t *ring = malloc(room * sizeof(*ring));
    if (!ring)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu batches that wait", room);
    for (size_t i = 0; i < items->count; i++)
        ring[i] = items->ring[(items->first + i) % items->room];
    free(items->ring);
    items->ring = ring;
    items->room = room;
    items->first = 0;
    return GYRE_OK;
}

static gyre__item_t *last_of(const gyre__items_t *items)
{
    return items->count > 1 ? &items->ring[(items->first + items->count - 1) % items->room] : NULL;
}

gyre_status_t gyre__items_put(gyre__items_t *items, gyre__item_t item)
{
    gyre__item_t *last = last_of(items);
    if (last && last->kind == GYRE__ITEM_WATERMARK && item.kind == GYRE__ITEM_WATERMARK) {
        last->time = item.time;
        return GYRE_OK;
    }
    gyre_status_t status = items->count == items->room ? grow(items) : GYRE_OK;
    if (status != GYRE_OK)
        return status;
    item.batch = gyre_batch_retain(item.batch);
    item.bytes = item.batch ? gyre_batch_bytes(item.batch) : 0;
    items->ring[(items->first + items->count++) % items->room] = item;
    items->bytes += item.bytes;
    return GYRE_OK;
}

void gyre__items_pop(gyre__items_t *items)
{
    items->bytes -= items->ring[items->first].bytes;
    items->first = (items->first + 1) % items->room;
    items->count--;
}

void gyre__items_clear(gyre__items_t *items)
{
    gyre__item_t *item;
    while ((item = gyre__items_first(items))) {
        gyre_batch_release(item->batch);
        gyre__items_pop(items);
    }
}

void gyre__items_cleanup(gyre__items_t *items)
{
    gyre__items_clear(items);
    free(items->ring);
    *items = (gyre__items_t){0};
}
