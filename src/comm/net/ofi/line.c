/* SPDX-License-Identifier: Apache-2.0 */
/* Watches every peer, whatever it owes us: libfabric tells of a broken connection only through
 * operations that it holds, nothing to those who wait for a message, and rxm tries for ever to
 * connect to a process that has ended.
 *
 * The line to a peer is a descriptor that becomes readable when its process has ended: here its
 * pidfd; elsewhere a TCP connection to a socket that the peer listens on and never accepts from,
 * which its kernel resets in the end. Kernels answer for a process that computes or is stopped,
 * so it counts as alive; one whose kernel has fallen silent does not. A line that cannot be made
 * proves nothing and is tried again. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "comm/net/ofi/ofi.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 16, KEEP_IDLE_S = 10, KEEP_EVERY_S = 5, KEEP_COUNT = 4, SYN_COUNT = 4 };

/* Where address listens, its port replaced. */
static socklen_t place(const gyre__ofi_address_t *address, uint32_t port,
                       struct sockaddr_storage *to)
{
    socklen_t length = address->raw_length;
    if (length > sizeof(*to))
        return 0;
    memset(to, 0, sizeof(*to));
    memcpy(to, address->raw, length);
    if (to->ss_family == AF_INET && length >= sizeof(struct sockaddr_in))
        ((struct sockaddr_in *)to)->sin_port = htons((uint16_t)port);
    else if (to->ss_family == AF_INET6 && length >= sizeof(struct sockaddr_in6))
        ((struct sockaddr_in6 *)to)->sin6_port = htons((uint16_t)port);
    else
        return 0;
    return length;
}

static int open_socket(const struct sockaddr_storage *at)
{
    return socket(at->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Without it peers elsewhere will not notice this worker's death unless libfabric does. */
static bool listen_for_lines(gyre__ofi_t *net)
{
    struct sockaddr_storage at;
    socklen_t length = place(&net->address, 0, &at);
    if (length == 0)
        return false;
    net->line_fd = open_socket(&at);
    if (net->line_fd < 0 || bind(net->line_fd, (struct sockaddr *)&at, length) != 0 ||
        listen(net->line_fd, SOMAXCONN) != 0 ||
        getsockname(net->line_fd, (struct sockaddr *)&at, &length) != 0)
        return false;
    net->address.line_port = ntohs(at.ss_family == AF_INET
                                       ? ((struct sockaddr_in *)&at)->sin_port
                                       : ((struct sockaddr_in6 *)&at)->sin6_port);
    return true;
}

static bool speaks_ip(const gyre__ofi_t *net)
{
    uint32_t format = net->info->addr_format;
    return format == FI_SOCKADDR || format == FI_SOCKADDR_IN || format == FI_SOCKADDR_IN6;
}

gyre_status_t gyre__ofi_lines_open(gyre__ofi_t *net)
{
    net->watch_fd = epoll_create1(EPOLL_CLOEXEC);
    if (net->watch_fd < 0)
        return gyre__error_errno(errno, "making the descriptor to watch peers with");
    if (speaks_ip(net) && !listen_for_lines(net))
        gyre__log(GYRE__LOG_DEBUG, "libfabric: no socket to be watched by: %s", strerror(errno));
    return GYRE_OK;
}

void gyre__ofi_lines_close(gyre__ofi_t *net)
{
    if (net->watch_fd >= 0)
        close(net->watch_fd);
    if (net->line_fd >= 0)
        close(net->line_fd);
    net->watch_fd = net->line_fd = -1;
}

static bool is_near(const gyre__ofi_t *net, const gyre__net_peer_t *peer)
{
    return gyre__process_near(&peer->address.process, &net->address.process);
}

static void keep_alive(int fd)
{
    const int options[][3] = {{SOL_SOCKET, SO_KEEPALIVE, 1},
                              {IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S},
                              {IPPROTO_TCP, TCP_KEEPINTVL, KEEP_EVERY_S},
                              {IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT},
                              {IPPROTO_TCP, TCP_SYNCNT, SYN_COUNT}};
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        setsockopt(fd, options[i][0], options[i][1], &options[i][2], sizeof(options[i][2]));
}

/* -1 with errno ESRCH or ECONNREFUSED: the process has ended. */
static int call(const gyre__ofi_address_t *address)
{
    struct sockaddr_storage to;
    socklen_t length = place(address, address->line_port, &to);
    int fd = length > 0 ? open_socket(&to) : -1;
    if (fd < 0)
        return -1;
    keep_alive(fd);
    if (connect(fd, (struct sockaddr *)&to, length) == 0 || errno == EINPROGRESS)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static bool proves_end(int error)
{
    return error == ESRCH || error == ECONNREFUSED || error == EHOSTUNREACH;
}

/* Written to once it stands; a pidfd never can be. */
static bool watch(gyre__ofi_t *net, gyre__net_peer_t *peer, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = peer};
    if (epoll_ctl(net->watch_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        close(fd);
        return false;
    }
    peer->line.fd = fd;
    peer->line.stands = is_near(net, peer);
    return true;
}

static void again(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    peer->line.missing = true;
    peer->line.next = gyre__clock_ns() + GYRE__S;
    net->lines_missing++;
}

void gyre__ofi_line_open(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    if (!is_near(net, peer) && peer->address.line_port == 0)
        return;
    errno = 0;
    int fd = is_near(net, peer) ? gyre__process_open(&peer->address.process)
                                : call(&peer->address);
    if (fd < 0 && proves_end(errno))
        gyre__ofi_peer_fail(net, peer, "its process has ended");
    else if (fd < 0 || !watch(net, peer, fd))
        again(net, peer);
}

/* Taken out of the set first, for a child of a fork may keep the descriptor open. */
void gyre__ofi_line_close(gyre__ofi_t *net, gyre__net_peer_t *peer)
{
    if (peer->line.missing)
        net->lines_missing--;
    peer->line.missing = false;
    if (peer->line.fd < 0)
        return;
    epoll_ctl(net->watch_fd, EPOLL_CTL_DEL, peer->line.fd, NULL);
    close(peer->line.fd);
    peer->line.fd = -1;
}

static void heed(gyre__ofi_t *net, gyre__net_peer_t *peer, uint32_t events)
{
    int error = 0;
    socklen_t length = sizeof(error);
    if (!(events & ~(uint32_t)EPOLLOUT)) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
        epoll_ctl(net->watch_fd, EPOLL_CTL_MOD, peer->line.fd, &event);
        peer->line.stands = true;
        return;
    }
    if (!peer->line.stands)
        getsockopt(peer->line.fd, SOL_SOCKET, SO_ERROR, &error, &length);
    bool ended = peer->line.stands || error == 0 || proves_end(error);
    gyre__ofi_line_close(net, peer);
    if (ended)
        gyre__ofi_peer_fail(net, peer, "its process has ended");
    else
        again(net, peer);
}

static void try_missing(gyre__ofi_t *net)
{
    uint64_t now = gyre__clock_ns();
    gyre__list_each(link, &net->peers)
    {
        gyre__net_peer_t *peer = gyre__container(link, gyre__net_peer_t, link);
        if (!peer->line.missing || now < peer->line.next)
            continue;
        gyre__ofi_line_close(net, peer);
        gyre__ofi_line_open(net, peer);
    }
}

void gyre__ofi_lines_look(gyre__ofi_t *net)
{
    struct epoll_event events[BATCH];
    int count = epoll_wait(net->watch_fd, events, BATCH, 0);
    for (int i = 0; i < count; i++)
        heed(net, events[i].data.ptr, events[i].events);
    if (net->lines_missing > 0)
        try_missing(net);
}
