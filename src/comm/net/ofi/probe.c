/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out whether a peer that keeps us waiting is still there.
 *
 * libfabric tells of a broken connection only through operations that it holds. It says nothing
 * while we wait for an answer, and rxm tries for ever to connect to a process that has ended. So
 * a peer that has made nothing move for a second is looked at: on this machine by its process id,
 * elsewhere by connecting to the TCP port that it listens on (refused: gone; silence for half a
 * minute: unreachable). The kernel answers for a process that computes or is stopped, so that one
 * is alive. Peers elsewhere that do not listen on TCP (verbs) are left to whoever watches nodes. */
#include "base/clock.h"
#include "comm/net/ofi/ofi.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST   (GYRE__S)      /* without a sign of life before the first probe */
#define LONGEST (30 * GYRE__S) /* between two probes; and until one counts as unanswered */

static void end_attempt(gyre__net_peer_t *peer)
{
    if (peer->probe.fd >= 0)
        close(peer->probe.fd);
    peer->probe.fd = -1;
}

static void judge(gyre__ofi_t *net, gyre__net_peer_t *peer, int error)
{
    end_attempt(peer);
    if (error == ECONNREFUSED || error == EHOSTUNREACH || error == ETIMEDOUT)
        gyre__ofi_peer_fail(net, peer, strerror(error));
}

static void connect_to(gyre__ofi_t *net, gyre__net_peer_t *peer, uint64_t now)
{
    struct sockaddr_storage to = {0};
    if (peer->address.raw_length > sizeof(to))
        return;
    memcpy(&to, peer->address.raw, peer->address.raw_length);
    peer->probe.fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (peer->probe.fd < 0)
        return;
    peer->probe.deadline = now + LONGEST;
    if (connect(peer->probe.fd, (struct sockaddr *)&to, peer->address.raw_length) == 0)
        judge(net, peer, 0);
    else if (errno != EINPROGRESS)
        judge(net, peer, errno);
}

static void check_attempt(gyre__ofi_t *net, gyre__net_peer_t *peer, uint64_t now)
{
    struct pollfd poller = {.fd = peer->probe.fd, .events = POLLOUT};
    int error = 0;
    socklen_t length = sizeof(error);
    if (poll(&poller, 1, 0) == 1) {
        getsockopt(peer->probe.fd, SOL_SOCKET, SO_ERROR, &error, &length);
        judge(net, peer, error);
    } else if (now >= peer->probe.deadline) {
        judge(net, peer, ETIMEDOUT);
    }
}

static void ask(gyre__ofi_t *net, gyre__net_peer_t *peer, uint64_t now)
{
    if (gyre__ofi_process_ended(net, &peer->address))
        gyre__ofi_peer_fail(net, peer, "its process has ended");
    else if (net->sockets && (peer->address.host == 0 || peer->address.host != net->address.host))
        connect_to(net, peer, now);
}

static void look_at(gyre__ofi_t *net, gyre__net_peer_t *peer, uint64_t now)
{
    bool waiting =
        peer->queued > 0 || !gyre__list_empty(&peer->ops) || !gyre__list_empty(&peer->flushes);
    if (!waiting || peer->moved != peer->probe.moved || peer->probe.next == 0) {
        end_attempt(peer);
        peer->probe.moved = peer->moved;
        peer->probe.wait = FIRST;
        peer->probe.next = waiting ? now + FIRST : 0;
    } else if (peer->probe.fd >= 0) {
        check_attempt(net, peer, now);
    } else if (now >= peer->probe.next) {
        peer->probe.wait = peer->probe.wait * 2 < LONGEST ? peer->probe.wait * 2 : LONGEST;
        peer->probe.next = now + peer->probe.wait;
        ask(net, peer, now);
    }
}

void gyre__ofi_probe(gyre__ofi_t *net)
{
    uint64_t now = gyre__clock_ns();
    gyre__list_each(link, &net->peers)
    {
        gyre__net_peer_t *peer = gyre__container(link, gyre__net_peer_t, link);
        if (!peer->failed)
            look_at(net, peer, now);
    }
}
