/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing of the wire of one epoch. */
#ifndef GYRE_COMM_WIRE_H
#define GYRE_COMM_WIRE_H

#include "comm/context.h"

/* Finds the peers in the namespace (NULL: a job of one worker) and opens the providers. */
gyre_status_t gyre__wire_open(gyre_context_t *ctx, const char *nspace);

/* Closes what is open; every pending operation ends with GYRE_ERR_CANCELED. */
void gyre__wire_close(gyre_context_t *ctx);

#endif
