/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers: memory with a count of references and a way to give it back. One from the heap lies
 * behind its own head, so it is one allocation; a large one is mapped, in huge pages where the
 * system has them, so that it grows without a copy and takes no more than what was written. */
#include "batch/buffer.h"

#include "base/error.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct gyre_buffer {
    void *data;
    size_t size;
    gyre_release_fn release; /* NULL: nothing but the head to free */
    void *context;
    atomic_uint refs;
    bool lent;
};

_Static_assert(sizeof(gyre_buffer_t) <= GYRE_BUFFER_ALIGN, "the head takes one unit");

static size_t rounded(size_t size)
{
    return (size + GYRE_BUFFER_ALIGN - 1) / GYRE_BUFFER_ALIGN * GYRE_BUFFER_ALIGN;
}

static void set(gyre_buffer_t *buffer, void *data, size_t size, gyre_release_fn release,
                void *context)
{
    *buffer = (gyre_buffer_t){data, size, release, context, 1, false};
}

static gyre_status_t create_on_heap(size_t size, gyre_buffer_t **buffer)
{
    gyre_buffer_t *head = aligned_alloc(GYRE_BUFFER_ALIGN, GYRE_BUFFER_ALIGN + size);
    if (!head)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a buffer of %zu bytes", size);
    set(head, (char *)head + GYRE_BUFFER_ALIGN, size, NULL, NULL);
    *buffer = head;
    return GYRE_OK;
}

enum { MAPPED_MIN = 4 << 20 };

static void unmap(void *context, void *data, size_t size)
{
    (void)context;
    munmap(data, size);
}

static gyre_status_t create_mapped(size_t size, gyre_buffer_t **buffer)
{
    void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a buffer of %zu bytes", size);
    (void)madvise(data, size, MADV_HUGEPAGE);
    gyre_status_t status = gyre_buffer_adopt(data, size, unmap, NULL, buffer);
    if (status != GYRE_OK)
        munmap(data, size);
    return status;
}

gyre_status_t gyre_buffer_create(const gyre_allocator_t *allocator, size_t size,
                                 gyre_buffer_t **buffer)
{
    void *data, *context = NULL;
    if (!buffer || (allocator && !allocator->alloc))
        return gyre__error(GYRE_ERR_ARG, "no %s a buffer", buffer ? "alloc for" : "place for");
    if (size > SIZE_MAX / 4)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a buffer of %zu bytes", size);
    size = rounded(size);
    if (!allocator)
        return size < MAPPED_MIN ? create_on_heap(size, buffer) : create_mapped(size, buffer);
    gyre_status_t status = allocator->alloc(allocator->arg, size, &data, &context);
    if (status != GYRE_OK)
        return status;
    status = gyre_buffer_adopt(data, size, allocator->release, context, buffer);
    if (status != GYRE_OK && allocator->release)
        allocator->release(context, data, size);
    return status;
}

gyre_status_t gyre_buffer_adopt(void *data, size_t size, gyre_release_fn release, void *context,
                                gyre_buffer_t **buffer)
{
    if (!buffer || (!data && size > 0))
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           buffer ? "memory to adopt" : "place for a buffer");
    gyre_buffer_t *head = malloc(sizeof(*head));
    if (!head)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a buffer");
    set(head, data, size, release, context);
    *buffer = head;
    return GYRE_OK;
}

gyre_buffer_t *gyre_buffer_retain(gyre_buffer_t *buffer)
{
    if (buffer)
        atomic_fetch_add_explicit(&buffer->refs, 1, memory_order_relaxed);
    return buffer;
}

void gyre_buffer_release(gyre_buffer_t *buffer)
{
    if (!buffer || atomic_fetch_sub_explicit(&buffer->refs, 1, memory_order_acq_rel) > 1)
        return;
    if (buffer->release)
        buffer->release(buffer->context, buffer->data, buffer->size);
    free(buffer);
}

void *gyre_buffer_data(const gyre_buffer_t *buffer)
{
    return buffer ? buffer->data : NULL;
}

size_t gyre_buffer_size(const gyre_buffer_t *buffer)
{
    return buffer ? buffer->size : 0;
}

void gyre__buffer_lend(gyre_buffer_t *buffer)
{
    buffer->lent = true;
}

bool gyre__buffer_is_lent(const gyre_buffer_t *buffer)
{
    return buffer && buffer->lent;
}

static gyre_status_t remap(gyre_buffer_t *buffer, size_t size)
{
    size = rounded(size);
    void *data = mremap(buffer->data, buffer->size, size, MREMAP_MAYMOVE);
    if (data == MAP_FAILED)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a buffer of %zu bytes", size);
    (void)madvise(data, size, MADV_HUGEPAGE);
    buffer->data = data;
    buffer->size = size;
    return GYRE_OK;
}

/* Whether it grows without a copy. */
static bool is_mapped(const gyre_buffer_t *buffer)
{
    return buffer && buffer->release == unmap;
}

size_t gyre__buffer_growth(const gyre_buffer_t *buffer, size_t size)
{
    return is_mapped(buffer) ? size - buffer->size : size;
}

gyre_status_t gyre__buffer_grow(gyre_buffer_t **buffer, const gyre_allocator_t *allocator,
                                size_t used, size_t size)
{
    gyre_buffer_t *grown;
    if (is_mapped(*buffer) && size > (*buffer)->size)
        return remap(*buffer, size);
    gyre_status_t status = gyre_buffer_create(allocator, size, &grown);
    if (status != GYRE_OK)
        return status;
    if (used > 0)
        memcpy(grown->data, (*buffer)->data, used);
    gyre_buffer_release(*buffer);
    *buffer = grown;
    return GYRE_OK;
}
