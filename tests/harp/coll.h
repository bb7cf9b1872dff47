/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of running collectives share: random trials of any collective, type, operation,
 * form and memory, run on groups split off the world and compared with what one worker alone
 * computes. A trial is the same at all members; what each gives and gets follows from it. */
#ifndef TESTS_COLL_H
#define TESTS_COLL_H

#include "harp/plan.h"
#include "lib/check.h"

typedef enum coll_form { COLL_BLOCKING, COLL_STARTED, COLL_PERSISTENT, COLL_FORMS } coll_form_t;

typedef enum coll_memory {
    COLL_PLAIN,  /* from malloc */
    COLL_SHARED, /* from gyre_mem_alloc */
    COLL_ODD,    /* as badly aligned as C allows */
    COLL_MIXED,  /* any of these at each member, for each buffer */
    COLL_MEMORIES
} coll_memory_t;

enum { COLL_TEXT = 256, COLL_RULE = 80, COLL_TYPES = GYRE_TYPE_BUILTIN_COUNT + 4 };

typedef struct coll_trial {
    gyre__coll_t coll;
    gyre_type_t type;
    gyre_op_t op;
    size_t count; /* of the v forms: about */
    bool in_place;
    coll_form_t form;
    coll_memory_t memory;
    uint64_t seed;  /* of contents, uneven counts, the root, the way of waiting */
    uint64_t round; /* of contents only: of a persistent operation the number of the start */
} coll_trial_t;

/* Members of a part of the world, in any order, and edges between them at random. */
typedef struct coll_group {
    gyre_comm_t *comm, *graph;
    int rank, size;
    int *sources, *dests;
    int source_count, dest_count;
    char rules[GYRE__COLLS][COLL_RULE]; /* in force */
} coll_group_t;

/* count elements from offset on. Each member has streams of elements, known by a number; the
 * block's are those of stream of first, reduced with those of the members up to last. */
typedef struct coll_block {
    size_t offset, count;
    int first, last;
    uint64_t stream;
} coll_block_t;

typedef struct coll_side {
    coll_block_t *blocks;
    size_t *counts, *displs; /* the same, as the calls want them */
    int count;
    size_t extent; /* elements that the blocks reach to */
} coll_side_t;

/* What a member gives to and gets from a trial. */
typedef struct coll_layout {
    const coll_trial_t *trial;
    const coll_group_t *group;
    int root;
    size_t element, own; /* bytes; count of the one block of a v form */
    coll_side_t in, out; /* in in place: where in out */
    bool in_place, out_in_place;
} coll_layout_t;

typedef struct coll_buffer {
    gyre_mem_t *mem;
    char *base, *data;
    size_t length;
    char *image; /* the whole buffer as it has to be after the call */
} coll_buffer_t;

/* A trial at this member. */
typedef struct coll_run {
    coll_trial_t trial;
    const coll_group_t *group;
    coll_layout_t layout;
    coll_buffer_t in, out;
    gyre_request_t *request;
    bool (*excuses)(gyre_status_t status); /* NULL, or what it may end with besides success */
    gyre_status_t status;                  /* then that */
    void (*between)(void);                 /* NULL, or called between two looks at the request */
} coll_run_t;

/* coll-data.c: types, operations, contents. */
extern bool coll_reproducible; /* GYRE_REPRODUCIBLE=1: any order but that of ranks is wrong */
void coll_open(void);          /* before anything else: makes the types and operations */
void coll_close(void);
gyre_type_t coll_type(uint64_t i);                         /* of COLL_TYPES, around and around */
void coll_operation(uint64_t *state, coll_trial_t *trial); /* sets type and op */
/* The i-th pair of type and operation that fit; false: no such. */
bool coll_pair(int i, gyre_type_t *type, gyre_op_t *op);
void coll_any(uint64_t *state, size_t bytes, coll_trial_t *trial); /* a trial at random */
/* One of 200 kB to 1 MB in all, for so many members. */
void coll_any_large(uint64_t *state, int size, coll_trial_t *trial);
void coll_fill(const coll_layout_t *layout, const coll_block_t *block, char *to);
bool coll_same(const coll_trial_t *trial, const void *got, const void *expected);

/* coll-layout.c */
bool coll_reduces(gyre__coll_t coll);
bool coll_has_root(gyre__coll_t coll);
bool coll_has_neighbors(gyre__coll_t coll);
bool coll_is_v(gyre__coll_t coll);
void coll_layout(const coll_group_t *group, const coll_trial_t *trial, coll_layout_t *layout);
void coll_layout_free(coll_layout_t *layout);

/* coll-call.c */
gyre_status_t coll_call(const coll_layout_t *layout, coll_form_t form, const void *in, void *out,
                        gyre_request_t **request);

/* coll-run.c. A blocking trial is over after start. A persistent one may be started anew after
 * finish, which waits and checks. */
void coll_prepare(coll_run_t *run, const coll_group_t *group, const coll_trial_t *trial);
void coll_start(coll_run_t *run);
void coll_finish(coll_run_t *run);
/* Instead, after the test or wait of another: it left request. */
void coll_finished(coll_run_t *run, gyre_request_t *request);
void coll_release(coll_run_t *run);
/* When it has ended, the buffers are this worker's: writes all over them, and later finds that. */
void coll_mark(const coll_run_t *run);
void coll_check_mark(const coll_run_t *run);
void coll_try(const coll_group_t *group, const coll_trial_t *trial);
void coll_describe(const coll_run_t *run, char text[COLL_TEXT]);

/* coll-group.c. Collective over the world: parts of size members, and one of the rest. */
void coll_group_open(coll_group_t *group, int size, uint64_t seed);
/* The group that is comm's, which becomes the group's. Collective over comm. */
void coll_group_make(coll_group_t *group, gyre_comm_t *comm, uint64_t seed);
void coll_group_close(coll_group_t *group);
/* Rules for all collectives: the algorithm of that number of each, or any for -1. */
void coll_group_tune(coll_group_t *group, int algorithm, uint64_t seed);

#endif
