/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs run by executors, each case with one thread, with threads apart, and with all of them
 * helping: random graphs against what they must come to, refused writes, barriers, datasets between
 * graphs, sources that wait, failures, a thousand runs. */
#include "lib/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEVELS = 4, BLOCK = 100 };

static gyre_executor_opts_t how; /* of all executors of a case */
static const gyre_schema_t *schema;

/* --- What all graphs here are made of --- */

static const gyre_batch_t *make_batch(int64_t first, int64_t count)
{
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    CHECK_OK(gyre_builder_create_batch(schema, NULL, &builder));
    for (int64_t i = first; i < first + count; i++)
        CHECK_OK(gyre_builder_append_int64(builder->children[0], i));
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    gyre_builder_destroy(builder);
    return batch;
}

static int64_t value(const gyre_batch_t *batch, size_t row)
{
    return ((const int64_t *)batch->columns[0]->values)[row];
}

static uint64_t sum_of(const gyre_batch_t *batch)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < batch->length; i++)
        sum += check_mix((uint64_t)value(batch, i), 1);
    return sum;
}

typedef struct run {
    gyre_plan_t *plan;
    gyre_executor_t *executor;
} run_t;

static run_t prepare(const gyre_graph_t *graph)
{
    run_t run;
    CHECK_OK(gyre_plan_create_for(check_world, &graph, 1, NULL, &run.plan));
    CHECK_OK(gyre_executor_create(check_world, graph, run.plan, &how, &run.executor));
    return run;
}

static void dispose(run_t *run)
{
    gyre_executor_destroy(run->executor);
    gyre_plan_destroy(run->plan);
}

static void add(gyre_graph_t *graph, const char *name, gyre_task_opts_t opts)
{
    opts.size = sizeof(opts);
    CHECK_OK(gyre_graph_add(graph, name, &opts));
}

static void join(gyre_graph_t *graph, const char *from, const char *to, const char *name,
                 gyre_operator_kind_t kind)
{
    gyre_edge_opts_t opts = {.size = sizeof(opts),
                             .name = name,
                             .from = from,
                             .to = to,
                             .flow = {.kind = kind, .schema = schema}};
    CHECK_OK(gyre_graph_connect(graph, &opts));
}

/* --- Random chains --- */

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
            make_batch((int64_t)gyre_task_index(task) * end + counter->next, count);
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
        add(graph, level_name(i),
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
        join(graph, level_name(i), level_name(i + 1), NULL, chain->kinds[i]);
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
        run_t run = prepare(graph);
        for (int k = 0; k < 3; k++) {
            CHECK_OK(gyre_executor_run(run.executor));
            check_chain(&chain);
        }
        dispose(&run);
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
    run_t run = prepare(graph);
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
    dispose(&run);
    gyre_graph_destroy(graph);
}

/* --- Several edges between tasks, and barriers --- */

enum { ROUNDS = 20 };

typedef struct sieve {
    int64_t next;
    uint64_t even, odd; /* rows of this round */
    uint64_t rounds;
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
    const gyre_batch_t *few = make_batch(0, round + 1), *many = make_batch(0, 2 * round + 1);
    CHECK_OK(gyre_task_write(task, even, few));
    CHECK_OK(gyre_task_write(task, odd, many));
    gyre_batch_release(few);
    gyre_batch_release(many);
    CHECK_OK(gyre_task_barrier(task, (uint64_t)round));
    return sieve->next < ROUNDS ? GYRE_IN_PROGRESS : GYRE_OK;
}

static gyre_status_t count_sifted(gyre_task_t *task, void *state, int edge, int source,
                                  const gyre_batch_t *batch)
{
    sieve_t *sieve = state;
    (void)task;
    (void)source;
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

static void barriers(void)
{
    gyre_graph_t *graph;
    CHECK_OK(gyre_graph_create("barriers", 1, &graph));
    add(graph, "sift",
        (gyre_task_opts_t){
            .parallelism = check_size, .source = sift, .open = open_sieve, .close = close_sieve});
    add(graph, "count",
        (gyre_task_opts_t){.parallelism = 1,
                           .receive = count_sifted,
                           .barrier = end_round,
                           .end = end_rounds,
                           .open = open_sieve,
                           .close = close_sieve});
    join(graph, "sift", "count", "even", GYRE_UNION);
    join(graph, "sift", "count", "odd", GYRE_GATHER);
    run_t run = prepare(graph);
    CHECK_OK(gyre_executor_run(run.executor));
    dispose(&run);
    gyre_graph_destroy(graph);
}

/* --- Datasets from graph to graph --- */

static const char *const points[] = {"points", NULL};

static gyre_status_t leave_points(gyre_task_t *task, void *state)
{
    const gyre_batch_t *batch = make_batch(gyre_task_index(task), 10);
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
    CHECK_EQ(value(batches[0], 0), gyre_task_index(task));
    atomic_fetch_add((atomic_ulong *)state, batches[0]->length);
    return GYRE_OK;
}

static void datasets(void)
{
    gyre_graph_t *writer, *reader;
    gyre_plan_t *plan;
    gyre_executor_t *write, *read;
    gyre_dataset_t *dataset, *wrong;
    atomic_ulong rows = 0;
    CHECK_OK(gyre_graph_create("writer", 0, &writer));
    CHECK_OK(gyre_graph_create("reader", 0, &reader));
    add(writer, "leave",
        (gyre_task_opts_t){.parallelism = 5, .source = leave_points, .outputs = points});
    add(reader, "read",
        (gyre_task_opts_t){
            .parallelism = 5, .source = read_points, .inputs = points, .arg = &rows});
    const gyre_graph_t *graphs[] = {writer, reader};
    CHECK_OK(gyre_plan_create_for(check_world, graphs, 2, NULL, &plan));
    CHECK_OK(gyre_executor_create(check_world, writer, plan, &how, &write));
    CHECK_OK(gyre_executor_create(check_world, reader, plan, &how, &read));
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

/* --- Sources that wait, and that are stopped --- */

typedef struct drip {
    int fds[2];
    int64_t given;
    atomic_ulong received;
    gyre_executor_t *executor;
} drip_t;

/* A byte of the pipe is a row; nobody asks while there is none. */
static gyre_status_t drip(gyre_task_t *task, void *state)
{
    drip_t *from = state;
    char byte;
    if (read(from->fds[0], &byte, 1) == 1) {
        const gyre_batch_t *batch = make_batch(from->given++, 1);
        CHECK_OK(gyre_task_write(task, 0, batch));
        gyre_batch_release(batch);
    } else {
        gyre_task_await(task, from->fds[0], from->given % 3 ? -1 : 5);
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

static void waiting(void)
{
    gyre_graph_t *graph;
    drip_t from = {.given = 0};
    CHECK(pipe2(from.fds, O_NONBLOCK) == 0 && write(from.fds[1], "x", 1) == 1);
    CHECK_OK(gyre_graph_create("waiting", 1, &graph));
    add(graph, "drip", (gyre_task_opts_t){.parallelism = check_size, .source = drip, .arg = &from});
    add(graph, "sip", (gyre_task_opts_t){.parallelism = check_size, .receive = sip, .arg = &from});
    join(graph, "drip", "sip", NULL, GYRE_PIPE);
    run_t run = prepare(graph);
    from.executor = run.executor;
    CHECK_OK(gyre_executor_run(run.executor));
    CHECK_EQ(from.received, 200);
    dispose(&run);
    gyre_graph_destroy(graph);
    close(from.fds[0]);
    close(from.fds[1]);
}

/* --- Failures --- */

static gyre_status_t break_off(gyre_task_t *task, void *state, int edge, int source,
                               const gyre_batch_t *batch)
{
    (void)state;
    (void)edge;
    (void)source;
    if (gyre_task_index(task) == 1 && value(batch, batch->length - 1) > 500)
        return gyre_task_output(task, "no such", batch);
    return GYRE_OK;
}

static void failing(void)
{
    chain_t chain = {.rows = 100000};
    gyre_graph_t *graph;
    CHECK_OK(gyre_graph_create("failing", 0, &graph));
    add(graph, "give",
        (gyre_task_opts_t){.parallelism = check_size,
                           .source = count_up,
                           .open = open_counter,
                           .close = close_counter,
                           .arg = &chain});
    add(graph, "break", (gyre_task_opts_t){.parallelism = 3, .receive = break_off});
    join(graph, "give", "break", NULL, GYRE_PARTITION);
    run_t run = prepare(graph);
    CHECK_IS(gyre_executor_run(run.executor), GYRE_ERR_NOT_FOUND);
    CHECK(strstr(gyre_last_error(), "task \"break\" 1") != NULL);
    CHECK(strstr(gyre_last_error(), "no such") != NULL);
    CHECK_IS(gyre_executor_run(run.executor), GYRE_ERR_NOT_FOUND);
    dispose(&run);
    CHECK_EQ(chain.opened, 0);
    gyre_graph_destroy(graph);
}

static void abandoned(void)
{
    chain_t chain = {.levels = 3,
                     .parallelism = {check_size, 3, 2},
                     .kinds = {GYRE_PARTITION, GYRE_UNION},
                     .rows = 100000};
    gyre_graph_t *graph = make_chain(&chain, 0);
    run_t run = prepare(graph);
    CHECK_OK(gyre_executor_start(run.executor));
    for (int i = 0; i < 20 && gyre_executor_progress(run.executor) == GYRE_IN_PROGRESS; i++)
        ;
    dispose(&run);
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
    gyre_executor_opts_t kept = how;
    int calls = 0;
    char *text;
    size_t length;
    how.before = how.after = how.closing = note;
    how.arg = &calls;
    run_t run = prepare(graph);
    how = kept;
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
    dispose(&run);
    CHECK_EQ(calls, 3);
    gyre_graph_destroy(graph);
}

static void each_way(void (*run)(void))
{
    static const gyre_executor_opts_t ways[] = {{sizeof(gyre_executor_opts_t), .threads = 0},
                                                {sizeof(gyre_executor_opts_t), .threads = 2},
                                                {sizeof(gyre_executor_opts_t), .threads = 2, 1}};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        how = ways[i];
        run();
    }
}

static void run_chains(void)
{
    each_way(chains);
}

static void run_thousand(void)
{
    each_way(thousand);
}

static void run_barriers(void)
{
    each_way(barriers);
}

static void run_datasets(void)
{
    each_way(datasets);
}

static void run_waiting(void)
{
    each_way(waiting);
}

static void run_failing(void)
{
    each_way(failing);
}

static void run_abandoned(void)
{
    each_way(abandoned);
}

static void run_figures(void)
{
    each_way(figures);
}

int main(int argc, char **argv)
{
    static const gyre_field_t field = {.name = "value", .kind = GYRE_KIND_INT64, .required = true};
    static const check_case_t cases[] = {{"chains", run_chains},       {"thousand", run_thousand},
                                         {"barriers", run_barriers},   {"datasets", run_datasets},
                                         {"waiting", run_waiting},     {"failing", run_failing},
                                         {"abandoned", run_abandoned}, {"figures", run_figures}};
    CHECK_OK(gyre_schema_create(&field, 1, &schema));
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_MULTIPLE, 120);
    gyre_schema_release(schema);
    return status;
}
