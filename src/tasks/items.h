/* SPDX-License-Identifier: Apache-2.0 */
/* What waits before a task, or behind it, in order: rows, barriers, watermarks, the end. */
#ifndef GYRE_TASKS_ITEMS_H
#define GYRE_TASKS_ITEMS_H

#include <gyre/batch.h>

typedef enum gyre__item_kind {
    GYRE__ITEM_ROWS,
    GYRE__ITEM_BARRIER,
    GYRE__ITEM_WATERMARK,
    GYRE__ITEM_END
} gyre__item_kind_t;

typedef struct gyre__item {
    gyre__item_kind_t kind;
    int source;                /* of rows */
    const gyre_batch_t *batch; /* the list's reference */
    uint64_t id;               /* of a barrier */
    int64_t time;              /* of a watermark */
    size_t bytes;
} gyre__item_t;

typedef struct gyre__items {
    gyre__item_t *ring;
    size_t first, count, room;
    size_t bytes; /* of all rows */
} gyre__items_t;

/* NULL: empty. Until the next put. */
static inline gyre__item_t *gyre__items_first(const gyre__items_t *items)
{
    return items->count ? &items->ring[items->first] : NULL;
}

/* Retains the batch. A watermark takes the place of one right before it, unless that is the first,
 * which may be on its way. */
gyre_status_t gyre__items_put(gyre__items_t *items, gyre__item_t item);
/* Removes the first without its reference to a batch. */
void gyre__items_pop(gyre__items_t *items);
void gyre__items_clear(gyre__items_t *items);
void gyre__items_cleanup(gyre__items_t *items);

#endif
