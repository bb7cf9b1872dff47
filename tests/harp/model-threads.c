/* SPDX-License-Identifier: Apache-2.0 */
/* Schedulers, splits and the rotator. */
#include "harp/model.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 3, INPUTS = 200, ROWS = 4, COLUMNS = 6 };

static gyre_harp_scheduler_t *chain; /* for tasks that submit */
static atomic_int calls;

static gyre_status_t square(void *arg, int thread, void *input, void **output)
{
    intptr_t n = (intptr_t)input;
    CHECK(arg == &calls && thread >= 0 && thread < THREADS);
    atomic_fetch_add(&calls, 1);
    if (n == 13)
        return GYRE_ERR_CANCELED;
    *output = (void *)(n * n);
    return GYRE_OK;
}

/* A static task passes its input, less one, to the next queue. */
static gyre_status_t pass_on(void *arg, int thread, void *input, void **output)
{
    intptr_t n = (intptr_t)input;
    (void)arg;
    *output = (void *)(intptr_t)thread;
    return n > 0 ? gyre_harp_submit(chain, (thread + 1) % THREADS, (void *)(n - 1)) : GYRE_OK;
}

static void dynamic(void)
{
    gyre_harp_scheduler_t *s;
    void *output;
    intptr_t sum = 0, expected = 0;
    int failed = 0;
    atomic_store(&calls, 0);
    CHECK_OK(gyre_harp_scheduler_create(GYRE_HARP_DYNAMIC, THREADS, square, &calls, &s));
    CHECK_IS(gyre_harp_output(s, 0, &output), GYRE_ERR_NOT_FOUND);
    for (intptr_t i = 0; i < INPUTS; i++) {
        CHECK_OK(gyre_harp_submit(s, 0, (void *)i));
        expected += i == 13 ? 0 : i * i;
    }
    CHECK_IS(gyre_harp_output(s, 0, &output), GYRE_ERR_STATE);
    CHECK(atomic_load(&calls) == 0 && !gyre_harp_has_output(s, 0) && !gyre_harp_has_error(s));
    CHECK_OK(gyre_harp_start(s));
    for (int i = 0; i < INPUTS / 2; i++) {
        gyre_status_t status = gyre_harp_output(s, 0, &output);
        failed += status == GYRE_ERR_CANCELED;
        sum += status == GYRE_OK ? (intptr_t)output : 0;
    }
    CHECK_OK(gyre_harp_pause(s, false));
    CHECK_EQ(atomic_load(&calls), INPUTS);
    CHECK(gyre_harp_has_error(s) && gyre_harp_has_output(s, 0));
    CHECK_OK(gyre_harp_submit(s, 0, (void *)(intptr_t)2));
    CHECK_EQ(gyre_harp_discard(s), 1);
    for (gyre_status_t status; (status = gyre_harp_output(s, 0, &output)) != GYRE_ERR_NOT_FOUND;) {
        failed += status == GYRE_ERR_CANCELED;
        sum += status == GYRE_OK ? (intptr_t)output : 0;
    }
    CHECK_EQ(sum, expected);
    CHECK_EQ(failed, 1);
    CHECK_OK(gyre_harp_submit(s, 0, (void *)(intptr_t)3));
    CHECK_OK(gyre_harp_start(s));
    gyre_harp_stop(s, false);
    CHECK_IS(gyre_harp_submit(s, 0, NULL), GYRE_ERR_STATE);
    CHECK_OK(gyre_harp_output(s, 0, &output));
    CHECK_EQ((intptr_t)output, 9);
    gyre_harp_scheduler_destroy(s);
}

static void pass_around(void)
{
    void *output;
    intptr_t outputs[THREADS] = {0};
    CHECK_OK(gyre_harp_scheduler_create(GYRE_HARP_STATIC, THREADS, pass_on, NULL, &chain));
    CHECK_IS(gyre_harp_submit(chain, THREADS, NULL), GYRE_ERR_RANGE);
    CHECK_OK(gyre_harp_submit(chain, 1, (void *)(intptr_t)(INPUTS - 1)));
    CHECK_OK(gyre_harp_start(chain));
    for (int queue = 0; queue < THREADS; queue++)
        while (gyre_harp_output(chain, queue, &output) == GYRE_OK) {
            CHECK_EQ((intptr_t)output, queue);
            outputs[queue]++;
        }
    CHECK_EQ(outputs[0] + outputs[1] + outputs[2], INPUTS);
    CHECK_EQ(outputs[1], (INPUTS + 2) / 3);
    CHECK_OK(gyre_harp_submit(chain, 0, NULL));
    gyre_harp_scheduler_destroy(chain);
    gyre_harp_scheduler_destroy(NULL);
}

void test_schedulers(void)
{
    gyre_harp_scheduler_t *s;
    CHECK_IS(gyre_harp_scheduler_create(GYRE_HARP_STATIC, 0, square, NULL, &s), GYRE_ERR_ARG);
    dynamic();
    pass_around();
}

typedef struct grid {
    atomic_int rows[ROWS], columns[COLUMNS], visits[ROWS][COLUMNS];
    atomic_bool slow; /* until told otherwise */
    int stop_at;      /* row of an error; -1: none */
} grid_t;

static gyre_status_t visit(void *arg, int thread, int row, int column)
{
    grid_t *grid = arg;
    CHECK(thread >= 0 && thread < THREADS);
    CHECK_EQ(atomic_fetch_add(&grid->rows[row], 1), 0);
    CHECK_EQ(atomic_fetch_add(&grid->columns[column], 1), 0);
    atomic_fetch_add(&grid->visits[row][column], 1);
    for (int i = 0; i < (grid->slow ? 2000000 : 1000); i++)
        atomic_thread_fence(memory_order_seq_cst);
    atomic_fetch_sub(&grid->columns[column], 1);
    atomic_fetch_sub(&grid->rows[row], 1);
    return row == grid->stop_at ? GYRE_ERR_IO : GYRE_OK;
}

static void check_split(void)
{
    static grid_t grid;
    gyre_harp_split_t *split;
    size_t done, total = 0;
    int runs = 0;
    grid.stop_at = -1;
    CHECK_OK(gyre_harp_split_create(ROWS, COLUMNS, THREADS, visit, &grid, &split));
    CHECK_OK(gyre_harp_split_run(split, 0, NULL, &done));
    CHECK_EQ(done, ROWS * COLUMNS);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        CHECK_EQ(grid.visits[i / COLUMNS][i % COLUMNS], 1);
    /* A deadline cuts runs short; those cut off come first in the next. */
    grid.slow = true;
    while (total < ROWS * COLUMNS && runs++ < 10000) {
        CHECK_OK(gyre_harp_split_run(split, 0.001, NULL, &done));
        total += done;
    }
    for (int i = 0; i < ROWS * COLUMNS; i++)
        CHECK(grid.visits[i / COLUMNS][i % COLUMNS] >= 1 &&
              grid.visits[i / COLUMNS][i % COLUMNS] <= 3);
    CHECK(runs > 1 && total >= ROWS * COLUMNS);
    grid.slow = false;
    grid.stop_at = 2;
    CHECK_IS(gyre_harp_split_run(split, 0, NULL, &done), GYRE_ERR_IO);
    gyre_harp_split_destroy(split);
    gyre_harp_split_destroy(NULL);
}

typedef struct round {
    gyre_harp_table_t *table;
    atomic_int blocks;
} round_t;

/* Marks the partitions at hand: each worker visits each slice once a round. */
static gyre_status_t mark(void *arg, int thread, int row, int column)
{
    round_t *round = arg;
    (void)thread;
    (void)row;
    atomic_fetch_add(&round->blocks, 1);
    gyre_harp_partition_t *partition = gyre_harp_table_find(round->table, column);
    if (partition)
        ((int32_t *)partition->data)[check_rank]++;
    return GYRE_OK;
}

/* Slices go around twice while threads compute on the other; every partition meets every worker
 * twice. Partition p starts at worker p % size; some are large. */
static void go_around(int slices)
{
    enum { PARTITIONS = 9 };
    gyre_harp_table_t **tables = calloc((size_t)slices, sizeof(*tables));
    gyre_harp_partition_t *partition;
    gyre_harp_rotator_t *rotator;
    gyre_harp_split_t *split;
    round_t round = {0};
    for (int s = 0; s < slices; s++) {
        CHECK_OK(gyre_harp_table_create(pool, s, GYRE_INT32, GYRE_SUM, &tables[s]));
        for (int p = 0; p < PARTITIONS; p++)
            if (p % check_size == check_rank)
                CHECK_OK(gyre_harp_table_insert(
                    tables[s], p, (size_t)check_size + (p % 3 ? 0 : 5000 * (size_t)p), &partition));
    }
    CHECK_OK(gyre_harp_rotator_create(check_world, tables, slices, NULL, &rotator));
    CHECK_OK(gyre_harp_split_create(1, PARTITIONS, 2, mark, &round, &split));
    for (int step = 0; step < 2 * check_size * slices; step++) {
        CHECK_OK(gyre_harp_rotator_get(rotator, step % slices, &round.table));
        CHECK_OK(gyre_harp_split_run(split, 0, rotator, NULL));
        CHECK_OK(gyre_harp_rotator_rotate(rotator, step % slices));
    }
    CHECK_IS(gyre_harp_rotator_get(rotator, slices, &round.table), GYRE_ERR_RANGE);
    for (int s = 0; s < slices; s++) {
        CHECK_OK(gyre_harp_rotator_get(rotator, s, &round.table));
        CHECK(round.table == tables[s]);
        for (int p = 0; p < PARTITIONS; p++) {
            partition = gyre_harp_table_find(tables[s], p);
            CHECK(!partition == (p % check_size != check_rank));
            for (int i = 0; partition && i < check_size; i++)
                CHECK_EQ(((int32_t *)partition->data)[i], 2);
        }
    }
    CHECK_OK(gyre_harp_rotator_rotate(rotator, 0)); /* ended by destroy */
    gyre_harp_rotator_destroy(rotator);
    gyre_harp_split_destroy(split);
    for (int s = 0; s < slices; s++)
        gyre_harp_table_destroy(tables[s]);
    free(tables);
}

void test_rotator(void)
{
    check_split();
    for (int slices = 1; slices <= 3; slices++)
        go_around(slices);
    gyre_harp_rotator_destroy(NULL);
}
