/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the peers of this machine by pidfd. UCX looks after them itself, but seldom, for it reads
 * /proc, and sees nothing until a dead one's parent has reaped it. And UCX ends what it holds only
 * after the lanes to the dead are closed; but one of shared memory waits for room in a queue that
 * nobody reads any more. So all that is pending is ended here. */
#include "comm/net/ucx/ucx.h"

#include "base/error.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 16, DRAIN_MOST = 256 };

static bool add(const gyre__ucx_t *ucx, int fd, gyre__net_peer_t *peer)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    return epoll_ctl(ucx->poll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

gyre_status_t gyre__ucx_watch_open(gyre__ucx_t *ucx)
{
    int fd;
    ucs_status_t status = ucp_worker_get_efd(ucx->worker, &fd);
    if (status != UCS_OK)
        return gyre__ucx_error(status, "no descriptor to wait on");
    gyre__process_self(&ucx->self);
    ucx->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (ucx->poll_fd < 0 || !add(ucx, fd, NULL))
        return gyre__error_errno(errno, "making the descriptor to wait on");
    return GYRE_OK;
}

void gyre__ucx_watch_close(gyre__ucx_t *ucx)
{
    if (ucx->poll_fd >= 0)
        close(ucx->poll_fd);
}

/* One that cannot be watched is left to UCX. */
void gyre__ucx_watch(gyre__net_peer_t *peer)
{
    gyre__ucx_t *ucx = peer->ucx;
    peer->pidfd = -1;
    if (!gyre__process_near(&peer->process, &ucx->self))
        return;
    errno = 0;
    peer->pidfd = gyre__process_open(&peer->process);
    if (peer->pidfd < 0 && errno == ESRCH)
        gyre__ucx_peer_fail(peer);
    else if (peer->pidfd >= 0 && !add(ucx, peer->pidfd, peer))
        gyre__ucx_unwatch(peer);
}

/* Taken out of the set first, for a child of a fork may keep the descriptor open. */
void gyre__ucx_unwatch(gyre__net_peer_t *peer)
{
    if (peer->pidfd < 0)
        return;
    epoll_ctl(peer->ucx->poll_fd, EPOLL_CTL_DEL, peer->pidfd, NULL);
    close(peer->pidfd);
    peer->pidfd = -1;
}

/* What the dead have sent has arrived by now, and comes first. */
static void drain(const gyre__ucx_t *ucx)
{
    for (int i = 0; i < DRAIN_MOST && ucp_worker_progress(ucx->worker) > 0; i++)
        ;
}

void gyre__ucx_look(gyre__ucx_t *ucx)
{
    struct epoll_event events[BATCH];
    int count = epoll_wait(ucx->poll_fd, events, BATCH, 0);
    for (int i = 0; i < count; i++) {
        gyre__net_peer_t *peer = events[i].data.ptr;
        if (!peer)
            continue;
        drain(ucx);
        gyre__ucx_unwatch(peer);
        gyre__ucx_peer_fail(peer);
        gyre__ucx_fail_all(peer);
    }
}

ucs_status_t gyre__ucx_judge(const gyre__net_peer_t *peer, ucs_status_t status)
{
    if (!UCS_STATUS_IS_ERR(status) || status == UCS_ERR_NO_RESOURCE)
        return status;
    bool ended = gyre__process_near(&peer->process, &peer->ucx->self) &&
                 gyre__process_ended(&peer->process);
    return peer->broken || ended ? UCS_ERR_CONNECTION_RESET : status;
}
