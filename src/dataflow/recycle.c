/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/recycle.h"

#include "base/error.h"

#include <stdlib.h>

/* Stands in the memory itself while it is kept. */
typedef struct gyre__recycled {
    struct gyre__recycled *next;
} recycled_t;

static int class_of(size_t size)
{
    return size <= GYRE_BUFFER_ALIGN ? 6 : 64 - __builtin_clzll(size - 1);
}

static gyre_status_t alloc(void *arg, size_t size, void **data, void **context)
{
    gyre__recycle_t *recycle = arg;
    recycled_t *kept = NULL;
    int class = class_of(size);
    *context = recycle;
    if (class < 63)
        kept = recycle->kept[class];
    if (kept) {
        recycle->kept[class] = kept->next;
        *data = kept;
        return GYRE_OK;
    }
    *data = class < 63 ? aligned_alloc(GYRE_BUFFER_ALIGN, (size_t)1 << class) : NULL;
    return *data ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes", size);
}

static void release(void *context, void *data, size_t size)
{
    gyre__recycle_t *recycle = context;
    recycled_t *kept = data;
    kept->next = recycle->kept[class_of(size)];
    recycle->kept[class_of(size)] = kept;
}

void gyre__recycle_init(gyre__recycle_t *recycle)
{
    *recycle = (gyre__recycle_t){.allocator = {alloc, release, recycle}};
}

void gyre__recycle_cleanup(gyre__recycle_t *recycle)
{
    for (int i = 0; i < 64; i++)
        for (recycled_t *kept; (kept = recycle->kept[i]);) {
            recycle->kept[i] = kept->next;
            free(kept);
        }
}
