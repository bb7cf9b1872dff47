/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts in pieces. Control messages between two workers keep their order, so the first piece
 * starts a verdict and each other one continues it. */
#include "comm/verdict.h"

#include "comm/comm.h"

#include <stdlib.h>
#include <string.h>

void gyre__verdict_clear(gyre__verdict_t *verdict)
{
    *verdict = (gyre__verdict_t){.flags = UINT64_MAX, .acked = UINT32_MAX};
}

void gyre__verdict_free(gyre__verdict_t *verdict)
{
    free(verdict->dead);
    gyre__verdict_clear(verdict);
}

void gyre__verdict_merge(gyre__verdict_t *verdict, const gyre__piece_t *piece)
{
    verdict->flags &= piece->flags;
    verdict->purposes |= piece->purposes;
    verdict->acked = piece->acked < verdict->acked ? piece->acked : verdict->acked;
}

void gyre__verdict_send(gyre_comm_t *comm, int rank, gyre__control_t control,
                        const gyre__piece_t *head, const gyre__verdict_t *verdict)
{
    char bytes[GYRE__CONTROL_MAX];
    gyre__piece_t piece = *head;
    piece.flags = verdict->flags;
    piece.id = verdict->id;
    piece.purposes = verdict->purposes;
    piece.acked = verdict->acked;
    piece.count = verdict->count;
    piece.first = 0;
    do {
        int left = piece.count - piece.first;
        piece.here = left < GYRE__PIECE_RANKS ? left : GYRE__PIECE_RANKS;
        size_t length = (size_t)piece.here * sizeof(int32_t);
        memcpy(bytes, &piece, sizeof(piece));
        if (length)
            memcpy(bytes + sizeof(piece), verdict->dead + piece.first, length);
        gyre__control_send(comm->ctx, gyre__comm_world(comm, rank), control, comm->id, bytes,
                           sizeof(piece) + length);
        piece.first += piece.here;
    } while (piece.first < piece.count);
}

bool gyre__piece_read(const gyre__net_message_t *message, gyre__piece_t *piece, const char **ranks)
{
    if (message->header_length < sizeof(*piece))
        return false;
    memcpy(piece, message->header, sizeof(*piece));
    *ranks = (const char *)message->header + sizeof(*piece);
    return piece->here >= 0 && piece->here <= GYRE__PIECE_RANKS && piece->first >= 0 &&
           piece->count >= 0 && piece->first <= piece->count - piece->here &&
           message->header_length == sizeof(*piece) + (size_t)piece->here * sizeof(int32_t);
}

/* A new verdict, with room for all of its dead. */
static gyre_status_t begin(gyre__verdict_t *verdict, const gyre__piece_t *piece)
{
    int *dead = piece->count ? malloc((size_t)piece->count * sizeof(*dead)) : NULL;
    if (piece->count && !dead)
        return GYRE_ERR_NO_MEMORY;
    free(verdict->dead);
    *verdict = (gyre__verdict_t){.flags = piece->flags,
                                 .id = piece->id,
                                 .purposes = piece->purposes,
                                 .acked = piece->acked,
                                 .count = piece->count,
                                 .dead = dead};
    return GYRE_OK;
}

gyre_status_t gyre__verdict_add(gyre__verdict_t *verdict, const gyre__piece_t *piece,
                                const char *ranks)
{
    gyre_status_t status = piece->first == 0 ? begin(verdict, piece) : GYRE_OK;
    if (status != GYRE_OK || piece->count != verdict->count)
        return status != GYRE_OK ? status : GYRE_IN_PROGRESS;
    if (piece->here)
        memcpy(verdict->dead + piece->first, ranks, (size_t)piece->here * sizeof(int32_t));
    return piece->first + piece->here == piece->count ? GYRE_OK : GYRE_IN_PROGRESS;
}
