/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives in the benchmark: what each one moves (its shape), the buffers and bytes that follow
 * from that, and the calls that a side brings. A side's row is the collective's three forms, whose
 * arguments are all in gyre__bench_coll_t and in send and recv of gyre__bench_t.
 *
 * The root is rank 0. Neighbours form a ring: left and right, where these are two. */
#ifndef GYRE_BENCH_COLL_H
#define GYRE_BENCH_COLL_H

#include "bench.h"

/* Name, title. The order of a side's calls. */
#define GYRE__BENCH_COLL_MAP(X)                                                                    \
    X(barrier, "Barrier")                                                                          \
    X(bcast, "Broadcast")                                                                          \
    X(reduce, "Reduce")                                                                            \
    X(allreduce, "Allreduce")                                                                      \
    X(reduce_scatter, "Reduce_scatter")                                                            \
    X(reduce_scatter_block, "Reduce_scatter_block")                                                \
    X(gather, "Gather")                                                                            \
    X(gatherv, "Gatherv")                                                                          \
    X(scatter, "Scatter")                                                                          \
    X(scatterv, "Scatterv")                                                                        \
    X(allgather, "Allgather")                                                                      \
    X(allgatherv, "Allgatherv")                                                                    \
    X(alltoall, "All-to-All")                                                                      \
    X(alltoallv, "All-to-Allv")                                                                    \
    X(scan, "Scan")                                                                                \
    X(exscan, "Exscan")                                                                            \
    X(neighbor_allgather, "Neighbor Allgather")                                                    \
    X(neighbor_allgatherv, "Neighbor Allgatherv")                                                  \
    X(neighbor_alltoall, "Neighbor Alltoall")                                                      \
    X(neighbor_alltoallv, "Neighbor Alltoallv")

typedef enum gyre__bench_kind {
#define GYRE__BENCH_COLL_ENUM(name, title) GYRE__BENCH_COLL_##name,
    GYRE__BENCH_COLL_MAP(GYRE__BENCH_COLL_ENUM)
#undef GYRE__BENCH_COLL_ENUM
        GYRE__BENCH_COLLS
} gyre__bench_kind_t;

/* Blocks of a buffer. ONE is the whole size of the cell; SHARE a rank's part of it. */
typedef enum gyre__bench_extent {
    GYRE__BENCH_NONE,
    GYRE__BENCH_ONE,
    GYRE__BENCH_SHARE,
    GYRE__BENCH_RANKS,
    GYRE__BENCH_NEAR
} gyre__bench_extent_t;

/* Whose operands a reduction takes. */
typedef enum gyre__bench_fold {
    GYRE__BENCH_MOVES, /* not a reduction */
    GYRE__BENCH_OF_ALL,
    GYRE__BENCH_UP_TO_SELF,
    GYRE__BENCH_BEFORE_SELF
} gyre__bench_fold_t;

typedef struct gyre__bench_shape {
    gyre__bench_kind_t kind;
    gyre__bench_extent_t in, out;
    bool in_at_root, out_at_root; /* significant only there */
    bool one_buffer;              /* bcast: in at root, out elsewhere */
    gyre__bench_fold_t fold;
} gyre__bench_shape_t;

/* By kind, all of them. */
extern const gyre__bench_op_t gyre__bench_coll_ops[GYRE__BENCH_COLLS];

/* element.c: the types by name. NULL: unknown. */
typedef struct gyre__bench_type {
    const char *name;
    size_t size;
    enum { GYRE__BENCH_INTEGER, GYRE__BENCH_FLOAT, GYRE__BENCH_OPAQUE } class;
} gyre__bench_type_t;

const gyre__bench_type_t *gyre__bench_type(const char *name);
bool gyre__bench_type_takes(const gyre__bench_type_t *type, int variant);
extern const char *const gyre__bench_reductions[]; /* variants of --op */

/* Operand of rank at index, small enough for every result to be exact in the type. */
int64_t gyre__bench_operand(const gyre__bench_type_t *type, int variant, uint64_t turn, int rank,
                            size_t index);
int64_t gyre__bench_reduce(int variant, int64_t left, int64_t right);
void gyre__bench_encode(const gyre__bench_type_t *type, int64_t value, void *element);

/* A collective's arguments in this cell, in elements. */
typedef struct gyre__bench_coll {
    size_t element;          /* bytes */
    size_t count;            /* of a block, or of the vector that is reduced */
    size_t *counts, *displs; /* of the v forms: one per rank, or per neighbour */
    int neighbors[2], degree;
    bool computing;  /* overlap: the second half of the cell */
    double work;     /* seconds to compute */
    double turns;    /* of the computing loop per second */
    double computed; /* seconds, in all iterations of the cell */
    size_t room[2];  /* bytes of send and recv */
} gyre__bench_coll_t;

#define GYRE__BENCH_ROOT 0

typedef struct gyre__bench_calls {
    int (*blocking)(gyre__bench_t *bench);
    int (*begin)(gyre__bench_t *bench); /* the side holds the request */
    int (*init)(gyre__bench_t *bench);  /* a persistent one; NULL: the library has none */
} gyre__bench_calls_t;

typedef struct gyre__bench_coll_side {
    const gyre__bench_calls_t *calls; /* by kind */
    bool (*has_type)(const char *name);
    int (*open)(gyre__bench_t *bench); /* once: type, operation, the ring of neighbours */
    void (*close)(gyre__bench_t *bench);
    int (*cell)(gyre__bench_t *bench); /* when count, counts and displs are those of a cell */
    int (*start)(gyre__bench_t *bench);
    int (*test)(gyre__bench_t *bench, bool *done); /* not after it was done */
    int (*wait)(gyre__bench_t *bench);
    int (*release)(gyre__bench_t *bench); /* ends a persistent request */
    /* Memory that the library would have; of both buffers, freed together. */
    int (*alloc)(gyre__bench_t *bench, const size_t room[2], char *memory[2]);
    void (*free)(gyre__bench_t *bench, char *memory[2]);
} gyre__bench_coll_side_t;

/* coll.c */
int gyre__bench_coll_open(gyre__bench_t *bench); /* before the buffers: rooms */
void gyre__bench_coll_close(gyre__bench_t *bench);
int gyre__bench_coll_cell(gyre__bench_t *bench);
int gyre__bench_coll_cell_end(gyre__bench_t *bench);

/* coll-data.c */
void gyre__bench_coll_fill(gyre__bench_t *bench);
void gyre__bench_coll_check(gyre__bench_t *bench);

/* overlap.c: computing for a given time, and how fast this processor does it. */
double gyre__bench_calibrate(void);
int gyre__bench_overlap(gyre__bench_t *bench);

#endif
