/* SPDX-License-Identifier: Apache-2.0 */
/* Tagged messages between two members of a communicator. See gyre_send(3).
 *
 * Lengths are bytes, 0 to SIZE_MAX / 2. Tags are 0 to INT_MAX. Messages from one worker to
 * another on one communicator are matched in the order in which they were sent. A message longer
 * than the receive buffer is GYRE_ERR_TRUNCATED at the receiver, whose buffer's content is then
 * unspecified; the sender succeeds. */
#ifndef GYRE_MESSAGE_H
#define GYRE_MESSAGE_H

#include <gyre/comm.h>
#include <gyre/request.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Block until buf may be reused; the message may not have arrived. */
GYRE_EXPORT gyre_status_t gyre_send(gyre_comm_t *comm, const void *buf, size_t length, int dest,
                                    int tag);
GYRE_EXPORT gyre_status_t gyre_isend(gyre_comm_t *comm, const void *buf, size_t length, int dest,
                                     int tag, gyre_request_t **req);

/* source may be GYRE_ANY_SOURCE, tag GYRE_ANY_TAG. info may be NULL. */
GYRE_EXPORT gyre_status_t gyre_recv(gyre_comm_t *comm, void *buf, size_t length, int source,
                                    int tag, gyre_message_info_t *info);
GYRE_EXPORT gyre_status_t gyre_irecv(gyre_comm_t *comm, void *buf, size_t length, int source,
                                     int tag, gyre_request_t **req);

/* Both at once, without deadlock between peers that do the same. */
GYRE_EXPORT gyre_status_t gyre_sendrecv(gyre_comm_t *comm, const void *sendbuf, size_t sendlen,
                                        int dest, int sendtag, void *recvbuf, size_t recvlen,
                                        int source, int recvtag, gyre_message_info_t *info);

/* Describes the message that a receive with these arguments would take, and leaves it there.
 * gyre_probe blocks; gyre_iprobe returns GYRE_IN_PROGRESS when there is none. */
GYRE_EXPORT gyre_status_t gyre_probe(gyre_comm_t *comm, int source, int tag,
                                     gyre_message_info_t *info);
GYRE_EXPORT gyre_status_t gyre_iprobe(gyre_comm_t *comm, int source, int tag,
                                      gyre_message_info_t *info);

#ifdef __cplusplus
}
#endif
#endif
