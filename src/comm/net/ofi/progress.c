/* SPDX-License-Identifier: Apache-2.0 */
/* Progress: completions first, then what was put off: works that libfabric refused for now,
 * receives to post again, peers found dead, peers to look after. */
#include "base/log.h"
#include "comm/net/ofi/ofi.h"

enum { BATCH = 16, ROUNDS = 8, DRAIN_EMPTY = 3, DRAIN_MOST = 256 };

static const char *error_text(gyre__ofi_t *net, const struct fi_cq_err_entry *entry, char *room,
                              size_t size)
{
    const char *text = fi_cq_strerror(net->cq, entry->prov_errno, entry->err_data, room, size);
    return text && *text ? text : gyre__ofi_lib.text(entry->err);
}

/* shm copies in the starting call and, when that fails, reports it without saying for what; it
 * completes copies in order, so it is the oldest. And it fails alike for a bad address and for a
 * dead peer. */
static gyre__ofi_work_t *work_of(gyre__ofi_t *net, const struct fi_cq_err_entry *entry)
{
    gyre__ofi_op_t *op = NULL;
    if (entry->op_context)
        return entry->op_context;
    if (net->shm)
        op = gyre__ofi_oldest_move(net);
    return op ? &op->work : NULL;
}

static gyre_status_t judge(gyre__ofi_t *net, gyre__ofi_work_t *work,
                           const struct fi_cq_err_entry *entry)
{
    char room[128];
    bool dead = gyre__ofi_is_peer_error(entry->err);
    if (!work->peer)
        return GYRE_ERR_CANCELED;
    if (net->shm)
        dead = gyre__process_near(&work->peer->address.process, &net->address.process) &&
               gyre__process_ended(&work->peer->address.process);
    const char *text = error_text(net, entry, room, sizeof(room));
    if (dead)
        gyre__ofi_peer_fail(net, work->peer, text);
    else
        gyre__log(GYRE__LOG_ERROR, "libfabric: an operation to worker %u failed: %s",
                  (unsigned)work->peer->worker, text);
    return dead ? GYRE_ERR_PEER_FAILED : GYRE_ERR_NET;
}

static void read_error(gyre__ofi_t *net)
{
    struct fi_cq_err_entry entry = {0};
    if (fi_cq_readerr(net->cq, &entry, 0) < 0)
        return;
    gyre__ofi_work_t *work = work_of(net, &entry);
    if (!work) {
        gyre__log(GYRE__LOG_DEBUG, "libfabric: %s, of nothing in particular",
                  gyre__ofi_lib.text(entry.err));
        return;
    }
    work->state = GYRE__OFI_IDLE;
    work->done(net, work, 0, judge(net, work, &entry));
}

static void complete(gyre__ofi_t *net, const struct fi_cq_msg_entry *entry)
{
    gyre__ofi_work_t *work = entry->op_context;
    if (!work)
        return;
    work->state = GYRE__OFI_IDLE;
    work->done(net, work, entry->len, GYRE_OK);
}

static unsigned read_queue(gyre__ofi_t *net)
{
    struct fi_cq_msg_entry entries[BATCH];
    unsigned events = 0;
    for (int round = 0; round < ROUNDS; round++) {
        ssize_t count = fi_cq_read(net->cq, entries, BATCH);
        for (ssize_t i = 0; i < count; i++)
            complete(net, &entries[i]);
        if (count == -FI_EAVAIL)
            read_error(net);
        else if (count < 0)
            break;
        events += count > 0 ? (unsigned)count : 1;
        if (count >= 0 && count < BATCH)
            break;
    }
    return events;
}

/* rxm crashes when it closes a connection while what came in over it is unread (1.17, without
 * shared receives), so all is read first; what comes between the two can still hit it. The
 * messages wait for the next progress, for only there the wire expects them. */
void gyre__ofi_drain(gyre__ofi_t *net)
{
    net->holding = true;
    for (int empty = 0, reads = 0; net->rxm && empty < DRAIN_EMPTY && reads < DRAIN_MOST; reads++)
        empty = read_queue(net) > 0 ? 0 : empty + 1;
    net->holding = false;
}

unsigned gyre__ofi_progress(gyre__net_t *base)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    bool slept = net->armed;
    gyre__ofi_wait_disarm(net);
    unsigned events = gyre__ofi_receives_held(net) + read_queue(net);
    if (events > 0)
        net->blind = 0;
    if (!gyre__list_empty(&net->stuck))
        events += gyre__ofi_retry(net);
    if (net->unposted > 0)
        gyre__ofi_receives_post(net);
    if (!gyre__list_empty(&net->peers) && gyre__process_look(&net->pace, slept))
        gyre__ofi_lines_look(net);
    if (!gyre__list_empty(&net->failing))
        events += gyre__ofi_peers_failing(net);
    return events;
}
