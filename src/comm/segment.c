/* SPDX-License-Identifier: Apache-2.0 */
/* The node segment. Pages are given by the kernel at first touch: a large area costs only
 * address space. The nonce keeps a recycled process id from passing for the leader. */
#include "comm/segment.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_SIZE 4096

struct gyre__segment_head {
    uint64_t nonce;
    uint64_t area_size;
    uint64_t directory_size;
    _Atomic uint32_t published;
};

static gyre_status_t map_segment(gyre__segment_t *segment)
{
    void *map = mmap(NULL, segment->size, PROT_READ | PROT_WRITE, MAP_SHARED, segment->fd, 0);
    if (map == MAP_FAILED)
        return gyre__error_errno(errno, "cannot map the node segment of %zu bytes", segment->size);
    segment->head = map;
    segment->area = (char *)map + HEAD_SIZE;
    return GYRE_OK;
}

gyre_status_t gyre__segment_create(gyre__segment_t *segment, size_t area_size,
                                   gyre__segment_name_t *name)
{
    *segment = (gyre__segment_t){.size = HEAD_SIZE + area_size, .area_size = area_size};
    segment->fd = memfd_create("gyre", MFD_CLOEXEC);
    if (segment->fd < 0)
        return gyre__error_errno(errno, "cannot make the node segment");
    if (ftruncate(segment->fd, (off_t)segment->size) != 0) {
        gyre_status_t status =
            gyre__error_errno(errno, "cannot size the node segment to %zu bytes", segment->size);
        gyre__segment_close(segment);
        return status;
    }
    gyre_status_t status = map_segment(segment);
    if (status == GYRE_OK && getrandom(&segment->head->nonce, sizeof(uint64_t), 0) < 0)
        status = gyre__error_errno(errno, "no random bytes");
    if (status != GYRE_OK) {
        gyre__segment_close(segment);
        return status;
    }
    segment->head->area_size = area_size;
    *name = (gyre__segment_name_t){getpid(), segment->fd, segment->head->nonce};
    return GYRE_OK;
}

gyre_status_t gyre__segment_attach(gyre__segment_t *segment, const gyre__segment_name_t *name)
{
    char path[64];
    struct stat info;
    *segment = (gyre__segment_t){.fd = -1};
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", name->pid, name->fd);
    segment->fd = open(path, O_RDWR | O_CLOEXEC);
    if (segment->fd < 0 || fstat(segment->fd, &info) != 0) {
        int errnum = errno;
        gyre__segment_close(segment);
        return gyre__error_errno(errnum,
                                 "cannot open the node segment %s of process %d: workers of one "
                                 "node must see each other's /proc and have one user",
                                 path, name->pid);
    }
    segment->size = HEAD_SIZE;
    gyre_status_t status = info.st_size < HEAD_SIZE
                               ? gyre__error(GYRE_ERR_BOOT, "%s is no node segment", path)
                               : map_segment(segment);
    if (status == GYRE_OK) {
        uint64_t nonce = segment->head->nonce, area_size = segment->head->area_size;
        munmap(segment->head, segment->size);
        segment->head = NULL;
        segment->area_size = area_size;
        segment->size = HEAD_SIZE + area_size;
        if (nonce != name->nonce || area_size > (uint64_t)info.st_size - HEAD_SIZE)
            status = gyre__error(GYRE_ERR_BOOT, "%s is the node segment of another job", path);
        else
            status = map_segment(segment);
    }
    if (status != GYRE_OK)
        gyre__segment_close(segment);
    return status;
}

/* Behind the area, on a page of its own. */
static off_t directory_offset(const gyre__segment_t *segment)
{
    return (off_t)((segment->size + HEAD_SIZE - 1) / HEAD_SIZE * HEAD_SIZE);
}

static gyre_status_t map_directory(gyre__segment_t *segment, size_t size)
{
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, segment->fd, directory_offset(segment));
    if (map == MAP_FAILED)
        return gyre__error_errno(errno, "cannot map the directory of %zu bytes", size);
    segment->directory = map;
    segment->directory_size = size;
    return GYRE_OK;
}

gyre_status_t gyre__segment_publish(gyre__segment_t *segment, const void *directory, size_t size)
{
    off_t at = directory_offset(segment);
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(segment->fd, (const char *)directory + done, size - done,
                           at + (off_t)done);
        if (n < 0 && errno != EINTR)
            return gyre__error_errno(errno, "cannot write the directory of %zu bytes", size);
        done += n > 0 ? (size_t)n : 0;
    }
    segment->head->directory_size = size;
    atomic_store_explicit(&segment->head->published, 1, memory_order_release);
    return map_directory(segment, size);
}

gyre_status_t gyre__segment_await(gyre__segment_t *segment, pid_t leader, uint64_t timeout_ns)
{
    uint64_t start = gyre__clock_ns();
    struct timespec nap = {0, 20 * (long)GYRE__US};
    while (!atomic_load_explicit(&segment->head->published, memory_order_acquire)) {
        if (kill(leader, 0) != 0 && errno == ESRCH)
            return gyre__error(GYRE_ERR_BOOT, "the node's first worker, process %d, is gone",
                               leader);
        if (gyre__clock_ns() - start > timeout_ns)
            return gyre__error(GYRE_ERR_TIMED_OUT,
                               "no directory from the node's first worker, process %d, within "
                               "GYRE_BOOT_TIMEOUT",
                               leader);
        nanosleep(&nap, NULL);
        if (nap.tv_nsec < (long)GYRE__MS)
            nap.tv_nsec *= 2;
    }
    return map_directory(segment, segment->head->directory_size);
}

void gyre__segment_close(gyre__segment_t *segment)
{
    if (segment->directory)
        munmap(segment->directory, segment->directory_size);
    if (segment->head)
        munmap(segment->head, segment->size);
    if (segment->fd >= 0)
        close(segment->fd);
    *segment = (gyre__segment_t){.fd = -1};
}
