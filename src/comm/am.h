/* SPDX-License-Identifier: Apache-2.0 */
/* Active messages inside the context. */
#ifndef GYRE_COMM_AM_H
#define GYRE_COMM_AM_H

#include "comm/comm.h"

/* An active message in order: runs its function, or keeps it until it can run. */
void gyre__am_deliver(gyre_comm_t *comm, gyre__peer_t *peer, gyre__net_t *net,
                      const gyre__envelope_t *envelope, const gyre__net_message_t *message);

#endif
