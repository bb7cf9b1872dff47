/* SPDX-License-Identifier: Apache-2.0 */
/* What members agree on, and how it travels: in pieces, because the list of the dead has no
 * bound and a control message has. */
#ifndef GYRE_COMM_VERDICT_H
#define GYRE_COMM_VERDICT_H

#include "comm/control.h"

typedef struct gyre__verdict {
    uint64_t flags;    /* and of all */
    uint64_t id;       /* of the communicator to be made */
    uint32_t purposes; /* or of all */
    uint32_t acked;    /* the least number of failures that a member has acknowledged */
    int count;         /* of the dead */
    int *dead;         /* their ranks, ascending */
} gyre__verdict_t;

/* The fixed part of an agreement's messages. */
typedef struct gyre__piece {
    uint64_t flags, id;
    uint32_t purposes, acked;
    int32_t sequence; /* number of the agreement on its communicator */
    int32_t ballot;
    int32_t prior; /* ballot of what the sender has accepted; -1: nothing */
    int32_t count; /* of the dead in all pieces */
    int32_t first; /* index of the first one here */
    int32_t here;
} gyre__piece_t;

#define GYRE__PIECE_RANKS ((int)((GYRE__CONTROL_MAX - sizeof(gyre__piece_t)) / sizeof(int32_t)))

/* Nothing yet: the neutral element of gyre__verdict_merge. Frees nothing. */
void gyre__verdict_clear(gyre__verdict_t *verdict);
void gyre__verdict_free(gyre__verdict_t *verdict);

/* Takes in another member's part; doing it twice does no harm. The dead are left alone. */
void gyre__verdict_merge(gyre__verdict_t *verdict, const gyre__piece_t *piece);

/* Queues the verdict; head has sequence, ballot and prior. */
void gyre__verdict_send(gyre_comm_t *comm, int rank, gyre__control_t control,
                        const gyre__piece_t *head, const gyre__verdict_t *verdict);

/* Reads a message's fixed part; false: malformed. *ranks: here ranks follow, unaligned. */
bool gyre__piece_read(const gyre__net_message_t *message, gyre__piece_t *piece, const char **ranks);

/* Adds a piece to what has come; GYRE_IN_PROGRESS: more will. */
gyre_status_t gyre__verdict_add(gyre__verdict_t *verdict, const gyre__piece_t *piece,
                                const char *ranks);

#endif
