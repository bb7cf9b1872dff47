/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks of registered memory, cut into pages; a chunk holds what one registration is worth. */
#include "dataflow/page.h"

#include "base/error.h"
#include "dataflow/memory.h"

#include <stdlib.h>

typedef struct gyre__page_chunk {
    gyre__link_t link;
    gyre_mem_t *mem;
    size_t count, page_size;
    gyre__page_use_t use; /* of a large page */
    gyre__page_t pages[];
} chunk_t;

enum { CHUNK_PAGES = 8 };

void gyre__pages_init(gyre__pages_t *pages, gyre_context_t *ctx, size_t size)
{
    *pages = (gyre__pages_t){.ctx = ctx, .size = size};
    gyre__list_init(&pages->free);
    gyre__list_init(&pages->chunks);
}

static void chunk_free(chunk_t *chunk)
{
    gyre_mem_release(chunk->mem);
    gyre__memory_give(chunk->count * chunk->page_size);
    free(chunk);
}

void gyre__pages_cleanup(gyre__pages_t *pages)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(&pages->chunks)))
        chunk_free(gyre__container(link, chunk_t, link));
}

/* How many pages there is memory for; 0: none. */
static size_t affordable(const gyre__pages_t *pages)
{
    size_t least = pages->total ? 1 : GYRE__PAGES_SURE;
    for (size_t count = CHUNK_PAGES; count >= least; count /= 2)
        if (gyre__memory_take(count * pages->size))
            return count;
    if (pages->total)
        return 0;
    gyre__memory_force(GYRE__PAGES_SURE * pages->size);
    return GYRE__PAGES_SURE;
}

/* Memory that has been accounted for, which is given back on failure. */
static gyre_status_t chunk_create(gyre__pages_t *pages, size_t count, size_t page_size,
                                  chunk_t **made)
{
    chunk_t *chunk = malloc(sizeof(*chunk) + count * sizeof(gyre__page_t));
    gyre_status_t status =
        chunk ? gyre_mem_alloc(pages->ctx, count * page_size, &chunk->mem)
              : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu pages of %zu bytes", count,
                            page_size);
    if (status != GYRE_OK) {
        gyre__memory_give(count * page_size);
        free(chunk);
        return status;
    }
    chunk->count = count;
    chunk->page_size = page_size;
    for (size_t i = 0; i < count; i++)
        chunk->pages[i] =
            (gyre__page_t){.data = (char *)gyre_mem_address(chunk->mem) + i * page_size};
    gyre__list_append(&pages->chunks, &chunk->link);
    *made = chunk;
    return GYRE_OK;
}

static gyre_status_t grow(gyre__pages_t *pages)
{
    chunk_t *chunk;
    size_t count = affordable(pages);
    if (count == 0)
        return GYRE_IN_PROGRESS;
    gyre_status_t status = chunk_create(pages, count, pages->size, &chunk);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        gyre__list_append(&pages->free, &chunk->pages[i].link);
    pages->total += count;
    return GYRE_OK;
}

/* One to send and one to receive may always be had. */
static gyre_status_t take_large(gyre__pages_t *pages, size_t length, gyre__page_use_t use,
                                gyre__page_t **page)
{
    chunk_t *chunk;
    size_t size = (length + 4095) / 4096 * 4096;
    if (use == GYRE__PAGE_AHEAD)
        return GYRE_IN_PROGRESS;
    if (!gyre__memory_take(size)) {
        if (pages->large[use] > 0)
            return GYRE_IN_PROGRESS;
        gyre__memory_force(size);
    }
    gyre_status_t status = chunk_create(pages, 1, size, &chunk);
    if (status != GYRE_OK)
        return status;
    pages->large[use]++;
    chunk->use = use;
    *page = &chunk->pages[0];
    (*page)->own = chunk;
    (*page)->users = 1;
    return GYRE_OK;
}

gyre_status_t gyre__pages_take(gyre__pages_t *pages, size_t length, gyre__page_use_t use,
                               gyre__page_t **page)
{
    if (length > pages->size)
        return take_large(pages, length, use, page);
    while (pages->total - pages->used <= (size_t)use) {
        gyre_status_t status = grow(pages);
        if (status != GYRE_OK)
            return status;
    }
    gyre__link_t *link = gyre__list_pop(&pages->free);
    pages->used++;
    *page = gyre__container(link, gyre__page_t, link);
    (*page)->users = 1;
    return GYRE_OK;
}

void gyre__pages_drop(gyre__pages_t *pages, gyre__page_t *page)
{
    if (--page->users)
        return;
    if (page->own) {
        pages->large[page->own->use]--;
        gyre__list_remove(&page->own->link);
        chunk_free(page->own);
        return;
    }
    pages->used--;
    gyre__list_prepend(&pages->free, &page->link); /* it is still in the cache */
}
