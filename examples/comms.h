/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver of operators and its oracle share. */
#ifndef EXAMPLES_COMMS_H
#define EXAMPLES_COMMS_H

#include <gyre/gyre.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which targets the rows of a source reach. */
typedef enum route { ROUTE_SAME, ROUTE_MODULO, ROUTE_ALL, ROUTE_ONE } route_t;

/* An operator as it is driven, and what its targets may rely on. */
typedef struct scene {
    const char *name;
    gyre_operator_kind_t kind;
    gyre_partitioner_t partitioner;
    route_t route;
    bool bulk;
    bool keyed;   /* rows with equal keys meet at one target */
    bool sorted;  /* a target gets its rows in order of their keys */
    bool ranged;  /* targets have keys in the order of their numbers */
    bool total;   /* a row, alike but without a key, for which 0 stands */
    bool reduced; /* a row per key: the key, the sum of the ids, the number of rows */
    bool joined;  /* there are as many sources again, of the right side, whose rows are few */
    gyre_join_t join;
    gyre_join_algorithm_t algorithm;
} scene_t;

/* Rows are a key and an id, which is their own and says their source and their key. */
typedef struct plan {
    const scene_t *scene;
    gyre_comm_t *world;
    int rank, size;
    int sources, targets; /* task i is on rank i modulo size */
    uint64_t rows, keys;  /* of each source and iteration; different ones */
    uint64_t iterations, warmup;
    bool stream, verify;
} plan_t;

typedef struct timing {
    double mean, low, high; /* seconds of an iteration */
} timing_t;

/* Collective. */
bool comms_run(const plan_t *plan, timing_t *timing);

/* False, after a line about what is wrong. */
bool comms_complain(const char *what, const char *why);

/* True for GYRE_OK. Silent when another worker has failed, which has said why. */
bool comms_ok(gyre_status_t status, const char *what);

uint64_t plan_id(const plan_t *plan, uint64_t iteration, int source, uint64_t row);
uint64_t plan_key(const plan_t *plan, uint64_t id);
int plan_source(const plan_t *plan, uint64_t id);
int plan_sources(const plan_t *plan);                 /* of both sides */
uint64_t plan_rows(const plan_t *plan, int source);   /* in an iteration */
int plan_next_source(const plan_t *plan, int source); /* of this worker, behind that one; -1: any */

/* Tells what targets get from what they should. */
typedef struct oracle oracle_t;

oracle_t *oracle_create(const plan_t *plan); /* NULL: no memory */
void oracle_destroy(oracle_t *oracle);
void oracle_take(oracle_t *oracle, int target, const gyre_batch_t *batch);
/* Collective: whether all targets got in the iteration what they should, after a line about what is
 * wrong. The next one may begin. */
gyre_status_t oracle_judge(oracle_t *oracle, uint64_t iteration, bool *right);

#endif
