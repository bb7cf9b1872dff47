/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting on a file descriptor: an epoll of the queue's descriptor, of the lines to peers, and of a
 * timer, because some of what progress does is not announced: queued works are tried again, and
 * lines that could not be made. Where the queue has no descriptor (libfabric's shm) the timer
 * alone must do, in steps that grow while nothing happens. */
#include "base/clock.h"
#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define RETRY         (2 * GYRE__MS)
#define LINES         (1 * GYRE__S)
#define BLIND_FIRST   (50 * GYRE__US)
#define BLIND_LONGEST (16 * GYRE__MS)

static int watch(int poll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

gyre_status_t gyre__ofi_wait_open(gyre__ofi_t *net)
{
    net->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    net->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (net->poll_fd < 0 || net->timer_fd < 0 || watch(net->poll_fd, net->timer_fd) != 0 ||
        watch(net->poll_fd, net->watch_fd) != 0 ||
        (net->cq_fd >= 0 && watch(net->poll_fd, net->cq_fd) != 0))
        return gyre__error_errno(errno, "making the descriptor to wait on");
    return GYRE_OK;
}

void gyre__ofi_wait_close(gyre__ofi_t *net)
{
    if (net->poll_fd >= 0)
        close(net->poll_fd);
    if (net->timer_fd >= 0)
        close(net->timer_fd);
    net->poll_fd = net->timer_fd = -1;
}

static void set_timer(gyre__ofi_t *net, uint64_t ns)
{
    struct itimerspec when = {.it_value = {(time_t)(ns / GYRE__S), (long)(ns % GYRE__S)}};
    timerfd_settime(net->timer_fd, 0, &when, NULL);
}

void gyre__ofi_wait_disarm(gyre__ofi_t *net)
{
    if (net->timed)
        set_timer(net, 0);
    net->armed = net->timed = false;
}

static gyre_status_t arm_queue(gyre__ofi_t *net)
{
    struct fid *fids[1] = {&net->cq->fid};
    int rc = net->cq_fd < 0 ? 0 : fi_trywait(net->fabric, fids, 1);
    if (rc == 0)
        return GYRE_OK;
    if (rc == -FI_EAGAIN)
        return GYRE_IN_PROGRESS;
    return gyre__error(GYRE_ERR_NET, "arming %s: %s", net->address.provider,
                       gyre__ofi_lib.text(-rc));
}

/* 0: the queue's descriptor tells all. */
static uint64_t longest_sleep(gyre__ofi_t *net)
{
    if (net->cq_fd < 0) {
        net->blind = net->blind ? net->blind * 2 : BLIND_FIRST;
        net->blind = net->blind < BLIND_LONGEST ? net->blind : BLIND_LONGEST;
        return net->blind;
    }
    if (!gyre__list_empty(&net->stuck) || net->unposted > 0)
        return RETRY;
    return net->lines_missing > 0 ? LINES : 0;
}

gyre_status_t gyre__ofi_arm(gyre__net_t *base, int *fd)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    if (!gyre__list_empty(&net->failing) || !gyre__list_empty(&net->held))
        return GYRE_IN_PROGRESS;
    gyre_status_t status = arm_queue(net);
    if (status != GYRE_OK)
        return status;
    uint64_t sleep = longest_sleep(net);
    if (sleep > 0)
        set_timer(net, sleep);
    net->timed = sleep > 0;
    net->armed = true;
    *fd = net->poll_fd;
    return GYRE_OK;
}
