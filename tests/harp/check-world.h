/* SPDX-License-Identifier: Apache-2.0 */
/* A collective as all its members see it: their plans, how their buffers lie, and what has to be
 * in every element of their outputs afterwards. A collective's rules are one line of the table in
 * check-rules.c: shape says how the buffers are cut, expect what they must hold in the end.
 *
 * Blocks of v forms have random lengths, some zero, and lie in random order with gaps. gatherv
 * and scatterv know them at the root only; bytes is then a member's own block. reduce_scatter and
 * alltoallv have bytes 0. */
#ifndef GYRE_TESTS_CHECK_WORLD_H
#define GYRE_TESTS_CHECK_WORLD_H

#include "harp/plan.h"

#include "lib/random.h"

typedef enum layout {
    LAYOUT_ONE,    /* all on one node */
    LAYOUT_BLOCKS, /* neighbours in rank share a node, the same number on each if it divides */
    LAYOUT_CYCLIC, /* dealt out */
    LAYOUT_UNEVEN, /* by chance */
    LAYOUTS
} layout_t;

typedef struct world_spec {
    gyre__coll_t coll;
    int size, root; /* size at most 64 */
    uint64_t element;
    uint64_t count; /* elements of the vector or of a block; of v forms, about */
    bool commutative, ordered;
    bool in_place; /* where the collective has it and generators have to bear it */
    layout_t layout;
    int nodes;   /* for the layouts that have several */
    bool shared; /* slots */
    int radix;
    uint64_t segment;
} world_spec_t;

/* Bytes of a member's buffers in memory of its own, which begins with the lower of the two. */
typedef struct buffers {
    uint64_t in_at, in_bytes;
    uint64_t out_at, out_bytes; /* no bytes: it has none */
    bool in_given;              /* false: in holds nothing yet (bcast) */
} buffers_t;

typedef struct world {
    world_spec_t spec;
    gyre__plan_t *plans;
    gyre__places_t *places;
    buffers_t *buffers;
    struct world_memory *memory;
} world_t;

/* What an element of an output has to be. */
typedef struct expected {
    enum { UNTOUCHED, INPUT, REDUCED } kind;
    int rank;       /* INPUT: whose; REDUCED: of the members 0 to rank */
    uint64_t index; /* of the input element */
} expected_t;

void world_init(world_t *world, const world_spec_t *spec, random_plan_t *random);
void world_cleanup(world_t *world);

/* Memory that lives as long as the world, zeroed. */
void *world_alloc(world_t *world, size_t count, size_t size);

/* "allreduce of 5 members, ...", in static storage. */
const char *world_text(const world_t *world);

/* The rules, see check-rules.c. shape is done by world_init. */
void world_shape(world_t *world, random_plan_t *random);
void world_expect(const world_t *world, int rank, expected_t *out);
bool world_is_rooted(gyre__coll_t coll);
bool world_is_even(gyre__coll_t coll);

#endif
