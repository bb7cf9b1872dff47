/* SPDX-License-Identifier: Apache-2.0 */
/* What lies between tasks and between graphs: several edges and their barriers, datasets from graph
 * to graph, sources that wait and are stopped. */
#include "tasks/task-graph.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- Several edges between tasks, and barriers --- */

enum { ROUNDS = 20 };

typedef struct sieve {
    int64_t next;
    uint64_t even, odd; /* rows of this round */
    uint64_t rounds;
    const gyre_batch_t *refused;
    int64_t watermark;
} sieve_t;

static gyre_status_t open_sieve(gyre_task_t *task, void *arg, void **state)
{
    (void)task;
    (void)arg;
    *state = calloc(1, sizeof(sieve_t));
    return GYRE_OK;
}

static void close_sieve(gyre_task_t *task, void *state)
{
    (void)task;
    free(state);
}

/* Round r: r + 1 rows to "even", 2 r + 1 to "odd", then the barrier. */
static gyre_status_t sift(gyre_task_t *task, void *state)
{
    sieve_t *sieve = state;
    int even = gyre_task_edge(task, "even"), odd = gyre_task_edge(task, "odd");
    CHECK(even >= 0 && odd >= 0 && even != odd);
    CHECK_EQ(gyre_task_edge(task, "other"), -1);
    int64_t round = sieve->next++;
    const gyre_batch_t *few = make_rows(0, round + 1), *many = make_rows(0, 2 * round + 1);
    CHECK_OK(gyre_task_write(task, even, few));
    CHECK_OK(gyre_task_write(task, odd, many));
    gyre_batch_release(few);
    gyre_batch_release(many);
    CHECK_OK(gyre_task_barrier(task, (uint64_t)round));
    return sieve->next < ROUNDS ? GYRE_IN_PROGRESS : GYRE_OK;
}

/* Refuses every batch once: it comes again before all others. */
static gyre_status_t count_sifted(gyre_task_t *task, void *state, int edge, int source,
                                  const gyre_batch_t *batch)
{
    sieve_t *sieve = state;
    (void)task;
    (void)source;
    CHECK(!sieve->refused || sieve->refused == batch);
    sieve->refused = sieve->refused ? NULL : batch;
    if (sieve->refused)
        return GYRE_IN_PROGRESS;
    *(edge ? &sieve->odd : &sieve->even) += batch->length;
    return GYRE_OK;
}

/* Nothing of the next round has come, and all of this one. */
static gyre_status_t end_round(gyre_task_t *task, void *state, uint64_t id)
{
    sieve_t *sieve = state;
    uint64_t sources = (uint64_t)check_size;
    (void)task;
    CHECK_EQ(id, sieve->rounds);
    CHECK_EQ(sieve->even, sources * (id + 1));
    CHECK_EQ(sieve->odd, sources * (2 * id + 1));
    sieve->even = sieve->odd = 0;
    sieve->rounds++;
    return GYRE_OK;
}

static gyre_status_t end_rounds(gyre_task_t *task, void *state)
{
    (void)task;
    CHECK_EQ(((sieve_t *)state)->rounds, ROUNDS);
    return GYRE_OK;
}

void barriers(void)
{
    gyre_graph_t *graph;
    CHECK_OK(gyre_graph_create("barriers", 1, &graph));
    add_task(
        graph, "sift",
        (gyre_task_opts_t){
            .parallelism = check_size, .source = sift, .open = open_sieve, .close = close_sieve});
    add_task(graph, "count",
             (gyre_task_opts_t){.parallelism = 1,
                                .receive = count_sifted,
                                .barrier = end_round,
                                .end = end_rounds,
                                .open = open_sieve,
                                .close = close_sieve});
    add_edge(graph, "sift", "count", "even", GYRE_UNION);
    add_edge(graph, "sift", "count", "odd", GYRE_GATHER);
    run_t run = run_open(graph);
    CHECK_OK(gyre_executor_run(run.executor));
    run_close(&run);
    gyre_graph_destroy(graph);
}

/* --- Watermarks --- */

/* Round r: the watermark, and a row, are r. */
static gyre_status_t mark_time(gyre_task_t *task, void *state)
{
    sieve_t *sieve = state;
    int64_t round = sieve->next++;
    const gyre_batch_t *batch = make_rows(round, 1);
    CHECK_OK(gyre_task_watermark(task, round));
    CHECK_OK(gyre_task_write(task, gyre_task_edge(task, "ticks"), batch));
    CHECK_OK(gyre_task_write(task, gyre_task_edge(task, "straight"), batch));
    gyre_batch_release(batch);
    CHECK_OK(gyre_task_barrier(task, (uint64_t)round));
    return sieve->next < ROUNDS ? GYRE_IN_PROGRESS : GYRE_OK;
}

static gyre_status_t relay(gyre_task_t *task, void *state, int edge, int source,
                           const gyre_batch_t *batch)
{
    (void)state;
    (void)edge;
    (void)source;
    return gyre_task_write(task, 0, batch);
}

/* Refuses first, then lets a row of that time go before it. */
static gyre_status_t relay_watermark(gyre_task_t *task, void *state, int64_t time)
{
    sieve_t *sieve = state;
    if (sieve->watermark != time) {
        sieve->watermark = time;
        return GYRE_IN_PROGRESS;
    }
    const gyre_batch_t *batch = make_rows(time, 1);
    gyre_status_t status = gyre_task_write(task, 0, batch);
    gyre_batch_release(batch);
    return status;
}

static gyre_status_t open_count(gyre_task_t *task, void *arg, void **state)
{
    gyre_status_t status = open_sieve(task, arg, state);
    ((sieve_t *)*state)->watermark = INT64_MIN;
    return status;
}

static gyre_status_t count_ticks(gyre_task_t *task, void *state, int edge, int source,
                                 const gyre_batch_t *batch)
{
    sieve_t *sieve = state;
    (void)task;
    (void)source;
    (void)edge;
    for (size_t i = 0; i < batch->length; i++)
        CHECK(row_value(batch, i) >= sieve->watermark);
    sieve->even += batch->length;
    return GYRE_OK;
}

static gyre_status_t count_watermark(gyre_task_t *task, void *state, int64_t time)
{
    sieve_t *sieve = state;
    (void)task;
    CHECK(time > sieve->watermark);
    sieve->watermark = time;
    return GYRE_OK;
}

/* Every instance has given a row by either way, and one for its watermark. */
static gyre_status_t end_ticks(gyre_task_t *task, void *state, uint64_t id)
{
    sieve_t *sieve = state;
    (void)task;
    CHECK_EQ(sieve->watermark, id);
    CHECK_EQ(sieve->even, 3 * (uint64_t)check_size);
    sieve->even = 0;
    sieve->rounds++;
    return GYRE_OK;
}

void watermarks(void)
{
    gyre_graph_t *graph;
    const gyre_task_opts_t ticking = {
        .parallelism = check_size, .source = mark_time, .open = open_sieve, .close = close_sieve};
    CHECK_OK(gyre_graph_create("watermarks", 1, &graph));
    add_task(graph, "tick", ticking);
    add_task(graph, "relay",
             (gyre_task_opts_t){.parallelism = check_size,
                                .receive = relay,
                                .watermark = relay_watermark,
                                .open = open_count,
                                .close = close_sieve});
    add_task(graph, "count",
             (gyre_task_opts_t){.parallelism = 1,
                                .receive = count_ticks,
                                .watermark = count_watermark,
                                .barrier = end_ticks,
                                .end = end_rounds,
                                .open = open_count,
                                .close = close_sieve});
    add_edge(graph, "tick", "relay", "ticks", GYRE_PIPE);
    add_edge(graph, "tick", "count", "straight", GYRE_UNION);
    add_edge(graph, "relay", "count", "relayed", GYRE_GATHER);
    run_t run = run_open(graph);
    CHECK_OK(gyre_executor_run(run.executor));
    run_close(&run);
    gyre_graph_destroy(graph);
}

/* --- Datasets from graph to graph --- */

static const char *const points[] = {"points", NULL};

static gyre_status_t leave_points(gyre_task_t *task, void *state)
{
    const gyre_batch_t *batch = make_rows(gyre_task_index(task), 10);
    (void)state;
    CHECK_IS(gyre_task_output(task, "nothing", batch), GYRE_ERR_NOT_FOUND);
    gyre_status_t status = gyre_task_output(task, "points", batch);
    gyre_batch_release(batch);
    return status;
}

static gyre_status_t read_points(gyre_task_t *task, void *state)
{
    size_t count;
    gyre_dataset_t *dataset = gyre_task_input(task, "points");
    CHECK(dataset && !gyre_task_input(task, "nothing"));
    const gyre_batch_t *const *batches =
        gyre_dataset_batches(dataset, gyre_task_index(task), &count);
    CHECK_EQ(count, 1);
    CHECK_EQ(row_value(batches[0], 0), gyre_task_index(task));
    atomic_fetch_add((atomic_ulong *)state, batches[0]->length);
    return GYRE_OK;
}

void datasets(void)
{
    gyre_graph_t *writer, *reader;
    gyre_plan_t *plan;
    gyre_executor_t *write, *read;
    gyre_dataset_t *dataset, *wrong;
    atomic_ulong rows = 0;
    CHECK_OK(gyre_graph_create("writer", 0, &writer));
    CHECK_OK(gyre_graph_create("reader", 0, &reader));
    add_task(writer, "leave",
             (gyre_task_opts_t){.parallelism = 5, .source = leave_points, .outputs = points});
    add_task(reader, "read",
             (gyre_task_opts_t){
                 .parallelism = 5, .source = read_points, .inputs = points, .arg = &rows});
    const gyre_graph_t *graphs[] = {writer, reader};
    CHECK_OK(gyre_plan_create_for(check_world, graphs, 2, NULL, &plan));
    CHECK_OK(gyre_executor_create(check_world, writer, plan, &run_how, &write));
    CHECK_OK(gyre_executor_create(check_world, reader, plan, &run_how, &read));
    CHECK_IS(gyre_executor_get(write, "points", &dataset), GYRE_ERR_STATE);
    CHECK_IS(gyre_executor_get(write, "lines", &dataset), GYRE_ERR_NOT_FOUND);
    CHECK_OK(gyre_executor_run(write));
    CHECK_OK(gyre_executor_get(write, "points", &dataset));
    CHECK_OK(gyre_dataset_create(4, &wrong));
    CHECK_IS(gyre_executor_set(read, "points", wrong), GYRE_ERR_ARG);
    CHECK_IS(gyre_executor_set(read, "lines", dataset), GYRE_ERR_NOT_FOUND);
    gyre_dataset_release(wrong);
    CHECK_OK(gyre_executor_set(read, "points", dataset));
    gyre_executor_destroy(write);
    for (int i = 0; i < 3; i++)
        CHECK_OK(gyre_executor_run(read));
    CHECK_EQ(check_sum(rows), 3 * 50);
    gyre_dataset_release(dataset);
    gyre_executor_destroy(read);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(writer);
    gyre_graph_destroy(reader);
}

/* --- What came from an edge and is left in a dataset --- */

enum { KEPT_ROWS = 4096, KEPT_BATCHES = 80 }; /* more than GYRE_MEMORY of a tiny transport */

static gyre_status_t give_many(gyre_task_t *task, void *state)
{
    int *given = state;
    const gyre_batch_t *batch = make_rows((int64_t)*given * KEPT_ROWS, KEPT_ROWS);
    CHECK_OK(gyre_task_write(task, 0, batch));
    gyre_batch_release(batch);
    return ++*given < KEPT_BATCHES ? GYRE_IN_PROGRESS : GYRE_OK;
}

/* Some rows as they came, and the others as a slice. */
static gyre_status_t keep_all(gyre_task_t *task, void *state, int edge, int source,
                              const gyre_batch_t *batch)
{
    const gyre_batch_t *rest;
    size_t half = batch->length / 2;
    (void)state;
    (void)edge;
    (void)source;
    if (row_value(batch, 0) % 2)
        return gyre_task_output(task, "points", batch);
    for (int part = 0; part < 2; part++) {
        CHECK_OK(gyre_batch_slice(batch, part * half, part ? batch->length - half : half, &rest));
        CHECK_OK(gyre_task_output(task, "points", rest));
        gyre_batch_release(rest);
    }
    return GYRE_OK;
}

void keeping(void)
{
    gyre_graph_t *graph;
    gyre_dataset_t *dataset;
    uint64_t rows = 0, sum = 0, total = (uint64_t)KEPT_ROWS * KEPT_BATCHES;
    int given = 0;
    CHECK_OK(gyre_graph_create("keeping", 0, &graph));
    add_task(graph, "give",
             (gyre_task_opts_t){.parallelism = check_size, .source = give_many, .arg = &given});
    add_task(graph, "keep",
             (gyre_task_opts_t){.parallelism = check_size, .receive = keep_all, .outputs = points});
    add_edge(graph, "give", "keep", NULL, GYRE_PARTITION);
    run_t run = run_open(graph);
    CHECK_OK(gyre_executor_run(run.executor));
    CHECK_OK(gyre_executor_get(run.executor, "points", &dataset));
    run_close(&run);
    for (int part = 0; part < gyre_dataset_parts(dataset); part++) {
        size_t count;
        const gyre_batch_t *const *batches = gyre_dataset_batches(dataset, part, &count);
        for (size_t i = 0; i < count; rows += batches[i++]->length)
            for (size_t row = 0; row < batches[i]->length; row++)
                sum += (uint64_t)row_value(batches[i], row);
    }
    CHECK_EQ(check_sum(rows), (uint64_t)check_size * total);
    CHECK_EQ(check_sum(sum), (uint64_t)check_size * (total * (total - 1) / 2));
    gyre_dataset_release(dataset);
    gyre_graph_destroy(graph);
}

/* --- Sources that wait, and that are stopped --- */

typedef struct drip {
    int fds[2];
    atomic_long given;
    atomic_ulong received;
    gyre_executor_t *executor;
} drip_t;

/* A byte of the pipe, which the instances of a worker share, is a row; nobody asks while there is
 * none. Who waits at last would do so for long. */
static gyre_status_t drip(gyre_task_t *task, void *state)
{
    drip_t *from = state;
    char byte;
    if (read(from->fds[0], &byte, 1) == 1) {
        const gyre_batch_t *batch = make_rows(from->given++, 1);
        CHECK_OK(gyre_task_write(task, 0, batch));
        gyre_batch_release(batch);
    } else {
        gyre_task_await(task, from->fds[0], (const int[]){-1, 5, 1000000}[from->given % 3]);
    }
    return GYRE_IN_PROGRESS;
}

/* Asks for the next, and after many stops its worker's source. */
static gyre_status_t sip(gyre_task_t *task, void *state, int edge, int source,
                         const gyre_batch_t *batch)
{
    drip_t *from = state;
    (void)task;
    (void)edge;
    (void)source;
    if (atomic_fetch_add(&from->received, batch->length) + batch->length < 200)
        CHECK(write(from->fds[1], "x", 1) == 1);
    else
        gyre_executor_stop(from->executor);
    return GYRE_OK;
}

/* Timers of this process that will go off, but not soon, as those of the wire do. */
static size_t armed(void)
{
    char path[64], line[64];
    long seconds;
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
        FILE *info = fopen(path, "r");
        while (info && fgets(line, sizeof(line), info))
            count += sscanf(line, "it_value: (%ld,", &seconds) == 1 && seconds > 100;
        if (info)
            fclose(info);
    }
    return count;
}

void waiting(void)
{
    gyre_graph_t *graph;
    size_t before = armed();
    drip_t from = {.given = 0};
    CHECK(pipe2(from.fds, O_NONBLOCK) == 0 && write(from.fds[1], "x", 1) == 1);
    CHECK_OK(gyre_graph_create("waiting", 1, &graph));
    add_task(graph, "drip",
             (gyre_task_opts_t){.parallelism = 2 * check_size, .source = drip, .arg = &from});
    add_task(graph, "sip",
             (gyre_task_opts_t){.parallelism = 2 * check_size, .receive = sip, .arg = &from});
    add_edge(graph, "drip", "sip", NULL, GYRE_PIPE);
    run_t run = run_open(graph);
    from.executor = run.executor;
    CHECK_OK(gyre_executor_run(run.executor));
    CHECK_EQ(from.received, 200);
    CHECK_EQ(armed(), before);
    run_close(&run);
    gyre_graph_destroy(graph);
    close(from.fds[0]);
    close(from.fds[1]);
}

static gyre_status_t tick(gyre_task_t *task, void *state)
{
    int *ticks = state;
    gyre_task_await(task, -1, 1);
    return ++*ticks % 10 ? GYRE_IN_PROGRESS : GYRE_OK;
}

/* Also behind a thread that waits in the wire. */
void ticking(void)
{
    gyre_graph_t *graph;
    int ticks = 0;
    CHECK_OK(gyre_graph_create("ticking", 1, &graph));
    add_task(graph, "tick",
             (gyre_task_opts_t){.parallelism = check_size, .source = tick, .arg = &ticks});
    run_t run = run_open(graph);
    CHECK_OK(gyre_executor_run(run.executor));
    pthread_t thread = wait_in_wire();
    CHECK_OK(gyre_executor_run(run.executor));
    CHECK_EQ(ticks, 20);
    end_wait(thread);
    run_close(&run);
    gyre_graph_destroy(graph);
}
