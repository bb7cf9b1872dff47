/* SPDX-License-Identifier: Apache-2.0 */
/* The store of shareable memory. Pages come at first touch and go back to the kernel when a span
 * is released, which also makes them zero again; address space stays, for peers may have mapped
 * it. The memfd is sealed against shrinking: whoever has mapped it cannot be made to fault.
 *
 * As with malloc, memory that the kernel has not promised may be missing when it is touched, and
 * then the kernel ends a process of its choice. Where it does promise (vm.overcommit_memory=2),
 * shared pages are taken at once, for they would raise SIGBUS later. Everywhere a length that the
 * kernel would refuse to give as private memory is refused. */
#include "config.h"

#include "comm/store.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define UNIT      GYRE__STORE_UNIT
#define PAGE      ((size_t)sysconf(_SC_PAGESIZE))
#define CHUNK_MIN (8 * UNIT) /* of address space: memory is used as it is touched */

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

void gyre__store_init(gyre__store_t *store)
{
    *store = (gyre__store_t){.fd = -1};
    gyre__list_init(&store->chunks);
    gyre__list_init(&store->free);
    gyre__pool_init(&store->spans, sizeof(gyre__span_t), 64, 64, NULL);
}

void gyre__store_cleanup(gyre__store_t *store)
{
    gyre__link_t *link;
    while ((link = gyre__list_pop(&store->chunks))) {
        gyre__chunk_t *chunk = gyre__container(link, gyre__chunk_t, link);
        munmap(chunk->addr, chunk->size);
        free(chunk);
    }
    if (store->fd >= 0)
        close(store->fd);
    gyre__pool_cleanup(&store->spans);
    gyre__store_init(store);
}

static bool is_strict(void)
{
    FILE *in = fopen("/proc/sys/vm/overcommit_memory", "re");
    int mode = in ? fgetc(in) : '0';
    if (in)
        fclose(in);
    return mode == '2';
}

/* The first unit holds only the nonce, by which peers know the store. */
static gyre_status_t make_file(gyre__store_t *store)
{
    if (store->fd >= 0)
        return GYRE_OK;
    if (store->refused)
        return GYRE_ERR_NOT_SUPPORTED;
    int fd = memfd_create("gyre-store", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0 ||
        getrandom(&store->nonce, sizeof(store->nonce), 0) < 0 || store->nonce == 0 ||
        pwrite(fd, &store->nonce, sizeof(store->nonce), 0) != sizeof(store->nonce)) {
        gyre__log(GYRE__LOG_DEBUG, "no shared memory for regions: %s", strerror(errno));
        store->refused = true;
        if (fd >= 0)
            close(fd);
        return GYRE_ERR_NOT_SUPPORTED;
    }
    store->fd = fd;
    store->end = UNIT;
    store->strict = is_strict();
    return GYRE_OK;
}

/* A file beyond RLIMIT_FSIZE would raise SIGXFSZ. */
static bool may_grow(const gyre__store_t *store, size_t size)
{
    struct rlimit limit;
    uint64_t end = store->end + size;
    return end / UNIT <= UINT32_MAX &&
           (getrlimit(RLIMIT_FSIZE, &limit) != 0 || end <= (uint64_t)limit.rlim_cur);
}

/* Shared memory is never refused by the kernel's accounts when it is mapped; private is. */
static bool exists(size_t length)
{
    void *map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return false;
    munmap(map, length);
    return true;
}

void *gyre__store_map(int fd, uint64_t start, size_t size)
{
    char *room = mmap(NULL, size + UNIT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    size_t skip = (UNIT - (uintptr_t)room % UNIT) % UNIT;
    char *addr = room + skip;
    if (mmap(addr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)start) ==
        MAP_FAILED) {
        int errnum = errno;
        munmap(room, size + UNIT);
        errno = errnum;
        return NULL;
    }
    if (skip)
        munmap(room, skip);
    munmap(addr + size, UNIT - skip);
    return addr;
}

static gyre__span_t *span_new(gyre__store_t *store, gyre__chunk_t *chunk, size_t offset,
                              size_t length)
{
    gyre__span_t *span = gyre__pool_get(&store->spans);
    if (!span)
        return NULL;
    *span = (gyre__span_t){.chunk = chunk, .offset = offset, .length = length};
    gyre__list_init(&span->link);
    gyre__list_init(&span->free);
    return span;
}

static gyre_status_t map_chunk(gyre__store_t *store, size_t size)
{
    gyre__chunk_t *chunk = malloc(sizeof(*chunk));
    gyre__span_t *span = chunk ? span_new(store, chunk, 0, size) : NULL;
    if (!span) {
        free(chunk);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a chunk of regions");
    }
    void *addr = ftruncate(store->fd, (off_t)(store->end + size)) == 0
                     ? gyre__store_map(store->fd, store->end, size)
                     : NULL;
    if (!addr) {
        gyre_status_t status = gyre__error_errno(errno, "cannot map %zu shared bytes", size);
        gyre__pool_put(&store->spans, span);
        free(chunk);
        return status;
    }
    *chunk = (gyre__chunk_t){.addr = addr, .size = size, .start = store->end};
    gyre__list_init(&chunk->spans);
    gyre__list_append(&chunk->spans, &span->link);
    gyre__list_append(&store->free, &span->free);
    gyre__list_append(&store->chunks, &chunk->link);
    store->end += size;
    return GYRE_OK;
}

/* Chunks grow with the store, so that their number grows with its logarithm only. */
static gyre_status_t add_chunk(gyre__store_t *store, size_t length)
{
    size_t size = round_up(length, UNIT), ample = round_up(store->end / 2, UNIT);
    gyre_status_t status = make_file(store);
    if (status != GYRE_OK)
        return status;
    if (!exists(length))
        return gyre__error(GYRE_ERR_NO_MEMORY, "cannot allocate %zu bytes", length);
    ample = ample > CHUNK_MIN ? ample : CHUNK_MIN;
    if (size < ample && may_grow(store, ample) && map_chunk(store, ample) == GYRE_OK)
        return GYRE_OK;
    if (!may_grow(store, size))
        return GYRE_ERR_NOT_SUPPORTED;
    return map_chunk(store, size);
}

/* Where in a free span a region would start: one with room for huge pages at such a page. */
static size_t skip_of(const gyre__span_t *span, size_t length)
{
    return length >= UNIT ? round_up(span->offset, UNIT) - span->offset : 0;
}

static gyre__span_t *find_free(gyre__store_t *store, size_t length)
{
    gyre__list_each(at, &store->free)
    {
        gyre__span_t *span = gyre__container(at, gyre__span_t, free);
        if (span->length >= length && skip_of(span, length) <= span->length - length)
            return span;
    }
    return NULL;
}

/* Cuts a free span in two; the second part, free too. */
static gyre__span_t *cut(gyre__store_t *store, gyre__span_t *span, size_t at)
{
    gyre__span_t *rest = span_new(store, span->chunk, span->offset + at, span->length - at);
    if (!rest)
        return NULL;
    span->length = at;
    gyre__list_append(span->link.next, &rest->link); /* before the next: behind span */
    gyre__list_append(&store->free, &rest->free);
    return rest;
}

static gyre__span_t *take(gyre__store_t *store, gyre__span_t *span, size_t length)
{
    size_t skip = skip_of(span, length);
    if (skip)
        span = cut(store, span, skip);
    if (span && span->length > length && !cut(store, span, length))
        return NULL;
    if (span)
        gyre__list_remove(&span->free);
    return span;
}

/* Free spans that touch become one. */
static void join(gyre__store_t *store, gyre__span_t *span, gyre__span_t *next)
{
    span->length += next->length;
    gyre__list_remove(&next->link);
    gyre__list_remove(&next->free);
    gyre__pool_put(&store->spans, next);
}

static gyre__span_t *free_neighbour(const gyre__span_t *span, gyre__link_t *link)
{
    gyre__span_t *other = gyre__container(link, gyre__span_t, link);
    return link != &span->chunk->spans && !gyre__list_empty(&other->free) ? other : NULL;
}

static void give_back(gyre__store_t *store, gyre__span_t *span)
{
    gyre__span_t *next = free_neighbour(span, span->link.next);
    gyre__span_t *before = free_neighbour(span, span->link.prev);
    gyre__list_append(&store->free, &span->free);
    if (next)
        join(store, span, next);
    if (before)
        join(store, before, span);
}

static bool promise(const gyre__store_t *store, const gyre__span_t *span)
{
    int errnum = 0;
    if (store->strict)
        errnum = posix_fallocate(store->fd, (off_t)(span->chunk->start + span->offset),
                                 (off_t)span->length);
    return errnum == 0 || errnum == EOPNOTSUPP;
}

gyre_status_t gyre__store_alloc(gyre__store_t *store, size_t length, gyre__span_t **out)
{
    size_t pages = round_up(length, PAGE);
    gyre__span_t *span = find_free(store, pages);
    gyre_status_t status = span ? GYRE_OK : add_chunk(store, pages);
    if (status != GYRE_OK)
        return status;
    span = take(store, find_free(store, pages), pages);
    if (!span)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a region");
    if (!promise(store, span)) {
        gyre__store_release(store, span);
        return gyre__error(GYRE_ERR_NO_MEMORY, "cannot allocate %zu bytes", length);
    }
    if (pages >= UNIT)
        madvise(gyre__span_address(span), pages, MADV_HUGEPAGE);
    *out = span;
    return GYRE_OK;
}

void gyre__store_release(gyre__store_t *store, gyre__span_t *span)
{
    if (fallocate(store->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  (off_t)(span->chunk->start + span->offset), (off_t)span->length) != 0)
        memset(gyre__span_address(span), 0, span->length);
    give_back(store, span);
}

static bool in_chunk(const gyre__chunk_t *chunk, const char *addr, size_t length)
{
    uintptr_t offset = (uintptr_t)addr - (uintptr_t)chunk->addr;
    return offset < chunk->size && length <= chunk->size - offset;
}

bool gyre__store_describe(gyre__store_t *store, const void *addr, size_t length,
                          gyre__mem_place_t *place)
{
    gyre__list_each(at, &store->chunks)
    {
        gyre__chunk_t *chunk = gyre__container(at, gyre__chunk_t, link);
        if (!in_chunk(chunk, addr, length))
            continue;
        *place = (gyre__mem_place_t){.nonce = store->nonce,
                                     .fd = store->fd,
                                     .chunk = (uint32_t)(chunk->start / UNIT),
                                     .size = (uint32_t)(chunk->size / UNIT),
                                     .offset = (uint64_t)((const char *)addr - chunk->addr)};
        return true;
    }
    return false;
}

void *gyre__store_at(const gyre__store_t *store, const gyre__mem_place_t *place)
{
    gyre__list_each(at, &store->chunks)
    {
        gyre__chunk_t *chunk = gyre__container(at, gyre__chunk_t, link);
        if (place->nonce == store->nonce && chunk->start == place->chunk * (uint64_t)UNIT &&
            chunk->size == place->size * (uint64_t)UNIT && place->offset < chunk->size)
            return chunk->addr + place->offset;
    }
    return NULL;
}
