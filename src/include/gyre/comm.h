/* SPDX-License-Identifier: Apache-2.0 */
/* Communicators: ordered groups of workers whose messages never mix. See gyre_comm(3). */
#ifndef GYRE_COMM_H
#define GYRE_COMM_H

#include <gyre/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_comm gyre_comm_t;

#define GYRE_COLOR_NONE (-1) /* gyre_comm_split: member of no part */

/* World and self belong to the context and need no destroy. */
GYRE_EXPORT gyre_comm_t *gyre_comm_world(gyre_context_t *ctx);
GYRE_EXPORT gyre_comm_t *gyre_comm_self(gyre_context_t *ctx);

GYRE_EXPORT int gyre_comm_rank(const gyre_comm_t *comm);
GYRE_EXPORT int gyre_comm_size(const gyre_comm_t *comm);

/* World rank of a member; -1 when rank is none. */
GYRE_EXPORT int gyre_comm_world_rank(const gyre_comm_t *comm, int rank);
GYRE_EXPORT gyre_context_t *gyre_comm_context(const gyre_comm_t *comm);

/* Collective over comm: members with one color form a part, ranked by (key, rank in comm).
 * color is 0 or more, or GYRE_COLOR_NONE, which yields *part = NULL. Blocks. */
GYRE_EXPORT gyre_status_t gyre_comm_split(gyre_comm_t *comm, int color, int key,
                                          gyre_comm_t **part);

/* Collective over comm: the same members in the same order, a separate space of messages. */
GYRE_EXPORT gyre_status_t gyre_comm_dup(gyre_comm_t *comm, gyre_comm_t **copy);

/* Collective over the listed members of comm only, all with the same list, which gives the new
 * order. The caller must be listed; no rank twice. */
GYRE_EXPORT gyre_status_t gyre_comm_subset(gyre_comm_t *comm, const int *ranks, int count,
                                           gyre_comm_t **part);

/* Local. Pending receives end with GYRE_ERR_CANCELED. NULL is allowed. Later use of the handle
 * is GYRE_ERR_STATE. World and self are left alone. */
GYRE_EXPORT void gyre_comm_destroy(gyre_comm_t *comm);

#ifdef __cplusplus
}
#endif
#endif
