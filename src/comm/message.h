/* SPDX-License-Identifier: Apache-2.0 */
/* Starting sends and receives inside the context; delivering what arrives. */
#ifndef GYRE_COMM_MESSAGE_H
#define GYRE_COMM_MESSAGE_H

#include "comm/comm.h"

/* The request has been through gyre__request_init; the arguments have been checked. */
gyre_status_t gyre__message_send(gyre_request_t *req, const void *buf, size_t length,
                                 uint32_t dest, int tag);
gyre_status_t gyre__message_recv(gyre_request_t *req, void *buf, size_t length, int64_t source,
                                 int tag);

/* A tagged message in order: net is the provider that brought it. */
void gyre__message_deliver(gyre_comm_t *comm, gyre__peer_t *peer, gyre__net_t *net,
                           const gyre__envelope_t *envelope, const gyre__net_message_t *message);

/* Blocking, for Gyre's own use. */
gyre_status_t gyre__message_exchange(gyre_comm_t *comm, const void *out, size_t out_length,
                                     int dest, void *in, size_t in_length, int source, int tag);

#endif
