/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs run by executors, each case with one thread, with threads apart, and with all of them
 * helping: random graphs against what they must come to, refused writes, failures, a thousand runs;
 * and the cases of task-edges.c. */
#include "tasks/task-graph.h"

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 4, BLOCK = 100 };

/* --- Random chains --- */

static uint64_t sum_of(const gyre_batch_t *batch)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < batch->length; i++)
        sum += check_mix((uint64_t)row_value(batch, i), 1);
    return sum;
}

typedef struct chain {
    uint64_t seed;
    int levels, parallelism[LEVELS];
    gyre_operator_kind_t kinds[LEVELS]; /* from this level to the next */
    int64_t rows;                       /* of each source instance */
    atomic_ulong received, sum;
    atomic_int ends, opened;
} chain_t;

typedef struct counter {
    chain_t *chain;
    int64_t next;
} counter_t;

static gyre_status_t open_counter(gyre_task_t *task, void *arg, void **state)
{
    counter_t *counter = calloc(1, sizeof(*counter));
    (void)task;
    counter->chain = arg;
    atomic_fetch_add(&counter->chain->opened, 1);
    *state = counter;
    return GYRE_OK;
}

static void close_counter(gyre_task_t *task, void *state)
{
    counter_t *counter = state;
    (void)task;
    atomic_fetch_sub(&counter->chain->opened, 1);
    free(counter);
}

/* Some batches a call, until a write is refused. */
static gyre_status_t count_up(gyre_task_t *task, void *state)
{
    counter_t *counter = state;
    int64_t end = counter->chain->rows;
    for (int i = 0; i < 5 && counter->next < end; i++) {
        int64_t count = end - counter->next < BLOCK ? end - counter->next : BLOCK;
        const gyre_batch_t *batch =
            make_rows((int64_t)gyre_task_index(task) * end + counter->next, count);
        gyre_status_t status = gyre_task_write(task, 0, batch);
        gyre_batch_release(batch);
        if (status != GYRE_OK) {
            CHECK_EQ(status, GYRE_IN_PROGRESS);
            return status;
        }
        counter->next += count;
    }
    if (counter->next < end)
        return GYRE_IN_PROGRESS;
    counter->next = 0;
    return GYRE_OK;
}

static gyre_status_t forward(gyre_task_t *task, void *state, int edge, int source,
                             const gyre_batch_t *batch)
{
    (void)state;
    (void)source;
    CHECK_EQ(edge, 0);
    return gyre_task_write(task, 0, batch);
}

static gyre_status_t collect(gyre_task_t *task, void *state, int edge, int source,
                             const gyre_batch_t *batch)
{
    chain_t *chain = ((counter_t *)state)->chain;
    (void)task;
    (void)edge;
    (void)source;
    atomic_fetch_add(&chain->received, batch->length);
    atomic_fetch_add(&chain->sum, sum_of(batch));
    return GYRE_OK;
}

static gyre_status_t count_end(gyre_task_t *task, void *state)
{
    (void)task;
    atomic_fetch_add(&((counter_t *)state)->chain->ends, 1);
    return GYRE_OK;
}

static const char *level_name(int level)
{
    static const char *const names[] = {"first", "second", "third", "fourth"};
    return names[level];
}

static void draw_chain(chain_t *chain, uint64_t *random)
{
    static const gyre_operator_kind_t kinds[] = {GYRE_PIPE, GYRE_UNION, GYRE_PARTITION,
                                                 GYRE_GATHER};
    chain->levels = 2 + (int)check_below(random, LEVELS - 1);
    chain->rows = (int64_t)check_below(random, 3000);
    chain->parallelism[0] = 1 + (int)check_below(random, 6);
    for (int i = 0; i + 1 < chain->levels; i++) {
        chain->kinds[i] = kinds[check_below(random, 4)];
        chain->parallelism[i + 1] = chain->kinds[i] == GYRE_PIPE ? chain->parallelism[i]
                                    : chain->kinds[i] == GYRE_GATHER
                                        ? 1
                                        : 1 + (int)check_below(random, 6);
    }
}

static gyre_graph_t *make_chain(chain_t *chain, int stream)
{
    gyre_graph_t *graph;
    CHECK_OK(gyre_graph_create("chain", stream, &graph));
    for (int i = 0; i < chain->levels; i++) {
        bool last = i + 1 == chain->levels;
        add_task(graph, level_name(i),
                 (gyre_task_opts_t){.parallelism = chain->parallelism[i],
                                    .source = i ? NULL : count_up,
                                    .receive = i == 0 ? NULL
                                               : last ? collect
                                                      : forward,
                                    .end = last ? count_end : NULL,
                                    .open = open_counter,
                                    .close = close_counter,
                                    .arg = chain});
    }
    for (int i = 0; i + 1 < chain->levels; i++)
        add_edge(graph, level_name(i), level_name(i + 1), NULL, chain->kinds[i]);
    return graph;
}

static void check_chain(chain_t *chain)
{
    uint64_t rows = (uint64_t)chain->rows * (uint64_t)chain->parallelism[0], sum = 0;
    for (uint64_t i = 0; i < rows; i++)
        sum += check_mix(i, 1);
    CHECK_EQ(check_sum(chain->received), rows);
    CHECK_EQ(check_sum(chain->sum), sum);
    CHECK_EQ(check_sum((uint64_t)chain->ends), chain->parallelism[chain->levels - 1]);
    chain->received = chain->sum = 0;
    chain->ends = 0;
}

static void chains(void)
{
    uint64_t random = check_seed();
    for (int i = 0; i < 12; i++) {
        chain_t chain = {0};
        draw_chain(&chain, &random);
        gyre_graph_t *graph = make_chain(&chain, (int)check_below(&random, 2));
        run_t run = run_open(graph);
        for (int k = 0; k < 3; k++) {
            CHECK_OK(gyre_executor_run(run.executor));
            check_chain(&chain);
        }
        run_close(&run);
        CHECK_EQ(chain.opened, 0);
        gyre_graph_destroy(graph);
    }
}

static size_t descriptors(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    CHECK(dir != NULL);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void thousand(void)
{
    chain_t chain = {.levels = 3,
                     .parallelism = {check_size, 2, check_size},
                     .kinds = {GYRE_UNION, GYRE_PARTITION},
                     .rows = 250};
    gyre_graph_t *graph = make_chain(&chain, 0);
    run_t run = run_open(graph);
    size_t used = 0, open = 0;
    for (int i = 0; i < 1000; i++) {
        CHECK_OK(gyre_executor_run(run.executor));
        check_chain(&chain);
        if (i == 100) {
            used = mallinfo2().uordblks;
            open = descriptors();
        }
    }
    CHECK(mallinfo2().uordblks < used + (256 << 10));
    CHECK_EQ(descriptors(), open);
    run_close(&run);
    gyre_graph_destroy(graph);
}

/* --- Failures --- */

static gyre_status_t break_off(gyre_task_t *task, void *state, int edge, int source,
                               const gyre_batch_t *batch)
{
    (void)state;
    (void)edge;
    (void)source;
    if (gyre_task_index(task) == 1 && row_value(batch, batch->length - 1) > 500)
        return gyre_task_output(task, "no such", batch);
    return GYRE_OK;
}

static void failing(void)
{
    chain_t chain = {.rows = 100000};
    gyre_graph_t *graph;
    CHECK_OK(gyre_graph_create("failing", 0, &graph));
    add_task(graph, "give",
             (gyre_task_opts_t){.parallelism = check_size,
                                .source = count_up,
                                .open = open_counter,
                                .close = close_counter,
                                .arg = &chain});
    add_task(graph, "break", (gyre_task_opts_t){.parallelism = 3, .receive = break_off});
    add_edge(graph, "give", "break", NULL, GYRE_PARTITION);
    run_t run = run_open(graph);
    CHECK_IS(gyre_executor_run(run.executor), GYRE_ERR_NOT_FOUND);
    CHECK(strstr(gyre_last_error(), "task \"break\" 1") != NULL);
    CHECK(strstr(gyre_last_error(), "no such") != NULL);
    CHECK_IS(gyre_executor_run(run.executor), GYRE_ERR_NOT_FOUND);
    run_close(&run);
    CHECK_EQ(chain.opened, 0);
    gyre_graph_destroy(graph);
}

enum { TRIES = 20000 };

typedef struct scene {
    atomic_bool entered, broken, left;
    atomic_int failures;
} scene_t;

static gyre_status_t linger(gyre_task_t *task, void *state)
{
    scene_t *scene = state;
    (void)task;
    scene->entered = true;
    while (!scene->broken)
        sched_yield();
    for (int i = 0; i < TRIES; i++)
        sched_yield();
    scene->left = true;
    return GYRE_OK;
}

static gyre_status_t break_once(gyre_task_t *task, void *state)
{
    scene_t *scene = state;
    (void)task;
    while (!scene->entered)
        sched_yield();
    scene->broken = true;
    atomic_fetch_add(&scene->failures, 1);
    return GYRE_ERR_IO;
}

/* A run that has failed is over: no function is at work or called again. */
static void quiet(void)
{
    gyre_graph_t *graph;
    scene_t scene = {0};
    if (run_how.threads < 2)
        return;
    CHECK_OK(gyre_graph_create("quiet", 0, &graph));
    add_task(graph, "linger",
             (gyre_task_opts_t){.parallelism = check_size, .source = linger, .arg = &scene});
    add_task(graph, "break",
             (gyre_task_opts_t){.parallelism = check_size, .source = break_once, .arg = &scene});
    run_t run = run_open(graph);
    CHECK_IS(gyre_executor_run(run.executor), GYRE_ERR_IO);
    CHECK(scene.left);
    CHECK_EQ(scene.failures, 1);
    run_close(&run);
    gyre_graph_destroy(graph);
}

/* While another thread waits in the wire. */
static void beside(void)
{
    chain_t chain = {.levels = 3,
                     .parallelism = {check_size, 3, check_size},
                     .kinds = {GYRE_PARTITION, GYRE_UNION},
                     .rows = 3000};
    gyre_graph_t *graph = make_chain(&chain, 0);
    run_t run = run_open(graph);
    pthread_t thread = wait_in_wire();
    for (int i = 0; i < 20; i++) {
        CHECK_OK(gyre_executor_run(run.executor));
        chain.ends = 0;
    }
    end_wait(thread);
    CHECK_EQ(check_sum(chain.received), 20 * chain.rows * check_size);
    run_close(&run);
    gyre_graph_destroy(graph);
}

static void abandoned(void)
{
    chain_t chain = {.levels = 3,
                     .parallelism = {check_size, 3, 2},
                     .kinds = {GYRE_PARTITION, GYRE_UNION},
                     .rows = 100000};
    gyre_graph_t *graph = make_chain(&chain, 0);
    run_t run = run_open(graph);
    CHECK_OK(gyre_executor_start(run.executor));
    for (int i = 0; i < 20 && gyre_executor_progress(run.executor) == GYRE_IN_PROGRESS; i++)
        ;
    run_close(&run);
    CHECK_EQ(chain.opened, 0);
    gyre_graph_destroy(graph);
}

/* --- Hooks and figures --- */

static void note(void *arg, gyre_executor_t *executor)
{
    (void)executor;
    ++*(int *)arg;
}

static void figures(void)
{
    chain_t chain = {
        .levels = 2, .parallelism = {1, check_size}, .kinds = {GYRE_PARTITION}, .rows = 1000};
    gyre_graph_t *graph = make_chain(&chain, 0);
    gyre_executor_opts_t kept = run_how;
    int calls = 0;
    char *text;
    size_t length;
    run_how.before = run_how.after = run_how.closing = note;
    run_how.arg = &calls;
    run_t run = run_open(graph);
    run_how = kept;
    CHECK_OK(gyre_executor_start(run.executor));
    CHECK_IS(gyre_executor_start(run.executor), GYRE_ERR_STATE);
    CHECK_EQ(calls, 1);
    gyre_status_t status;
    while ((status = gyre_executor_progress(run.executor)) == GYRE_IN_PROGRESS)
        ;
    CHECK_OK(status);
    CHECK_EQ(calls, 2);
    check_chain(&chain);
    FILE *stream = open_memstream(&text, &length);
    CHECK_OK(gyre_executor_stats(run.executor, stream));
    fclose(stream);
    CHECK(strstr(text, "\"graph\":\"chain\"") && strstr(text, "\"operator\":\"partition\""));
    CHECK((strstr(text, "\"rows_out\":1000") != NULL) ==
          (gyre_plan_worker(run.plan, "chain", "first", 0) == check_rank));
    free(text);
    run_close(&run);
    CHECK_EQ(calls, 3);
    gyre_graph_destroy(graph);
}

/* --- Ways to run --- */

static void each_way(void (*run)(void))
{
    static const gyre_executor_opts_t ways[] = {{sizeof(gyre_executor_opts_t), .threads = 0},
                                                {sizeof(gyre_executor_opts_t), .threads = 2},
                                                {sizeof(gyre_executor_opts_t), .threads = 2, 1}};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        run_how = ways[i];
        run();
    }
}

#define CASES(X)                                                                                   \
    X(chains)                                                                                      \
    X(thousand)                                                                                    \
    X(barriers)                                                                                    \
    X(watermarks) X(datasets) X(keeping) X(waiting) X(ticking) X(failing) X(quiet) X(beside)       \
        X(abandoned) X(figures)
#define EACH_WAY(name)                                                                             \
    static void run_##name(void)                                                                   \
    {                                                                                              \
        each_way(name);                                                                            \
    }
CASES(EACH_WAY)

int main(int argc, char **argv)
{
#define ROW(name) {#name, run_##name},
    static const check_case_t cases[] = {CASES(ROW)};
    static const gyre_field_t field = {.name = "value", .kind = GYRE_KIND_INT64, .required = true};
    CHECK_OK(gyre_schema_create(&field, 1, &run_schema));
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_MULTIPLE, 120);
    gyre_schema_release(run_schema);
    return status;
}
