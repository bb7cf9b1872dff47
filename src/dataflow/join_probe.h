/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of two runs: a table is built of one of them, in which the rows of the other look for
 * partners. Where it does not fit into memory, it is built piece by piece. */
#ifndef GYRE_DATAFLOW_JOIN_PROBE_H
#define GYRE_DATAFLOW_JOIN_PROBE_H

#include "dataflow/join.h"
#include "dataflow/join_index.h"

enum { GYRE__PROBE_BLOCK = 512 /* rows */ };

typedef enum gyre__probe_step {
    GYRE__PROBE_LOAD,
    GYRE__PROBE_INDEX,
    GYRE__PROBE_LOOK,
    GYRE__PROBE_REST,
    GYRE__PROBE_DONE
} gyre__probe_step_t;

typedef struct gyre__probe {
    gyre__join_t *join;
    bool exact; /* rows of equal hashes are partners */
    int build;  /* the side that the table is built of */
    size_t limit;
    gyre__probe_step_t step;
    gyre__reader_t readers[GYRE__SIDES];

    gyre__run_t *loading; /* of the piece */
    size_t loading_bytes;
    const gyre_batch_t *piece;
    bool last;  /* no other comes */
    size_t row; /* of the piece, to be indexed or given */
    gyre__join_index_t index;
    uint8_t *met; /* rows of the piece that have a partner; NULL: no matter */

    const gyre_batch_t *batch; /* that looks for partners */
    size_t base;               /* rows before it */
    size_t first, count;       /* of its rows, the block at work */
    size_t at;                 /* in that */
    uint32_t next;             /* of the chain */
    bool has_met;              /* a partner in this piece */
    uint8_t *met_before;       /* rows with a partner in a piece before; NULL: no matter */
    uint64_t hashes[GYRE__PROBE_BLOCK];
    uint32_t starts[GYRE__PROBE_BLOCK];
    const gyre_column_t **keys[GYRE__SIDES];
} gyre__probe_t;

gyre_status_t gyre__probe_init(gyre__probe_t *probe, gyre__join_t *join);
void gyre__probe_cleanup(gyre__probe_t *probe);

/* Bytes that it takes for a table of so many rows, of which so many bytes are read from a spill;
 * and if there are several tables one after the other, beside them. */
size_t gyre__probe_bytes(size_t loaded, size_t rows);
size_t gyre__probe_bytes_more(const gyre__join_t *join, int build, size_t probe_rows);

void gyre__probe_clear(gyre__probe_t *probe);
/* The runs must stay. A piece takes about limit. */
void gyre__probe_begin(gyre__probe_t *probe, gyre__run_t *const *runs, int build, size_t limit);

/* Some work, after which the join may have pairs. GYRE_IN_PROGRESS: there is more; GYRE_OK: all are
 * found. */
gyre_status_t gyre__probe_next(gyre__probe_t *probe);

#endif
