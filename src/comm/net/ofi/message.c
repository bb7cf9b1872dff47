/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: a head, what its kind needs, the wire's header, the data, in one piece.
 *
 * What fits in one is copied and sent at once; the wire's op is done then and there. While more
 * than BACKLOG messages wait for a peer, the next ones keep the caller's data instead of a copy
 * and are done when they have left, which bounds what a slow peer can cost. */
#include "base/error.h"
#include "base/log.h"
#include "comm/net/ofi/ofi.h"

#include <string.h>

enum { BACKLOG = 64 };

typedef struct reply {
    uint64_t id, value;
    int64_t status;
} reply_t;

static inline size_t fill(unsigned char *to, const gyre__ofi_head_t *head, const void *header,
                          const void *data, size_t length)
{
    memcpy(to, head, sizeof(*head));
    if (head->header_length > 0)
        memcpy(to + sizeof(*head), header, head->header_length);
    if (length > 0)
        memcpy(to + sizeof(*head) + head->header_length, data, length);
    return sizeof(*head) + head->header_length + length;
}

static gyre_status_t no_buffer(void)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a send buffer");
}

static gyre_status_t start_buffer(gyre__ofi_t *net, gyre__ofi_buffer_t *buffer)
{
    gyre_status_t status = gyre__ofi_start(net, &buffer->work);
    if (status != GYRE_OK)
        gyre__ofi_buffer_put(net, buffer);
    return status;
}

/* Now that the message may leave, a buffer for all of it takes the place of the headers'. */
static ssize_t post_late(gyre__ofi_t *net, gyre__ofi_work_t *work)
{
    gyre__ofi_op_t *op = gyre__container(work, gyre__ofi_op_t, work);
    gyre__ofi_buffer_t *buffer = op->copy;
    const gyre__ofi_head_t *head = (const gyre__ofi_head_t *)buffer->data;
    if (op->at) {
        buffer = gyre__ofi_buffer_get(net, work->peer, op->copy->length + op->left);
        if (!buffer)
            return -FI_EAGAIN;
        fill(buffer->data, head, head + 1, op->at, op->left);
        gyre__ofi_buffer_put(net, op->copy);
        op->copy = buffer;
        op->at = NULL;
    }
    return fi_send(net->ep, buffer->data, buffer->length, buffer->desc, work->peer->addr,
                   &work->context);
}

static void sent_late(gyre__ofi_t *net, gyre__ofi_work_t *work, size_t length, gyre_status_t status)
{
    gyre__ofi_op_t *op = gyre__container(work, gyre__ofi_op_t, work);
    if (op->orphan)
        gyre__ofi_op_free(net, op);
    else
        gyre__ofi_op_end(net, op, status);
}

static gyre_status_t send_late(gyre__ofi_t *net, gyre__net_peer_t *peer,
                               const gyre__ofi_head_t *head, const void *header, const void *data,
                               size_t length, gyre__net_op_t *user)
{
    gyre__ofi_op_t *op = gyre__ofi_op_new(net, peer, user);
    if (!op)
        return no_buffer();
    op->copy = gyre__ofi_buffer_get(net, peer, sizeof(*head) + head->header_length);
    if (!op->copy) {
        gyre__ofi_op_free(net, op);
        return no_buffer();
    }
    peer->copies++;
    fill(op->copy->data, head, header, NULL, 0);
    op->at = (unsigned char *)(uintptr_t)(length > 0 ? data : NULL);
    op->left = length;
    op->work.post = post_late;
    op->work.done = sent_late;
    gyre_status_t status = gyre__ofi_start(net, &op->work);
    if (status == GYRE_OK)
        return GYRE_IN_PROGRESS;
    gyre__ofi_op_free(net, op);
    return status;
}

static gyre_status_t send_copy(gyre__ofi_t *net, gyre__net_peer_t *peer,
                               const gyre__ofi_head_t *head, const void *header, const void *data,
                               size_t length)
{
    gyre__ofi_buffer_t *buffer =
        gyre__ofi_buffer_get(net, peer, sizeof(*head) + head->header_length + length);
    if (!buffer)
        return no_buffer();
    fill(buffer->data, head, header, data, length);
    return start_buffer(net, buffer);
}

gyre_status_t gyre__ofi_send(gyre__net_t *base, gyre__net_peer_t *peer, const void *header,
                             size_t header_length, const void *data, size_t length,
                             gyre__net_op_t *op)
{
    gyre__ofi_t *net = gyre__ofi_of(base);
    gyre__ofi_head_t head = {.kind = GYRE__OFI_DATA, .header_length = (uint16_t)header_length};
    size_t total = sizeof(head) + header_length + length;
    if (peer->failed)
        return gyre__ofi_peer_usable(peer);
    if (header_length > GYRE__NET_HEADER_MAX)
        return gyre__error(GYRE_ERR_ARG, "a header of %zu bytes, at most %d", header_length,
                           GYRE__NET_HEADER_MAX);
    if (length > net->eager || total > net->eager)
        return gyre__ofi_offer(net, peer, header, header_length, data, length, op);
    peer->dirty = true;
    if (total <= net->inject && peer->queued == 0) {
        unsigned char bytes[GYRE__OFI_SMALL];
        fill(bytes, &head, header, data, length);
        if (fi_inject(net->ep, bytes, total, peer->addr) == 0)
            return GYRE_OK;
    }
    if (peer->queued >= BACKLOG)
        return send_late(net, peer, &head, header, data, length, op);
    return send_copy(net, peer, &head, header, data, length);
}

gyre_status_t gyre__ofi_note(gyre__ofi_t *net, gyre__net_peer_t *peer, const gyre__ofi_note_t *note)
{
    size_t signature = note->sign ? gyre__ofi_address_length(&net->address) : 0;
    size_t padding = -(note->body_length + signature) & 7;
    gyre__ofi_head_t head = {
        .kind = note->kind,
        .header_length = (uint16_t)note->header_length,
        .body_length = (uint16_t)(note->body_length + signature + padding),
        .padding = (uint16_t)padding,
    };
    gyre__ofi_buffer_t *buffer =
        gyre__ofi_buffer_get(net, peer, sizeof(head) + head.body_length + note->header_length);
    if (!buffer)
        return no_buffer();
    unsigned char *to = buffer->data;
    memcpy(to, &head, sizeof(head));
    memcpy(to += sizeof(head), note->body, note->body_length);
    memcpy(to += note->body_length, &net->address, signature);
    memset(to += signature, 0, padding);
    if (note->header_length > 0)
        memcpy(to + padding, note->header, note->header_length);
    peer->dirty = true;
    return start_buffer(net, buffer);
}

gyre_status_t gyre__ofi_reply(gyre__ofi_t *net, gyre__net_peer_t *peer, uint64_t id,
                              gyre_status_t status, uint64_t value)
{
    reply_t reply = {id, value, status};
    gyre__ofi_note_t note = {.kind = GYRE__OFI_REPLY, .body = &reply, .body_length = sizeof(reply)};
    if (peer->failed || peer->gone)
        return gyre__ofi_peer_usable(peer);
    gyre_status_t sent = gyre__ofi_note(net, peer, &note);
    if (sent != GYRE_OK) /* it would wait for ever */
        gyre__ofi_peer_fail(net, peer, gyre_last_error());
    return sent;
}

static void replied(gyre__ofi_t *net, const unsigned char *body, size_t length)
{
    reply_t reply;
    if (length != sizeof(reply))
        return;
    memcpy(&reply, body, sizeof(reply));
    gyre__ofi_op_t *op = gyre__map_get(&net->waits, reply.id);
    if (!op)
        return; /* canceled meanwhile */
    if (op->result && reply.status == GYRE_OK)
        *op->result = reply.value;
    gyre__ofi_op_end(net, op, reply.status <= 0 ? (gyre_status_t)reply.status : GYRE_ERR_NET);
}

static void arrived_data(gyre__ofi_t *net, const unsigned char *header, size_t header_length,
                         size_t length)
{
    gyre__net_message_t message = {header, header_length, header + header_length, length, NULL};
    net->params.received(net->params.arg, &message);
}

void gyre__ofi_arrived(gyre__ofi_t *net, const unsigned char *bytes, size_t length)
{
    gyre__ofi_head_t head;
    memcpy(&head, bytes, sizeof(head));
    size_t headers = sizeof(head) + head.body_length + head.header_length;
    if (length < headers || head.padding > head.body_length) {
        gyre__log(GYRE__LOG_WARN, "a malformed message of %zu bytes was dropped", length);
        return;
    }
    const unsigned char *body = bytes + sizeof(head), *header = body + head.body_length;
    size_t body_length = (size_t)head.body_length - head.padding;
    if (head.kind == GYRE__OFI_DATA)
        arrived_data(net, header, head.header_length, length - headers);
    else if (head.kind == GYRE__OFI_REPLY)
        replied(net, body, body_length);
    else if (head.kind == GYRE__OFI_OFFER)
        gyre__ofi_offered(net, body, body_length, header, head.header_length);
    else if (head.kind == GYRE__OFI_ATOMIC)
        gyre__ofi_atomic_asked(net, body, body_length);
    else if (head.kind == GYRE__OFI_FLUSH)
        gyre__ofi_flush_asked(net, body, body_length);
}
