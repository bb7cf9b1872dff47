/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeping and waking. A worker's doorbell is a pipe of its own; its peers open the same pipe
 * through /proc and write a byte when they have published something and see it asleep.
 *
 * Invariant: a sender publishes and then reads the flag; a sleeper sets the flag, makes every
 * process of the segment pass a memory barrier (membarrier), and then looks at its rings: one of
 * the two sees the other, and the sender needs no fence. Where the kernel has no membarrier, both
 * sides fence. */
#include "config.h"

#include "comm/net/shm/shm.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIPE UINT32_MAX /* epoll's name for the pipe; others are local ranks */

static int membarrier(int command)
{
    return (int)syscall(SYS_membarrier, command, 0, 0);
}

static bool watch(const gyre__shm_t *shm, int fd, uint32_t name)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    return epoll_ctl(shm->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

gyre_status_t gyre__shm_bell_open(gyre__shm_t *shm)
{
    struct stat pipe;
    shm->pipe[0] = shm->pipe[1] = shm->epoll = -1;
    if (pipe2(shm->pipe, O_NONBLOCK | O_CLOEXEC))
        return gyre__error_errno(errno, "pipe for the node segment");
    shm->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (shm->epoll < 0 || !watch(shm, shm->pipe[0], PIPE) || fstat(shm->pipe[1], &pipe))
        return gyre__error_errno(errno, "epoll for the node segment");
    shm->fence = membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) != 0;
    shm->self->pid = getpid();
    shm->self->bell = shm->pipe[1];
    shm->self->bell_inode = pipe.st_ino;
    return GYRE_OK;
}

void gyre__shm_bell_close(gyre__shm_t *shm)
{
    const int fds[] = {shm->pipe[0], shm->pipe[1], shm->epoll};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Opened for reading too: writing to a pipe whose reader died would raise SIGPIPE. */
static int open_bell(const gyre__shm_worker_t *worker)
{
    char path[64];
    struct stat pipe;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", worker->pid, worker->bell);
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (!fstat(fd, &pipe) && S_ISFIFO(pipe.st_mode) && pipe.st_ino == worker->bell_inode)
        return fd;
    close(fd);
    errno = ESRCH;
    return -1;
}

gyre_status_t gyre__shm_meet(gyre__shm_peer_t *peer)
{
    gyre__shm_t *shm = peer->shm;
    if (peer->bell >= 0)
        return GYRE_OK;
    int pidfd = (int)syscall(SYS_pidfd_open, peer->worker->pid, 0);
    bool gone = pidfd < 0 && errno == ESRCH;
    if (pidfd < 0 && !gone)
        gyre__log(GYRE__LOG_DEBUG, "shm: no pidfd (%s): a dead worker %u will not be noticed here",
                  strerror(errno), peer->index);
    if (!gone && (peer->bell = open_bell(peer->worker)) < 0)
        gone = errno == ENOENT || errno == ESRCH;
    if (gone || peer->bell < 0) {
        int errnum = errno;
        if (pidfd >= 0)
            close(pidfd);
        if (!gone)
            return gyre__error(GYRE_ERR_UNREACHABLE,
                               "worker %u of this node cannot be woken: its pipe in process %d "
                               "cannot be opened (%s); expected the same user and dumpable "
                               "processes, or GYRE_SHM=no",
                               peer->index, peer->worker->pid, strerror(errnum));
        gyre__shm_gone(peer);
        return GYRE_OK;
    }
    if (pidfd >= 0 && watch(shm, pidfd, peer->index))
        peer->pidfd = pidfd;
    else if (pidfd >= 0)
        close(pidfd);
    return GYRE_OK;
}

void gyre__shm_wake(gyre__shm_peer_t *peer)
{
    if (!__atomic_exchange_n(&peer->worker->asleep, 0, __ATOMIC_SEQ_CST))
        return;
    if (peer->bell < 0 && gyre__shm_meet(peer))
        gyre__shm_corrupt(peer, "cannot be woken");
    if (peer->bell < 0)
        return;
    while (write(peer->bell, "", 1) < 0 && errno == EINTR)
        ;
}

void gyre__shm_signal(gyre__net_t *net, uint32_t local_rank)
{
    gyre__shm_t *shm = (gyre__shm_t *)net;
    gyre__shm_peer_t *peer = shm->peers[local_rank];
    if (peer)
        gyre__shm_nudge(shm, peer);
}

/* Whether space has come back for what waits. */
static bool space(const gyre__shm_t *shm)
{
    gyre__list_each(at, &shm->busy)
    {
        const gyre__ring_tx_t *tx = &gyre__container(at, gyre__shm_peer_t, busy)->tx;
        if (__atomic_load_n(&tx->ring->head, __ATOMIC_ACQUIRE) + tx->count != tx->limit)
            return true;
    }
    return false;
}

static bool ready(const gyre__shm_t *shm)
{
    char *record;
    if (__atomic_load_n(shm->called, __ATOMIC_ACQUIRE) || !gyre__list_empty(&shm->dying) ||
        !gyre__list_empty(&shm->cma) || space(shm))
        return true;
    for (uint32_t i = 0; i < shm->active_count; i++) {
        gyre__shm_peer_t *peer = shm->active[i];
        if (gyre__ring_peek(&peer->rx, &record) ||
            (peer->incomplete &&
             __atomic_load_n(&peer->rx.ring->cut, __ATOMIC_ACQUIRE) != peer->cut))
            return true;
    }
    return gyre__shm_news(shm);
}

static void drain(const gyre__shm_t *shm)
{
    char bytes[64];
    while (read(shm->pipe[0], bytes, sizeof(bytes)) > 0)
        ;
}

void gyre__shm_disarm(gyre__shm_t *shm)
{
    shm->armed = false;
    shm->beat = UINT32_MAX;
    if (!__atomic_exchange_n(&shm->self->asleep, 0, __ATOMIC_SEQ_CST))
        drain(shm);
}

gyre_status_t gyre__shm_arm(gyre__net_t *net, int *fd)
{
    gyre__shm_t *shm = (gyre__shm_t *)net;
    *fd = shm->epoll;
    if (shm->armed)
        gyre__shm_disarm(shm);
    gyre__shm_look_around(shm);
    gyre__list_each(at, &shm->busy) __atomic_store_n(
        &gyre__container(at, gyre__shm_peer_t, busy)->tx.ring->waiting, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&shm->self->asleep, 1, __ATOMIC_SEQ_CST);
    if (shm->fence)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    else
        membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED);
    shm->armed = true;
    if (!ready(shm))
        return GYRE_OK;
    gyre__shm_disarm(shm);
    return GYRE_IN_PROGRESS;
}
