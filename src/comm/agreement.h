/* SPDX-License-Identifier: Apache-2.0 */
/* Agreement of the living members of a communicator, whoever dies meanwhile. A member that has
 * returned goes on answering those that have not, from progress. */
#ifndef GYRE_COMM_AGREEMENT_H
#define GYRE_COMM_AGREEMENT_H

#include "comm/comm.h"
#include "comm/control.h"
#include "comm/verdict.h"

/* What a member agrees for; bits, so that members that differ are found out. */
typedef enum gyre__purpose {
    GYRE__PURPOSE_AGREE = 1,
    GYRE__PURPOSE_SHRINK = 2,
    GYRE__PURPOSE_LEAVE = 4
} gyre__purpose_t;

/* Blocks. Collective over the living members; the same verdict at all that return. It is valid
 * until the communicator's next agreement. GYRE_ERR_STATE: members called different things. */
gyre_status_t gyre__agree(gyre_comm_t *comm, gyre__purpose_t purpose, uint64_t flags,
                          const gyre__verdict_t **verdict);

/* One of its control messages, from a member. */
void gyre__agreement_deliver(gyre_comm_t *comm, gyre__peer_t *from, gyre__control_t control,
                             const gyre__net_message_t *message);

/* A member that does not have the communicator got the gyre__piece_t in bytes from here. */
void gyre__agreement_unknown(gyre_comm_t *comm, const void *bytes);

/* A member has failed. */
void gyre__agreement_shake(gyre_comm_t *comm);

/* Moves on all that have been shaken or have got a message. */
void gyre__agreements_advance(gyre_context_t *ctx);

void gyre__agreement_free(gyre_comm_t *comm);

#endif
