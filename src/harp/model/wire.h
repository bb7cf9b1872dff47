/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the model itself on a user's communicator: their tags meet neither the user's nor
 * those of the collectives. */
#ifndef GYRE_HARP_MODEL_WIRE_H
#define GYRE_HARP_MODEL_WIRE_H

#include <gyre/comm.h>
#include <gyre/request.h>

/* Added to the number of a stream of messages, 0 to GYRE__STREAMS - 1, that are in order. */
enum { GYRE__STREAM_BCAST, GYRE__STREAM_ROTATE, GYRE__STREAMS = 1 << 15 };

gyre_status_t gyre__harp_isend(gyre_comm_t *comm, const void *data, size_t length, int dest,
                               int stream, gyre_request_t **req);
gyre_status_t gyre__harp_irecv(gyre_comm_t *comm, void *data, size_t length, int source, int stream,
                               gyre_request_t **req);

/* Waits for a request, or until a member has failed, whose death may keep others from sending: then
 * a receive is withdrawn. GYRE_ERR_PEER_FAILED or GYRE_ERR_REVOKED for what has not completed. */
gyre_status_t gyre__harp_wait(gyre_comm_t *comm, gyre_request_t **req);

/* Waits for all that are not NULL, having withdrawn the receives if status is an error already.
 * Returns the first error. */
gyre_status_t gyre__harp_wait_all(gyre_comm_t *comm, gyre_status_t status, gyre_request_t **reqs,
                                  size_t count);

/* GYRE_OK; or the error that ends what goes on between the members of comm. */
gyre_status_t gyre__harp_trouble(gyre_comm_t *comm);

#endif
