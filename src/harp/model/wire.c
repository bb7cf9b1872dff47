/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the model itself. The collectives' tags are below -2^16, the wire's own few just
 * below -1; these lie between. */
#include "harp/model/wire.h"

#include "base/error.h"
#include "comm/failure.h"
#include "comm/message.h"
#include "comm/wait.h"

enum { TAG = -(1 << 16) };

static gyre_status_t start(gyre_comm_t *comm, gyre__request_kind_t kind, void *data, size_t length,
                           int peer, int stream, gyre_request_t **req)
{
    gyre_request_t *fresh;
    gyre_status_t status = gyre__comm_check_rank(comm, peer);
    if (status == GYRE_OK)
        status = gyre__harp_trouble(comm);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__request_new(comm->ctx, comm, kind, req, &fresh);
    if (status == GYRE_OK) {
        uint32_t worker = gyre__comm_world(comm, peer);
        status = kind == GYRE__REQUEST_SEND
                     ? gyre__message_send(fresh, data, length, worker, TAG + stream)
                     : gyre__message_recv(fresh, data, length, worker, TAG + stream);
        gyre__request_give(fresh, status, req);
    }
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre__harp_isend(gyre_comm_t *comm, const void *data, size_t length, int dest,
                               int stream, gyre_request_t **req)
{
    return start(comm, GYRE__REQUEST_SEND, (void *)(uintptr_t)data, length, dest, stream, req);
}

gyre_status_t gyre__harp_irecv(gyre_comm_t *comm, void *data, size_t length, int source, int stream,
                               gyre_request_t **req)
{
    return start(comm, GYRE__REQUEST_RECV, data, length, source, stream, req);
}

gyre_status_t gyre__harp_trouble(gyre_comm_t *comm)
{
    gyre_status_t status = gyre__comm_trouble(comm);
    if (status == GYRE_OK)
        return status;
    return gyre__error(status, status == GYRE_ERR_REVOKED ? "the communicator has been revoked"
                                                          : "a member has failed");
}

typedef struct outcome {
    gyre_comm_t *comm;
    gyre_request_t *req;
} outcome_t;

static bool is_settled(void *arg)
{
    const outcome_t *outcome = arg;
    return outcome->req->state == GYRE__REQUEST_DONE || gyre__comm_trouble(outcome->comm);
}

gyre_status_t gyre__harp_wait(gyre_comm_t *comm, gyre_request_t **req)
{
    outcome_t outcome = {comm, *req};
    gyre__enter(comm->ctx);
    gyre_status_t status = gyre__wait(comm->ctx, is_settled, &outcome);
    bool done = (*req)->state == GYRE__REQUEST_DONE;
    gyre__leave(comm->ctx);
    if (status != GYRE_OK)
        return status;
    if (!done)
        (void)gyre_cancel(*req);
    status = gyre_wait(req, NULL);
    return status == GYRE_ERR_CANCELED && !done ? gyre__harp_trouble(comm) : status;
}

gyre_status_t gyre__harp_wait_all(gyre_comm_t *comm, gyre_status_t status, gyre_request_t **reqs,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!reqs[i])
            continue;
        if (status != GYRE_OK)
            (void)gyre_cancel(reqs[i]);
        gyre_status_t ended = gyre__harp_wait(comm, &reqs[i]);
        status = status == GYRE_OK ? ended : status;
    }
    return status;
}
