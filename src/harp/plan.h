/* SPDX-License-Identifier: Apache-2.0 */
/* What a generator is told: the operation's arguments without its buffers, who this member is,
 * and where the others are. Pure data: tests and the simulator make their own. */
#ifndef GYRE_HARP_PLAN_H
#define GYRE_HARP_PLAN_H

#include "harp/schedule.h"

typedef enum gyre__coll {
    GYRE__BARRIER,
    GYRE__BCAST,
    GYRE__REDUCE,
    GYRE__ALLREDUCE,
    GYRE__REDUCE_SCATTER,
    GYRE__REDUCE_SCATTER_BLOCK,
    GYRE__GATHER,
    GYRE__GATHERV,
    GYRE__SCATTER,
    GYRE__SCATTERV,
    GYRE__ALLGATHER,
    GYRE__ALLGATHERV,
    GYRE__ALLTOALL,
    GYRE__ALLTOALLV,
    GYRE__SCAN,
    GYRE__EXSCAN,
    GYRE__NEIGHBOR_ALLGATHER,
    GYRE__NEIGHBOR_ALLGATHERV,
    GYRE__NEIGHBOR_ALLTOALL,
    GYRE__NEIGHBOR_ALLTOALLV,
    GYRE__COLLS
} gyre__coll_t;

/* Nodes of the members. Members of this member's node are known by their local index, ascending
 * in rank. */
typedef struct gyre__places {
    int nodes;            /* number of nodes with members */
    int node;             /* index of this member's */
    int local_size;       /* members of this node */
    int local_rank;       /* local index of this member */
    const int *local;     /* rank of each of them */
    const int *node_of;   /* index of the node of each rank; nodes are numbered by lowest rank */
    const int *leaders;   /* lowest rank of each node */
    int local_size_max;   /* of the fullest node */
    int local_size_min;   /* of the emptiest */
    const int *domain_of; /* by local index: cache or memory domain within the node, from 0 */
    int domains;          /* of this node */
    bool shared;          /* the node's members have slots in its segment */
    bool slots;           /* so have those of every node that has several */
    bool ranges;          /* the members of each node are a range of ranks */
} gyre__places_t;

/* Blocks of bytes, one per member or neighbour. NULL arrays: equal blocks in a row. Of gatherv and
 * scatterv, root alone has them. */
typedef struct gyre__blocks {
    const uint64_t *offsets, *lengths;
} gyre__blocks_t;

typedef struct gyre__plan {
    gyre__coll_t coll;
    int rank, size; /* in the communicator */
    int root;
    uint64_t bytes;   /* of the vector (barrier 0; bcast, reduce, allreduce, scans) or of one block
                         (reduce_scatter_block, gather, scatter, allgather, alltoall, neighbor_);
                         of the one block that this member has at offset 0 of in (gatherv,
                         allgatherv, neighbor_allgatherv) or of out (scatterv) */
    bool in_place;    /* alltoall forms: in is out, what is received replaces what was sent; both
                         sides have the blocks of out. reduce_scatter forms: out is the start of in.
                         Others need no such care */
    uint64_t element; /* bytes: no step may cut one */
    bool commutative; /* of a reduction: operands may change places */
    bool ordered;     /* only ((x0 op x1) op x2) ... will do: reproducible, or not associative */
    gyre__blocks_t in, out;     /* of v forms and reduce_scatter */
    const int *sources, *dests; /* of neighbor_ forms */
    int source_count, dest_count;
    const gyre__places_t *places;
    int radix;        /* the algorithm's parameters, always set: its defaults or the user's */
    uint64_t segment; /* bytes */
} gyre__plan_t;

typedef void (*gyre__generate_fn)(const gyre__plan_t *plan, gyre__schedule_t *s);

/* What an algorithm can do. */
enum {
    GYRE__ALG_ORDERED = 1 << 0,      /* keeps strict rank order; others are not asked to */
    GYRE__ALG_COMMUTATIVE = 1 << 1,  /* needs a commutative operation */
    GYRE__ALG_POWER_OF_TWO = 1 << 2, /* needs such a number of members */
    GYRE__ALG_NODE = 1 << 3,         /* needs all members on one node with shared slots */
    GYRE__ALG_NODES = 1 << 4,        /* needs several nodes with shared slots, of which not all have
                                        one member only */
    GYRE__ALG_EVEN = 1 << 5,         /* needs the same number of members on every node */
    GYRE__ALG_SYMMETRIC = 1 << 6,    /* every member does the same, up to names and an
                                        element more or less in its shares, and the i-th
                                        receive of each takes what its peer's i-th send gives:
                                        one schedule tells the cost of all */
    GYRE__ALG_PAIRS = 1 << 7,        /* needs an even number of members */
    GYRE__ALG_RANGES = 1 << 8,       /* needs nodes whose members are a range of ranks */
    GYRE__ALG_BY_NODE = 1 << 9,      /* reduces node by node: needs such nodes, or a commutative
                                        operation */
    GYRE__ALG_DOMAINS = 1 << 10,     /* needs several domains on the node */
    GYRE__ALG_GROUPS = 1 << 11,      /* needs several nodes, of which not all have one member only;
                                        as GYRE__ALG_NODES, but without slots */
};

typedef struct gyre__algorithm {
    const char *name;  /* as after @ in GYRE_COLL_TUNE */
    const char *brief; /* one line, for people */
    gyre__generate_fn generate;
    unsigned needs;
    int radix;        /* default; 0: has none */
    uint64_t segment; /* default; 0: has none */
} gyre__algorithm_t;

/* A collective: one per folder, <coll>/<coll>.c, whose main content is its table. */
typedef struct gyre__collective {
    const char *name;
    const gyre__algorithm_t *algorithms;
    int count;
} gyre__collective_t;

/* By gyre__coll_t. */
extern const gyre__collective_t *const gyre__collectives[GYRE__COLLS];

/* GYRE_ERR_UNKNOWN with the nearest name. */
gyre_status_t gyre__coll_find(const char *name, gyre__coll_t *coll);

/* Byte range of block i of a reduce_scatter-like partition of the plan's vector into size blocks
 * of whole elements, as equal as can be. */
void gyre__partition(const gyre__plan_t *plan, int size, int i, uint64_t *offset, uint64_t *length);

/* Byte range of the block of member (or neighbour) i in in or out, of any form. */
uint64_t gyre__block_offset(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int i);
uint64_t gyre__block_length(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int i);

#endif
