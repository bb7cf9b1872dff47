/* SPDX-License-Identifier: Apache-2.0 */
/* What the joins of a target share: pairs of rows become batches, and rows with a null among their
 * keys, which have no partner, wait beside all others. */
#ifndef GYRE_DATAFLOW_JOIN_H
#define GYRE_DATAFLOW_JOIN_H

#include "dataflow/memory.h"
#include "dataflow/operator.h"
#include "dataflow/pile.h"

enum { GYRE__PAIRS = 4096 };

/* Rows of a batch of each side that go together, GYRE_NO_ROW where one has no partner. */
typedef struct gyre__pairs {
    const gyre_batch_t *batches[GYRE__SIDES]; /* of their finder, until all are given */
    uint32_t *rows[GYRE__SIDES];
    size_t count, given;
} gyre__pairs_t;

/* Rows of a side without a partner, by their keys. */
typedef struct gyre__lone {
    gyre__pile_t pile;
    gyre__run_t *spilled; /* those before; NULL: none */
    gyre__run_t *piled;   /* those of the pile, when all are in */
    gyre__reader_t reader;
    const gyre_batch_t *batch; /* that pairs are of */
    size_t row;                /* the next of that */
} gyre__lone_t;

typedef struct gyre__join gyre__join_t;

struct gyre__join {
    gyre__keep_t keep;
    /* Some work, after which there may be pairs. GYRE_OK: all have been found; GYRE_IN_PROGRESS:
     * to be called again, when those that there are have been given. */
    gyre_status_t (*find)(gyre__join_t *join);
    bool found;                               /* all */
    bool keeps[GYRE__SIDES];                  /* rows without a partner */
    const gyre_batch_t *nothing[GYRE__SIDES]; /* no rows */
    gyre__pairs_t pairs;
    gyre__lone_t lone[GYRE__SIDES];
    gyre__hold_t lone_hold;
};

/* Of zeros. After an error, too, it must be cleaned up. */
gyre_status_t gyre__join_init(gyre__join_t *join, const gyre__keep_kind_t *kind,
                              gyre_operator_t *op);
void gyre__join_cleanup(gyre__join_t *join);
gyre_status_t gyre__join_clear(gyre__join_t *join);

/* The next of the kind of keep. */
gyre_status_t gyre__join_next(gyre__keep_t *keep, int *source, const gyre_batch_t **batch);

/* The columns of a batch that its side's keys are. */
void gyre__join_keys(const gyre__join_t *join, int side, const gyre_batch_t *batch,
                     const gyre_column_t **keys);

/* --- Schemas --- */

/* Rows of that side without a partner stay. */
bool gyre__join_keeps(gyre_join_t join, int side);
/* A side's, with all columns optional where it may be missing; of both together, at targets. */
gyre_status_t gyre__join_side(const gyre_schema_t *schema, gyre_join_t join, int side,
                              const gyre_schema_t **carried);
gyre_status_t gyre__join_schema(const gyre_schema_t *left, const gyre_schema_t *right,
                                gyre_join_t join, const gyre_schema_t **schema);

/* --- Pairs --- */

static inline bool gyre__join_full(const gyre__join_t *join)
{
    return join->pairs.count == GYRE__PAIRS;
}

/* Only while there is room. */
static inline void gyre__join_pair(gyre__join_t *join, int side, uint32_t row, uint32_t other)
{
    gyre__pairs_t *pairs = &join->pairs;
    pairs->rows[side][pairs->count] = row;
    pairs->rows[!side][pairs->count++] = other;
}

/* Begins with no pairs, of rows of these batches; NULL: only missing ones. */
void gyre__join_begin(gyre__join_t *join, int side, const gyre_batch_t *batch,
                      const gyre_batch_t *other);

/* --- join_lone.c --- */

/* Parts the rows that have no null among their keys from the others, which are forgotten or
 * wait. */
gyre_status_t gyre__join_part(gyre__join_t *join, int side, const gyre_batch_t *batch,
                              const gyre_batch_t **rest);
/* Pairs for the next rows that have waited; none: there are no more. */
gyre_status_t gyre__join_lone(gyre__join_t *join);

gyre_status_t gyre__lone_init(gyre__lone_t *lone, const gyre_schema_t *schema);
void gyre__lone_cleanup(gyre__lone_t *lone);

#endif
