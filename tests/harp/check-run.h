/* SPDX-License-Identifier: Apache-2.0 */
/* The checker's state while schedules run. Steps are numbered over all members; each member's
 * first number is its start, a step before all others. Every step keeps the set of steps that are
 * certainly over when it begins: those of its own member, or of all members where that matters
 * (peers' buffers, barrier). */
#ifndef GYRE_TESTS_CHECK_RUN_H
#define GYRE_TESTS_CHECK_RUN_H

#include "harp/check-schedule.h"
#include "harp/check-terms.h"

#include <setjmp.h>

enum { POSTED = 4096 };
#define OVER UINT32_MAX

typedef struct reader {
    uint32_t step, next;
} reader_t;

/* A piece of memory no element is smaller than: element number times pieces per element, plus
 * which piece; 0 while it holds nothing. */
typedef struct cell {
    uint32_t value;
    uint32_t writer;  /* step, 0: none */
    uint32_t readers; /* since then, in check_t.readers */
} cell_t;

typedef struct unit {
    cell_t *cells; /* NULL: an offer, or nothing */
    uint64_t length;
    uint32_t reserved, step; /* steps that reserved and published it; 0: not yet */
    int reader;
} unit_t;

typedef struct member {
    gyre__schedule_t schedule;
    const gyre__schedule_t *steps; /* the schedule or its alternative */
    uint32_t base;                 /* number of its start */
    cell_t *cells;
    uint64_t tmp_at; /* bytes */
    uint64_t *sets, words;
    uint32_t left; /* steps to go */
    unit_t *units;
    uint32_t released; /* units below */
    uint32_t *pending; /* by step, the start first: predecessors to go; OVER when done */
} member_t;

typedef struct check {
    const world_t *world;
    const gyre__algorithm_t *algorithm;
    random_plan_t *random;
    member_t members[64];
    uint64_t grain, pieces; /* bytes of a cell; cells of an element */
    uint32_t total;         /* numbers of steps */
    bool global;            /* sets are over all members' steps */
    terms_t terms;
    uint32_t inputs[64]; /* term of the first input element */
    reader_t *readers;
    uint32_t reader_count, reader_room;
    uint32_t *ready, *blocked; /* blocked: waiting for units, releases or offers */
    uint32_t ready_count, blocked_count;
    uint32_t posted[POSTED];     /* messages waiting for their other end, by hash, */
    uint32_t *posted_next;       /* chained by number */
    uint32_t *next_start, *next; /* successors, by number */
    uint32_t *depth;             /* messages on the longest way to the end of a step */
    int *owner;                  /* member, by number */
    uint32_t *values;            /* of a step's operands */
    uint64_t values_room;
    struct {
        uint32_t step;
        int owner;
    } * visits; /* to peers' buffers */
    uint32_t visit_count, visit_room;
    jmp_buf fail;
} check_t;

/* Gives up with what is wrong. */
_Noreturn void check_fail(check_t *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *check_need(void *memory);
const gyre__step_t *check_step(const check_t *check, uint32_t id);
const char *check_step_text(const check_t *check, uint32_t id);
uint64_t *check_set(const check_t *check, uint32_t id);
bool check_before(const check_t *check, uint32_t first, uint32_t then);

/* Start of what ref names, in the memory of whoever has it. */
cell_t *check_cells(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length, bool write);
void check_touch(check_t *check, cell_t *cell, uint32_t id, bool write);
void check_read(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length, uint32_t *values);
void check_write(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length,
                 const uint32_t *values);

/* Runs all to the end. */
void check_run(check_t *check);

#endif
