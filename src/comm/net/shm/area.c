/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of the node segment. The rings of one receiver lie side by side, each a few lines
 * further within its page than the one before, so that equal positions in many rings do not
 * compete for the same cache set. */
#include "config.h"

#include "comm/net/shm/area.h"

#include "base/error.h"
#include "comm/conf.h"
#include "comm/net/net.h"

#include <errno.h>
#include <sys/stat.h>

#define FORMAT 1
#define PAGE   ((size_t)4096)

static size_t pages(size_t bytes)
{
    return (bytes + PAGE - 1) & ~(PAGE - 1);
}

void gyre__shm_area_init(gyre__shm_area_t *area, void *base, uint32_t workers)
{
    size_t words = (workers + 63) / 64;
    *area = (gyre__shm_area_t){
        .base = base,
        .workers = workers,
        .words = words,
        .block = pages(sizeof(gyre__shm_worker_t) + 2 * words * sizeof(uint64_t)),
        .ring = gyre__comm_conf.shm_ring,
    };
}

static size_t rings_offset(const gyre__shm_area_t *area)
{
    return pages(sizeof(gyre__shm_head_t)) + area->workers * area->block;
}

size_t gyre__shm_area_size(uint32_t local_workers)
{
    gyre__shm_area_t area;
    gyre__shm_area_init(&area, NULL, local_workers);
    size_t pairs = (size_t)local_workers * local_workers;
    return pages(rings_offset(&area) + pairs * (sizeof(gyre__ring_t) + area.ring));
}

gyre__shm_worker_t *gyre__shm_area_worker(const gyre__shm_area_t *area, uint32_t worker)
{
    return (gyre__shm_worker_t *)(area->base + pages(sizeof(gyre__shm_head_t)) +
                                  worker * area->block);
}

gyre__ring_t *gyre__shm_area_ring(const gyre__shm_area_t *area, uint32_t from, uint32_t to)
{
    size_t index = (size_t)to * area->workers + from;
    return (gyre__ring_t *)(area->base + rings_offset(area) +
                            index * (sizeof(gyre__ring_t) + area->ring));
}

void gyre__shm_area_contact(const gyre__shm_area_t *area, uint32_t from, uint32_t to)
{
    gyre__shm_worker_t *worker = gyre__shm_area_worker(area, to);
    size_t word = from / 64;
    __atomic_fetch_or(&worker->bits[word], UINT64_C(1) << from % 64, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&worker->called, UINT64_C(1) << word % 64, __ATOMIC_SEQ_CST);
}

void gyre__shm_area_watch(const gyre__shm_area_t *area, uint32_t from, uint32_t to)
{
    gyre__shm_worker_t *worker = gyre__shm_area_worker(area, to);
    __atomic_fetch_or(&worker->bits[area->words + from / 64], UINT64_C(1) << from % 64,
                      __ATOMIC_SEQ_CST);
}

/* The first worker writes, the others compare. */
static bool agree(uint64_t *shared, uint64_t mine)
{
    uint64_t theirs = 0;
    return __atomic_compare_exchange_n(shared, &theirs, mine, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST) ||
           theirs == mine;
}

static gyre_status_t check_conf(void)
{
    size_t ring = gyre__comm_conf.shm_ring;
    if (ring < (16 << 10) || ring > (64 << 20) || (ring & (ring - 1)))
        return gyre__error(GYRE_ERR_RANGE,
                           "GYRE_SHM_RING is %zu bytes; expected a power of two from 16k to 64m",
                           ring);
    if (gyre__comm_conf.shm_eager > ring / 2)
        return gyre__error(GYRE_ERR_RANGE,
                           "GYRE_SHM_EAGER is %zu bytes; expected at most half of GYRE_SHM_RING, "
                           "%zu bytes",
                           gyre__comm_conf.shm_eager, ring / 2);
    return GYRE_OK;
}

gyre_status_t gyre__shm_area_join(const gyre__shm_area_t *area, size_t size)
{
    gyre__shm_head_t *head = (gyre__shm_head_t *)area->base;
    gyre_status_t status = check_conf();
    if (status)
        return status;
    size_t expected = gyre__shm_area_size(area->workers);
    if (!area->base || (uintptr_t)area->base % GYRE__RING_APART || size != expected)
        return gyre__error(GYRE_ERR_ARG,
                           "the node segment has %zu bytes; expected %zu for %u workers (does "
                           "GYRE_SHM_RING differ between workers?)",
                           size, expected, area->workers);
    if (!agree(&head->layout, (uint64_t)FORMAT << 56 | (uint64_t)area->workers << 32 | area->ring))
        return gyre__error(GYRE_ERR_STATE, "another worker of this node laid the segment out "
                                           "differently; expected the same GYRE_SHM_RING and the "
                                           "same Gyre in all");
    struct stat space;
    if (stat("/proc/self/ns/pid", &space))
        return gyre__error_errno(errno, "/proc/self/ns/pid");
    if (!agree(&head->pid_namespace, space.st_ino))
        return gyre__error(GYRE_ERR_NOT_SUPPORTED,
                           "workers of this node are in different pid namespaces; set GYRE_SHM=no");
    return GYRE_OK;
}
