/* SPDX-License-Identifier: Apache-2.0 */
/* A rotation on its way: the table's content goes to one member while another's comes. The table
 * must not be used until it has ended. */
#ifndef GYRE_HARP_MODEL_ROTATE_H
#define GYRE_HARP_MODEL_ROTATE_H

#include "harp/model/table.h"

typedef enum gyre__rotation_state {
    GYRE__ROTATION_IDLE,
    GYRE__ROTATION_LENGTH, /* waits for the length of what comes, */
    GYRE__ROTATION_SMALL,  /* for the heads of all partitions with the small ones' content, */
    GYRE__ROTATION_LARGE   /* for the large ones, and until its own have gone */
} gyre__rotation_state_t;

typedef struct gyre__rotation {
    gyre_comm_t *comm;
    gyre_harp_table_t *table, fresh;
    int dest, source, stream;
    gyre__rotation_state_t state;
    uint64_t out_length, in_length;
    char *out, *in;
    gyre_request_t *receive; /* of the length, then of the small ones */
    gyre_request_t **reqs;   /* sends, then receives of large ones */
    size_t count, done;      /* those before done have ended */
} gyre__rotation_t;

/* Where the map (NULL: to the next) sends to, and from where it brings. GYRE_ERR_ARG: it is no
 * permutation. */
gyre_status_t gyre__rotation_map(gyre_comm_t *comm, const int *map, int *dest, int *source);

/* stream: that of its messages, GYRE__STREAM_ROTATE upward; one rotation at a time. An error means
 * that nothing has been started. */
gyre_status_t gyre__rotation_start(gyre__rotation_t *rotation, gyre_comm_t *comm,
                                   gyre_harp_table_t *table, int dest, int source, int stream);

/* GYRE_IN_PROGRESS, or how it ended; wait: only the latter. */
gyre_status_t gyre__rotation_advance(gyre__rotation_t *rotation, bool wait);

#endif
