/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a table of groups: at most half full, so that most looks end in the line where they
 * begin; in huge pages where the system has them, since looks go everywhere. */
#include "base/error.h"
#include "batch/group.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SIZE_MIN = 1024, HUGE_PAGE = 2 << 20 };

void *gyre__group_alloc(size_t bytes)
{
    size_t align = bytes < HUGE_PAGE ? GYRE_BUFFER_ALIGN : HUGE_PAGE;
    size_t size = (bytes + align - 1) & ~(align - 1);
    void *memory = aligned_alloc(align, size);
    if (!memory)
        return NULL;
    if (align == HUGE_PAGE)
        (void)madvise(memory, size, MADV_HUGEPAGE);
    return memset(memory, 0, bytes);
}

/* Old slots in their order go to new ones in theirs, nearly. */
static void move_slots(gyre__index_t *to, const gyre__index_t *from)
{
    for (size_t i = 0; i < from->size; i++) {
        size_t first = gyre__index_slot(to, from->slots[i].hash), at = first;
        if (from->slots[i].number == 0)
            continue;
        while (to->slots[at].number != 0)
            at = gyre__index_next(to, first, at);
        to->slots[at] = from->slots[i];
    }
}

size_t gyre__index_size(const gyre__index_t *index, size_t count)
{
    size_t size = index->size ? index->size : SIZE_MIN;
    while (count > size / 2)
        size *= 2;
    return size;
}

gyre_status_t gyre__index_room(gyre__index_t *index, size_t count)
{
    gyre__index_t grown = {0};
    if (count <= index->size / 2)
        return GYRE_OK;
    if (count >= UINT32_MAX)
        return gyre__error(GYRE_ERR_RANGE, "%zu groups: at most 2^32 - 2 fit", count);
    grown.size = gyre__index_size(index, count);
    grown.shift = 64 - (unsigned)__builtin_ctzll(grown.size);
    grown.slots = gyre__group_alloc(grown.size * sizeof(*grown.slots));
    if (!grown.slots)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an index of %zu groups", count);
    move_slots(&grown, index);
    free(index->slots);
    *index = grown;
    return GYRE_OK;
}

void gyre__index_clear(gyre__index_t *index)
{
    if (index->slots)
        memset(index->slots, 0, index->size * sizeof(*index->slots));
}

void gyre__index_forget(gyre__index_t *index, uint64_t hash, uint32_t number)
{
    size_t first = gyre__index_slot(index, hash), at = first;
    while (index->slots[at].number != number)
        at = gyre__index_next(index, first, at);
    index->slots[at] = (gyre__slot_t){0};
}

void gyre__index_cleanup(gyre__index_t *index)
{
    free(index->slots);
}
