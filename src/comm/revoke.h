/* SPDX-License-Identifier: Apache-2.0 */
/* Revoked communicators: nothing goes out on them or is taken in any more. */
#ifndef GYRE_COMM_REVOKE_H
#define GYRE_COMM_REVOKE_H

#include "comm/comm.h"

/* Ends what is pending here, and passes it on. The second time nothing happens. */
void gyre__revoke(gyre_comm_t *comm);

/* A member can pass it on no more: it has failed, or has destroyed the communicator. */
void gyre__revoke_around(gyre_comm_t *comm, int rank);
void gyre__revoke_unknown(gyre_comm_t *comm, uint32_t worker);

/* GYRE_ERR_REVOKED, with its detail line, on a revoked communicator. */
gyre_status_t gyre__revoked(void);
static inline gyre_status_t gyre__revoke_check(const gyre_comm_t *comm)
{
    return __builtin_expect(comm->revoked, 0) ? gyre__revoked() : GYRE_OK;
}

#endif
