/* SPDX-License-Identifier: Apache-2.0 */
/* Active messages: the receiver runs a function. See gyre_am(3). */
#ifndef GYRE_AM_H
#define GYRE_AM_H

#include <gyre/comm.h>
#include <gyre/request.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GYRE_AM_IDS 256
#define GYRE_AM_HEADER_MAX 256 /* bytes */

typedef struct gyre_am_message {
    gyre_comm_t *comm;
    int source; /* rank in comm */
    const void *header;
    size_t header_length;
    const void *data; /* 64-byte aligned or not; valid during the call only */
    size_t length;
} gyre_am_message_t;

/* Runs inside gyre_progress or a waiting call of the receiving worker, once per message, in the
 * order sent per source. It may start non-blocking operations, never wait. */
typedef void (*gyre_am_fn)(void *arg, const gyre_am_message_t *message);

/* Sets the function of an id, 0 .. GYRE_AM_IDS - 1; fn NULL takes it away. Messages that come
 * for an id without function are kept until it has one. */
GYRE_EXPORT gyre_status_t gyre_am_register(gyre_context_t *ctx, int id, gyre_am_fn fn, void *arg);

/* Header and data go to dest; the header is copied at once, data is the caller's again at
 * completion. */
GYRE_EXPORT gyre_status_t gyre_am_send(gyre_comm_t *comm, int dest, int id, const void *header,
                                       size_t header_length, const void *data, size_t length);
GYRE_EXPORT gyre_status_t gyre_iam_send(gyre_comm_t *comm, int dest, int id, const void *header,
                                        size_t header_length, const void *data, size_t length,
                                        gyre_request_t **req);

#ifdef __cplusplus
}
#endif
#endif
