/* SPDX-License-Identifier: Apache-2.0 */
/* Every collective with every algorithm, type, operation, form and kind of memory, in groups of
 * all sizes, against an oracle. What can be tried in full is, or in turn; the rest is drawn at
 * random until the time is over. The seed is printed. */
#include "harp/coll.h"

#include <gyre/coll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LARGE = 1 << 20, HUGE = 4 << 20, BATCH = 24, PATIENCE = 100 };
enum { PLACES = COLL_FORMS * 2, WAYS = PLACES * COLL_MEMORIES };

_Static_assert((int)WAYS >= (int)COLL_TYPES, "who goes through all ways goes through all types");

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Seconds for the cases that draw at random. */
static uint64_t budget_ms(void)
{
    const char *text = getenv("TEST_SECONDS");
    return (text ? strtoull(text, NULL, 0) : 4) * 1000;
}

static int algorithms_most(void)
{
    int most = 0;
    for (int coll = 0; coll < GYRE__COLLS; coll++)
        if (gyre__collectives[coll]->count > most)
            most = gyre__collectives[coll]->count;
    return most;
}

/* The way-th of memory, place and form. */
static void try_way(const coll_group_t *group, gyre__coll_t coll, uint64_t way, uint64_t *state)
{
    static const size_t counts[] = {0, 1, 2, 7, 33, 300};
    coll_trial_t trial = {.coll = coll,
                          .form = (coll_form_t)(way % COLL_FORMS),
                          .in_place = way / COLL_FORMS % 2,
                          .memory = (coll_memory_t)(way / PLACES % COLL_MEMORIES),
                          .type = coll_type(way + (uint64_t)coll),
                          .count = counts[check_below(state, 6)],
                          .seed = check_random(state)};
    if (coll_reduces(coll))
        coll_operation(state, &trial);
    if (gyre_type_size(trial.type) > 16)
        trial.count = trial.count % 8;
    coll_try(group, &trial);
}

static void try_ways(int size, uint64_t first, uint64_t count, uint64_t *state)
{
    int most = algorithms_most();
    coll_group_t group;
    coll_group_open(&group, size, check_random(state));
    for (int algorithm = 0; algorithm < most; algorithm++) {
        coll_group_tune(&group, algorithm, check_random(state));
        for (int coll = 0; coll < GYRE__COLLS; coll++)
            for (uint64_t i = 0; i < count && algorithm < gyre__collectives[coll]->count; i++)
                try_way(&group, (gyre__coll_t)coll, first + i, state);
    }
    coll_group_close(&group);
}

/* Every collective x algorithm x size x form x place. With each algorithm each of them has its turn
 * in every kind of memory, and every type in what does not reduce. */
static void sizes(void)
{
    uint64_t state = check_seed(), way = check_random(&state) % WAYS;
    uint64_t some = check_size < COLL_MEMORIES ? WAYS : PLACES;
    for (int size = 1; size <= check_size; size++, way += some) {
        char text[32];
        snprintf(text, sizeof(text), "size %d", size);
        check_step(text, PATIENCE);
        try_ways(size, way, some, &state);
    }
}

/* Every reduction x type x operation x algorithm. */
static void operations(void)
{
    uint64_t state = check_seed();
    int most = algorithms_most();
    coll_group_t group;
    for (int algorithm = 0; algorithm < most; algorithm++) {
        int size = 1 + (int)check_below(&state, (uint64_t)check_size);
        coll_group_open(&group, size, check_random(&state));
        coll_group_tune(&group, algorithm, check_random(&state));
        for (int coll = 0; coll < GYRE__COLLS; coll++) {
            coll_trial_t trial = {.coll = (gyre__coll_t)coll};
            bool has = coll_reduces(trial.coll) && algorithm < gyre__collectives[coll]->count;
            for (int i = 0; has && coll_pair(i, &trial.type, &trial.op); i++) {
                trial.seed = check_random(&state);
                trial.in_place = check_below(&state, 2);
                trial.count = 1 + check_below(&state, 40);
                coll_try(&group, &trial);
            }
        }
        coll_group_close(&group);
    }
}

/* Bytes of a vector or block, so that the blocks of all members stay within reason. */
static void try_any(size_t most)
{
    uint64_t state = check_seed(), end = now_ms() + budget_ms();
    coll_group_t group;
    coll_trial_t trial;
    int batches = 0;
    do {
        int size = 1 + (int)check_below(&state, (uint64_t)check_size);
        coll_group_open(&group, size, check_random(&state));
        for (int i = 0; i < BATCH; i++) {
            if (i % 6 == 0)
                coll_group_tune(&group, -1, check_random(&state));
            coll_any(&state, most, &trial);
            coll_try(&group, &trial);
        }
        coll_group_close(&group);
        batches++;
    } while (!check_share(now_ms() > end));
    if (!check_rank)
        printf("%d trials\n", batches * BATCH);
}

static void any(void)
{
    try_any(100000);
}

static void large(void)
{
    try_any(check_size > 4 ? LARGE : HUGE);
}

/* Nobody leaves before all have entered: each counts itself in at member 0 before, and finds all
 * counted after. */
static void barriers(void)
{
    uint64_t state = check_seed(), *counter, seen;
    gyre_mem_t *mem;
    char key[GYRE_KEY_MAX];
    uint64_t length = sizeof(key);
    gyre_remote_t *remote;
    coll_group_t group;
    coll_group_open(&group, check_size, check_random(&state));
    CHECK_OK(gyre_mem_alloc(check_ctx, sizeof(*counter), &mem));
    CHECK_OK(gyre_mem_export(mem, key, &length));
    CHECK_OK(gyre_bcast(group.comm, &length, 1, GYRE_UINT64, 0));
    CHECK_OK(gyre_bcast(group.comm, key, length, GYRE_BYTE, 0));
    CHECK_OK(gyre_remote_import(group.comm, 0, key, length, &remote));
    for (int round = 1; round <= 200; round++) {
        if (round % 20 == 1)
            coll_group_tune(&group, round / 20, check_random(&state));
        for (uint64_t pause = check_below(&state, 4) ? 0 : check_mix(state, (uint64_t)check_rank);
             pause % 100; pause--)
            gyre_progress(check_ctx);
        CHECK_OK(gyre_atomic(remote, 0, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &seen));
        CHECK_OK(gyre_barrier(group.comm));
        CHECK_OK(gyre_atomic(remote, 0, GYRE_ATOMIC_FETCH_ADD, 8, 0, 0, &seen));
        CHECK(seen >= (uint64_t)(round * check_size));
    }
    check_barrier();
    gyre_remote_release(remote);
    gyre_mem_release(mem);
    coll_group_close(&group);
}

static const check_case_t cases[] = {
    {"sizes", sizes}, {"operations", operations}, {"barriers", barriers},
    {"any", any},     {"large", large},
};

int main(int argc, char **argv)
{
    coll_open();
    int status = check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE,
                            PATIENCE);
    coll_close();
    return status;
}
