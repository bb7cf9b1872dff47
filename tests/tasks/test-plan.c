/* SPDX-License-Identifier: Apache-2.0 */
/* Placement: random graphs on random clusters, each plan played again by plain rules; then what
 * plans refuse, and what they print. */
#include "lib/random.h"

#include <criterion/criterion.h>
#include <gyre/plan.h>
#include <limits.h>
#include <math.h>
#include <string.h>

TestSuite(plan, .timeout = 120);

enum { ROUNDS = 400, WORKERS_MAX = 12, GRAPHS_MAX = 3, TASKS_MAX = 5, INSTANCES_MAX = 20 };
enum { HOSTS = 6, SETS = 3, ALL_TASKS = GRAPHS_MAX * TASKS_MAX };
enum { CPUS, MEMORY, DISK, RESOURCES };

static const char *const hosts[HOSTS] = {"ant", "bee", "cat", "dog", "eel", "fox"};
static const char *const racks[HOSTS] = {"left", "left", "right", "right", NULL, NULL};
static const char *const sets[SETS][2] = {{"one"}, {"two"}, {"three"}};
static const char *const graph_names[GRAPHS_MAX] = {"first", "second", "third"};

/* A task as it was drawn. Equal sets, of which -1 is none, are shared. */
typedef struct drawn {
    char name[16];
    int graph, parallelism, set;
    double needs[RESOURCES];
    gyre_task_data_t data[INSTANCES_MAX];
    const char *hosts[INSTANCES_MAX][2];
    bool has_data;
} drawn_t;

typedef struct world {
    gyre_plan_opts_t opts;
    gyre_plan_worker_t has[WORKERS_MAX];
    int workers, graph_count;
    gyre_graph_t *graphs[GRAPHS_MAX];
    int limits[GRAPHS_MAX];
    drawn_t tasks[ALL_TASKS];
    int task_count;
} world_t;

static gyre_status_t emit(gyre_task_t *task, void *state)
{
    (void)task, (void)state;
    return GYRE_OK;
}

/* --- Drawing --- */

/* Figures that are exact in any order of sums. Every fifth is not known. */
static void draw_workers(random_plan_t *random, world_t *w)
{
    w->workers = 1 + (int)random_below(random, WORKERS_MAX);
    for (int i = 0; i < w->workers; i++) {
        size_t host = random_below(random, HOSTS);
        bool known = random_below(random, 5) > 0;
        w->has[i] = (gyre_plan_worker_t){
            .host = random_below(random, 8) ? hosts[host] : NULL,
            .rack = racks[host],
            .cpus = known ? 4 + 4 * (double)random_below(random, 8) : 0,
            .memory = random_below(random, 5) ? 100 + 4 * random_below(random, 200) : 0,
            .disk = random_below(random, 5) ? 100 + 4 * random_below(random, 200) : 0};
    }
}

static void draw_data(random_plan_t *random, drawn_t *task)
{
    for (int i = 0; i < task->parallelism; i++) {
        task->data[i] = (gyre_task_data_t){.hosts = task->hosts[i],
                                           .host_count = random_below(random, 3),
                                           .bytes = random_below(random, 3)};
        for (size_t k = 0; k < task->data[i].host_count; k++)
            task->hosts[i][k] = hosts[random_below(random, HOSTS)];
    }
}

static void draw_task(random_plan_t *random, world_t *w, int graph, const int *set_parallelism)
{
    drawn_t *task = &w->tasks[w->task_count];
    *task = (drawn_t){.graph = graph, .set = (int)random_below(random, 2 * SETS) - SETS};
    task->set = task->set < 0 ? -1 : task->set;
    task->parallelism =
        task->set < 0 ? 1 + (int)random_below(random, INSTANCES_MAX) : set_parallelism[task->set];
    snprintf(task->name, sizeof(task->name), "task%d", w->task_count++);
    task->needs[CPUS] = 0.25 * (double)(1 + random_below(random, 8));
    task->needs[MEMORY] = (double)(1 + random_below(random, 40));
    task->needs[DISK] = (double)(1 + random_below(random, 40));
    task->has_data = random_below(random, 2);
    if (task->has_data)
        draw_data(random, task);
    gyre_task_opts_t opts = {.size = sizeof(opts),
                             .source = emit,
                             .parallelism = task->parallelism,
                             .inputs = task->set < 0 ? NULL : sets[task->set],
                             .cpus = task->needs[CPUS],
                             .memory = (uint64_t)task->needs[MEMORY],
                             .disk = (uint64_t)task->needs[DISK],
                             .data = task->has_data ? task->data : NULL};
    cr_assert_eq(gyre_graph_add(w->graphs[graph], task->name, &opts), GYRE_OK, "%s",
                 gyre_last_error());
}

static void draw(random_plan_t *random, world_t *w)
{
    int set_parallelism[SETS];
    memset(w, 0, sizeof(*w));
    draw_workers(random, w);
    for (int i = 0; i < SETS; i++)
        set_parallelism[i] = 1 + (int)random_below(random, INSTANCES_MAX);
    w->graph_count = 1 + (int)random_below(random, GRAPHS_MAX);
    for (int g = 0; g < w->graph_count; g++) {
        cr_assert_eq(gyre_graph_create(graph_names[g], 0, &w->graphs[g]), GYRE_OK);
        int count = 1 + (int)random_below(random, TASKS_MAX);
        for (int i = 0; i < count; i++)
            draw_task(random, w, g, set_parallelism);
    }
    w->opts = (gyre_plan_opts_t){.size = sizeof(w->opts),
                                 .workers = w->workers,
                                 .has = w->has,
                                 .padding = 0.25 * (double)random_below(random, 3)};
}

static void draw_limits(random_plan_t *random, world_t *w)
{
    if (random_below(random, 2))
        w->opts.instances = 1 + (int)random_below(random, 30);
    for (int g = 0; g < w->graph_count; g++)
        if (random_below(random, 2)) {
            w->limits[g] = 1 + (int)random_below(random, 30);
            cr_assert_eq(gyre_graph_limit(w->graphs[g], w->limits[g]), GYRE_OK);
        }
}

static void discard(world_t *w)
{
    for (int g = 0; g < w->graph_count; g++)
        gyre_graph_destroy(w->graphs[g]);
}

static gyre_status_t create(const world_t *w, gyre_plan_t **plan)
{
    return gyre_plan_create((const gyre_graph_t *const *)w->graphs, (size_t)w->graph_count,
                            &w->opts, plan);
}

static int worker_of(const world_t *w, const gyre_plan_t *plan, int task, int index)
{
    return gyre_plan_worker(plan, graph_names[w->tasks[task].graph], w->tasks[task].name, index);
}

/* --- What holds for all placements --- */

static void check_figures(const world_t *w, const gyre_plan_t *plan)
{
    int counts[WORKERS_MAX] = {0}, graph_counts[GRAPHS_MAX][WORKERS_MAX] = {{0}};
    cr_assert_eq(gyre_plan_workers(plan), w->workers);
    for (int t = 0; t < w->task_count; t++) {
        const drawn_t *task = &w->tasks[t];
        cr_assert_eq(gyre_plan_parallelism(plan, graph_names[task->graph], task->name),
                     task->parallelism);
        for (int i = 0; i < task->parallelism; i++) {
            int worker = worker_of(w, plan, t, i);
            cr_assert(worker >= 0 && worker < w->workers);
            counts[worker]++;
            graph_counts[task->graph][worker]++;
        }
        cr_assert_eq(worker_of(w, plan, t, task->parallelism), -1);
        cr_assert_eq(worker_of(w, plan, t, -1), -1);
    }
    for (int i = 0; i < w->workers; i++) {
        cr_assert_eq(gyre_plan_count(plan, i), counts[i]);
        cr_assert(!w->opts.instances || counts[i] <= w->opts.instances);
        for (int g = 0; g < w->graph_count; g++)
            cr_assert(!w->limits[g] || graph_counts[g][i] <= w->limits[g]);
    }
}

static void check_together(const world_t *w, const gyre_plan_t *plan)
{
    for (int a = 0; a < w->task_count; a++)
        for (int b = 0; b < a; b++)
            for (int i = 0; w->tasks[a].set >= 0 && w->tasks[a].set == w->tasks[b].set &&
                            i < w->tasks[a].parallelism;
                 i++)
                cr_assert_eq(worker_of(w, plan, a, i), worker_of(w, plan, b, i));
}

static void check_again(const world_t *w, const gyre_plan_t *plan)
{
    gyre_plan_t *again;
    cr_assert_eq(create(w, &again), GYRE_OK);
    for (int t = 0; t < w->task_count; t++)
        for (int i = 0; i < w->tasks[t].parallelism; i++)
            cr_assert_eq(worker_of(w, plan, t, i), worker_of(w, again, t, i));
    gyre_plan_destroy(again);
}

static void check_balance(const world_t *w, const gyre_plan_t *plan)
{
    for (int t = 0; t < w->task_count; t++) {
        int counts[WORKERS_MAX] = {0}, least = INT_MAX, most = 0;
        for (int i = 0; i < w->tasks[t].parallelism; i++)
            counts[worker_of(w, plan, t, i)]++;
        for (int i = 0; i < w->workers; i++) {
            least = counts[i] < least ? counts[i] : least;
            most = counts[i] > most ? counts[i] : most;
        }
        cr_assert_leq(most - least, 1);
    }
}

/* --- Plain rules --- */

/* What is placed so far. */
typedef struct board {
    const world_t *w;
    int counts[WORKERS_MAX], graph_counts[GRAPHS_MAX][WORKERS_MAX];
    double used[WORKERS_MAX][RESOURCES];
} board_t;

static bool is_with(const world_t *w, int task, int first)
{
    return task == first || (w->tasks[first].set >= 0 && w->tasks[task].set == w->tasks[first].set);
}

/* Whether the task is the first of those that go together. */
static bool is_first(const world_t *w, int task)
{
    for (int t = 0; t < task; t++)
        if (is_with(w, t, task))
            return false;
    return true;
}

static bool within_limits(const board_t *board, int first, int worker)
{
    const world_t *w = board->w;
    int more = 0, graph_more[GRAPHS_MAX] = {0};
    for (int t = 0; t < w->task_count; t++)
        if (is_with(w, t, first)) {
            more++;
            graph_more[w->tasks[t].graph]++;
        }
    bool within = !w->opts.instances || board->counts[worker] + more <= w->opts.instances;
    for (int g = 0; g < w->graph_count; g++)
        within &= !w->limits[g] || !graph_more[g] ||
                  board->graph_counts[g][worker] + graph_more[g] <= w->limits[g];
    return within;
}

static void place(board_t *board, int first, int worker)
{
    const world_t *w = board->w;
    for (int t = 0; t < w->task_count; t++)
        if (is_with(w, t, first)) {
            board->counts[worker]++;
            board->graph_counts[w->tasks[t].graph][worker]++;
            for (int r = 0; r < RESOURCES; r++)
                board->used[worker][r] += w->tasks[t].needs[r];
        }
}

typedef int (*rule_t)(const board_t *board, int first, int index);

/* The instances of a task and its like, by a rule. Where that finds no worker, there was to be no
 * plan, and the error names the instance. */
static bool follow(board_t *board, const gyre_plan_t *plan, int first, rule_t rule)
{
    const drawn_t *task = &board->w->tasks[first];
    for (int i = 0; i < task->parallelism; i++) {
        int worker = rule(board, first, i);
        if (worker < 0) {
            char name[80];
            snprintf(name, sizeof(name), "instance %d of task \"%s\" of graph \"%s\"", i,
                     task->name, graph_names[task->graph]);
            cr_assert_null(plan, "%s fits nowhere", name);
            cr_assert(strstr(gyre_last_error(), name), "%s: %s", name, gyre_last_error());
            return false;
        }
        if (plan)
            cr_assert_eq(worker_of(board->w, plan, first, i), worker, "%s %d", task->name, i);
        place(board, first, worker);
    }
    return true;
}

static bool follow_all(board_t *board, const gyre_plan_t *plan, rule_t rule)
{
    for (int t = 0; t < board->w->task_count; t++)
        if (is_first(board->w, t) && !follow(board, plan, t, rule))
            return false;
    return true;
}

static int next_with_room(const board_t *board, int first, int worker)
{
    for (int i = 0; i < board->w->workers; i++)
        if (within_limits(board, first, (worker + i) % board->w->workers))
            return (worker + i) % board->w->workers;
    return -1;
}

static int in_turn(const board_t *board, int first, int index)
{
    return next_with_room(board, first, index % board->w->workers);
}

static int spread(const board_t *board, int first, int index)
{
    int parallelism = board->w->tasks[first].parallelism;
    return next_with_room(board, first, index * board->w->workers / parallelism);
}

/* --- Locality --- */

static int host_number(const char *host)
{
    int number = 0;
    while (number < HOSTS && (!host || strcmp(hosts[number], host) != 0))
        number++;
    return number;
}

/* 0 on the host, 1 in its rack, where a worker of the host tells which that is, else 2. */
static int distance(const world_t *w, const gyre_task_data_t *data, int worker)
{
    int nearest = 2;
    for (size_t h = 0; h < data->host_count; h++) {
        int at = host_number(data->hosts[h]);
        if (host_number(w->has[worker].host) == at)
            return 0;
        for (int other = 0; other < w->workers; other++)
            if (host_number(w->has[other].host) == at && racks[at] && w->has[worker].rack &&
                strcmp(racks[at], w->has[worker].rack) == 0)
                nearest = 1;
    }
    return nearest;
}

static int nearest_first(const board_t *board, int first, int index)
{
    const world_t *w = board->w;
    double least = INFINITY;
    int best = -1;
    for (int worker = 0; worker < w->workers; worker++) {
        double cost = 0;
        for (int t = 0; t < w->task_count; t++)
            if (is_with(w, t, first) && w->tasks[t].has_data) {
                const gyre_task_data_t *data = &w->tasks[t].data[index];
                cost += distance(w, data, worker) * fmax((double)data->bytes, 1);
            }
        bool better =
            cost < least || (cost == least && board->counts[worker] < board->counts[best]);
        if (within_limits(board, first, worker) && better) {
            least = cost;
            best = worker;
        }
    }
    return best;
}

static bool any_data(const world_t *w, int first)
{
    bool any = false;
    for (int t = 0; t < w->task_count; t++)
        any |= is_with(w, t, first) && w->tasks[t].has_data;
    return any;
}

static bool follow_locality(board_t *board, const gyre_plan_t *plan)
{
    for (int pass = 0; pass < 2; pass++)
        for (int t = 0; t < board->w->task_count; t++)
            if (is_first(board->w, t) && any_data(board->w, t) == (pass == 0) &&
                !follow(board, plan, t, pass == 0 ? nearest_first : spread))
                return false;
    return true;
}

/* --- First fit --- */

static double capacity(const world_t *w, int worker, int resource)
{
    const gyre_plan_worker_t *has = &w->has[worker];
    const double all[RESOURCES] = {has->cpus, (double)has->memory, (double)has->disk};
    return all[resource] > 0 ? all[resource] * (1 - w->opts.padding) : INFINITY;
}

static void sum_needs(const world_t *w, int first, double *needs)
{
    memset(needs, 0, RESOURCES * sizeof(*needs));
    for (int t = 0; t < w->task_count; t++)
        for (int r = 0; r < RESOURCES && is_with(w, t, first); r++)
            needs[r] += w->tasks[t].needs[r];
}

static int first_with_room(const board_t *board, int first, int index)
{
    double needs[RESOURCES];
    (void)index;
    sum_needs(board->w, first, needs);
    for (int worker = 0; worker < board->w->workers; worker++) {
        bool fits = within_limits(board, first, worker);
        for (int r = 0; r < RESOURCES; r++)
            fits &= board->used[worker][r] + needs[r] <= capacity(board->w, worker, r);
        if (fits)
            return worker;
    }
    return -1;
}

/* The largest part of the most that any worker has. What is endless is no measure. */
static double part_of(const world_t *w, int first)
{
    double needs[RESOURCES], part = 0;
    sum_needs(w, first, needs);
    for (int r = 0; r < RESOURCES; r++) {
        double most = 0;
        for (int worker = 0; worker < w->workers; worker++)
            if (isfinite(capacity(w, worker, r)))
                most = fmax(most, capacity(w, worker, r));
        part = fmax(part, most > 0 ? needs[r] / most : 0);
    }
    return part;
}

static bool follow_first_fit(board_t *board, const gyre_plan_t *plan)
{
    const world_t *w = board->w;
    bool done[ALL_TASKS] = {false};
    for (;;) {
        int next = -1;
        for (int t = 0; t < w->task_count; t++)
            if (!done[t] && is_first(w, t) && (next < 0 || part_of(w, t) > part_of(w, next)))
                next = t;
        if (next < 0)
            return true;
        done[next] = true;
        if (!follow(board, plan, next, first_with_room))
            return false;
    }
}

static void check_capacities(const world_t *w, const gyre_plan_t *plan)
{
    double used[WORKERS_MAX][RESOURCES] = {{0}};
    for (int t = 0; t < w->task_count; t++)
        for (int i = 0; i < w->tasks[t].parallelism; i++)
            for (int r = 0; r < RESOURCES; r++)
                used[worker_of(w, plan, t, i)][r] += w->tasks[t].needs[r];
    for (int i = 0; i < w->workers; i++)
        for (int r = 0; r < RESOURCES; r++)
            cr_assert_leq(used[i][r], capacity(w, i, r));
}

/* --- Random plans --- */

static bool follow_plan(const world_t *w, gyre_placement_t placement, const gyre_plan_t *plan)
{
    board_t board = {.w = w};
    switch (placement) {
    case GYRE_PLACEMENT_ROUND_ROBIN:
        return follow_all(&board, plan, in_turn);
    case GYRE_PLACEMENT_LINKED:
        return follow_all(&board, plan, spread);
    case GYRE_PLACEMENT_LOCALITY:
        return follow_locality(&board, plan);
    default:
        return follow_first_fit(&board, plan);
    }
}

/* *made counts plans, so that a test knows that it has seen some. */
static void check_random(world_t *w, gyre_placement_t placement, int *made)
{
    gyre_plan_t *plan = NULL;
    w->opts.placement = placement;
    gyre_status_t status = create(w, &plan);
    bool possible = follow_plan(w, placement, plan);
    cr_assert_eq(status, possible ? GYRE_OK : GYRE_ERR_NO_RESOURCE, "%s", gyre_last_error());
    if (!plan)
        return;
    ++*made;
    check_figures(w, plan);
    check_together(w, plan);
    check_again(w, plan);
    if (placement == GYRE_PLACEMENT_FIRST_FIT)
        check_capacities(w, plan);
    gyre_plan_destroy(plan);
}

static void run_random(const char *test, gyre_placement_t placement)
{
    random_plan_t random = random_start(test);
    int made = 0;
    for (int i = 0; i < ROUNDS; i++) {
        world_t w;
        draw(&random, &w);
        check_random(&w, placement, &made);
        draw_limits(&random, &w);
        check_random(&w, placement, &made);
        discard(&w);
    }
    cr_assert_gt(made, ROUNDS / 10);
    cr_assert_lt(made, 2 * ROUNDS);
}

Test(plan, round_robin_takes_workers_in_turn)
{
    run_random("plan.round_robin_takes_workers_in_turn", GYRE_PLACEMENT_ROUND_ROBIN);
}

Test(plan, linked_spreads_neighbours_together)
{
    run_random("plan.linked_spreads_neighbours_together", GYRE_PLACEMENT_LINKED);
}

Test(plan, locality_takes_the_nearest_worker_with_room)
{
    run_random("plan.locality_takes_the_nearest_worker_with_room", GYRE_PLACEMENT_LOCALITY);
}

Test(plan, first_fit_takes_the_first_worker_with_room)
{
    run_random("plan.first_fit_takes_the_first_worker_with_room", GYRE_PLACEMENT_FIRST_FIT);
}

Test(plan, workers_are_balanced_within_one)
{
    random_plan_t random = random_start("plan.workers_are_balanced_within_one");
    for (int i = 0; i < ROUNDS; i++) {
        world_t w;
        gyre_plan_t *plan;
        draw(&random, &w);
        w.opts.placement = i % 2 ? GYRE_PLACEMENT_LINKED : GYRE_PLACEMENT_ROUND_ROBIN;
        cr_assert_eq(create(&w, &plan), GYRE_OK, "%s", gyre_last_error());
        check_balance(&w, plan);
        gyre_plan_destroy(plan);
        discard(&w);
    }
}

Test(plan, default_is_locality_where_there_is_data)
{
    random_plan_t random = random_start("plan.default_is_locality_where_there_is_data");
    for (int i = 0; i < ROUNDS; i++) {
        world_t w;
        gyre_plan_t *plan;
        bool data = false;
        draw(&random, &w);
        for (int t = 0; t < w.task_count; t++)
            data |= w.tasks[t].has_data;
        cr_assert_eq(create(&w, &plan), GYRE_OK, "%s", gyre_last_error());
        cr_assert(follow_plan(&w, data ? GYRE_PLACEMENT_LOCALITY : GYRE_PLACEMENT_LINKED, plan));
        gyre_plan_destroy(plan);
        discard(&w);
    }
}

/* --- By hand --- */

static gyre_graph_t *graph_of(const char *name)
{
    gyre_graph_t *graph;
    cr_assert_eq(gyre_graph_create(name, 0, &graph), GYRE_OK);
    return graph;
}

static void add(gyre_graph_t *graph, const char *name, int parallelism, const char *input,
                const char *output)
{
    gyre_task_opts_t opts = {.size = sizeof(opts),
                             .source = emit,
                             .parallelism = parallelism,
                             .inputs = (const char *const[]){input, NULL},
                             .outputs = (const char *const[]){output, NULL},
                             .cpus = 1,
                             .memory = 1,
                             .disk = 1};
    cr_assert_eq(gyre_graph_add(graph, name, &opts), GYRE_OK, "%s", gyre_last_error());
}

static gyre_plan_opts_t options(gyre_placement_t placement, int workers)
{
    return (gyre_plan_opts_t){
        .size = sizeof(gyre_plan_opts_t), .placement = placement, .workers = workers};
}

/* Of what is said, NULL ends the list. */
static void says(gyre_status_t status, gyre_status_t expected, const char *const *texts)
{
    cr_assert_eq(status, expected, "%s, expected %s: %s", gyre_status_name(status),
                 gyre_status_name(expected), gyre_last_error());
    for (; *texts; texts++)
        cr_assert(strstr(gyre_last_error(), *texts), "\"%s\" lacks \"%s\"", gyre_last_error(),
                  *texts);
}
#define SAYS(call, expected, ...) says(call, expected, (const char *const[]){__VA_ARGS__, NULL})

static gyre_status_t try_plan(const gyre_graph_t *graph, gyre_plan_opts_t opts)
{
    gyre_plan_t *plan = NULL;
    gyre_status_t status = gyre_plan_create(&graph, 1, &opts, &plan);
    cr_assert_eq(plan == NULL, status != GYRE_OK);
    gyre_plan_destroy(plan);
    return status;
}

/* "a" and "c" share nothing, but both do with "b", in another graph. */
Test(plan, links_go_over_several_tasks_and_graphs)
{
    gyre_graph_t *graphs[] = {graph_of("first"), graph_of("second")};
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_LINKED, 3);
    gyre_plan_t *plan;
    add(graphs[0], "a", 4, NULL, "points");
    add(graphs[0], "c", 4, "centres", NULL);
    add(graphs[1], "b", 4, "points", "centres");
    opts.instances = 6;
    cr_assert_eq(gyre_plan_create((const gyre_graph_t *const *)graphs, 2, &opts, &plan), GYRE_OK,
                 "%s", gyre_last_error());
    for (int i = 0; i < 4; i++) {
        int worker = gyre_plan_worker(plan, "second", "b", i);
        cr_assert_eq(gyre_plan_worker(plan, "first", "a", i), worker);
        cr_assert_eq(gyre_plan_worker(plan, "first", "c", i), worker);
    }
    gyre_plan_destroy(plan);
    opts.instances = 5;
    SAYS(gyre_plan_create((const gyre_graph_t *const *)graphs, 2, &opts, &plan),
         GYRE_ERR_NO_RESOURCE, "instance 3 of task \"a\"", "share its datasets",
         "as many instances as they may");
    add(graphs[1], "d", 5, "points", NULL);
    SAYS(gyre_plan_create((const gyre_graph_t *const *)graphs, 2, &opts, &plan), GYRE_ERR_ARG,
         "\"points\"", "\"b\"", "with 4", "\"d\"", "with 5");
    gyre_graph_destroy(graphs[0]);
    gyre_graph_destroy(graphs[1]);
}

Test(plan, what_fits_nowhere_says_what_it_needs)
{
    static const gyre_plan_worker_t has[] = {{.cpus = 2, .memory = 1 << 20}, {.cpus = 4}};
    gyre_graph_t *graph = graph_of("one");
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_FIRST_FIT, 2);
    gyre_task_opts_t big = {.size = sizeof(big),
                            .source = emit,
                            .parallelism = 1,
                            .cpus = 4,
                            .memory = 3 << 20,
                            .disk = 5 << 10};
    opts.has = has;
    cr_assert_eq(gyre_graph_add(graph, "big", &big), GYRE_OK);
    cr_assert_eq(try_plan(graph, opts), GYRE_OK, "%s", gyre_last_error());
    opts.padding = 0.01;
    SAYS(try_plan(graph, opts), GYRE_ERR_NO_RESOURCE, "instance 0 of task \"big\" of graph \"one\"",
         "none of 2 workers", "4 processors", "3.0 MiB of memory", "5.0 KiB of disk");
    gyre_graph_destroy(graph);
}

Test(plan, absurd_figures_do_no_harm)
{
    gyre_graph_t *graph = graph_of("one");
    gyre_plan_worker_t has[] = {{.cpus = 1e308, .memory = UINT64_MAX, .disk = UINT64_MAX}};
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_FIRST_FIT, 1);
    gyre_task_opts_t huge = {.size = sizeof(huge),
                             .source = emit,
                             .parallelism = 2,
                             .cpus = 1e300,
                             .memory = UINT64_MAX,
                             .disk = UINT64_MAX};
    cr_assert_eq(gyre_graph_add(graph, "huge", &huge), GYRE_OK);
    opts.has = has;
    opts.padding = 0.5;
    SAYS(try_plan(graph, opts), GYRE_ERR_NO_RESOURCE, "instance 0", "\"huge\"");
    has[0] = (gyre_plan_worker_t){.memory = 1};
    SAYS(try_plan(graph, opts), GYRE_ERR_NO_RESOURCE, "instance 0", "\"huge\"");
    opts.has = NULL;
    cr_assert_eq(try_plan(graph, opts), GYRE_OK);
    opts.has = has;
    has[0] = (gyre_plan_worker_t){.cpus = NAN};
    SAYS(try_plan(graph, opts), GYRE_ERR_RANGE, "worker 0 has nan processors");
    gyre_graph_destroy(graph);
}

Test(plan, options_are_checked)
{
    gyre_graph_t *graph = graph_of("one"), *empty = graph_of("none");
    const gyre_graph_t *twice[] = {graph, graph};
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_DEFAULT, 0);
    gyre_plan_t *plan;
    add(graph, "task", 3, NULL, NULL);
    SAYS(try_plan(graph, opts), GYRE_ERR_RANGE, "0 workers");
    SAYS(try_plan(graph, options(GYRE_PLACEMENTS, 1)), GYRE_ERR_UNKNOWN, "placement 6");
    SAYS(try_plan(graph, options(GYRE_PLACEMENT_USER, 1)), GYRE_ERR_ARG, "function that places");
    SAYS(try_plan(empty, options(GYRE_PLACEMENT_DEFAULT, 1)), GYRE_ERR_ARG, "\"none\"");
    opts = options(GYRE_PLACEMENT_DEFAULT, 1);
    opts.instances = -1;
    SAYS(try_plan(graph, opts), GYRE_ERR_RANGE, "-1 instances");
    const double odd[] = {-0.1, 1, NAN};
    for (int i = 0; i < 3; i++) {
        opts = options(GYRE_PLACEMENT_DEFAULT, 1);
        opts.padding = odd[i];
        SAYS(try_plan(graph, opts), GYRE_ERR_RANGE, "padding");
    }
    opts = options(GYRE_PLACEMENT_DEFAULT, 1);
    SAYS(gyre_plan_create(twice, 2, &opts, &plan), GYRE_ERR_ARG, "called \"one\"");
    SAYS(gyre_plan_create(twice, 0, &opts, &plan), GYRE_ERR_ARG, "graphs");
    opts.size = 5;
    SAYS(try_plan(graph, opts), GYRE_ERR_ARG, "5 bytes");
    gyre_task_opts_t lost = {.size = sizeof(lost),
                             .source = emit,
                             .parallelism = 1,
                             .data = &(gyre_task_data_t){.host_count = 2}};
    cr_assert_eq(gyre_graph_add(graph, "lost", &lost), GYRE_OK);
    SAYS(try_plan(graph, options(GYRE_PLACEMENT_DEFAULT, 1)), GYRE_ERR_ARG,
         "instance 0 of task \"lost\"", "2 hosts");
    gyre_graph_destroy(graph);
    gyre_graph_destroy(empty);
}

/* --- As a function says --- */

typedef struct user {
    int calls, answer;
    gyre_status_t status;
} user_t;

/* Those before are in the plan, this one and those behind are not. */
static gyre_status_t ask(void *arg, const gyre_plan_t *plan, const char *graph, const char *task,
                         int index, int parallelism, int workers, int *worker)
{
    user_t *user = arg;
    cr_assert_str_eq(graph, "one");
    cr_assert_eq(gyre_plan_parallelism(plan, graph, task), parallelism);
    cr_assert_eq(gyre_plan_workers(plan), workers);
    for (int i = 0; i < parallelism; i++)
        cr_assert_eq(gyre_plan_worker(plan, graph, task, i) >= 0, i < index);
    user->calls++;
    *worker = user->answer == INT_MAX ? (index * 7 + (*task == 'b')) % workers : user->answer;
    return user->status;
}

Test(plan, a_function_is_held_to_its_word)
{
    gyre_graph_t *graph = graph_of("one");
    const gyre_graph_t *graphs[] = {graph};
    user_t user = {.answer = INT_MAX};
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_USER, 3);
    gyre_plan_t *plan;
    opts.place = ask;
    opts.arg = &user;
    add(graph, "a", 4, NULL, NULL);
    add(graph, "b", 4, NULL, NULL);
    cr_assert_eq(gyre_plan_create(graphs, 1, &opts, &plan), GYRE_OK, "%s", gyre_last_error());
    cr_assert_eq(user.calls, 8);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(gyre_plan_worker(plan, "one", "a", i), i * 7 % 3);
        cr_assert_eq(gyre_plan_worker(plan, "one", "b", i), (i * 7 + 1) % 3);
    }
    gyre_plan_destroy(plan);
    user.answer = 3;
    SAYS(try_plan(graph, opts), GYRE_ERR_RANGE, "instance 0 of task \"a\"", "worker 3 of 3");
    user.answer = -1;
    SAYS(try_plan(graph, opts), GYRE_ERR_RANGE, "worker -1 of 3");
    user.answer = 2;
    opts.instances = 5;
    SAYS(try_plan(graph, opts), GYRE_ERR_NO_RESOURCE, "instance 1 of task \"b\"");
    user.status = GYRE_ERR_IO;
    SAYS(try_plan(graph, opts), GYRE_ERR_IO, "instance 0 of task \"a\" of graph \"one\"");
    opts.placement = GYRE_PLACEMENT_LINKED;
    SAYS(try_plan(graph, opts), GYRE_ERR_ARG, "function that places");
    gyre_graph_destroy(graph);
}

Test(plan, a_function_keeps_linked_tasks_together)
{
    gyre_graph_t *graph = graph_of("one");
    user_t user = {.answer = INT_MAX};
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_USER, 3);
    opts.place = ask;
    opts.arg = &user;
    add(graph, "a", 2, NULL, "set");
    add(graph, "b", 2, "set", NULL);
    SAYS(try_plan(graph, opts), GYRE_ERR_ARG, "instance 0 of task \"a\"", "on worker 0", "\"b\"",
         "on worker 1");
    user.answer = 1;
    cr_assert_eq(try_plan(graph, opts), GYRE_OK, "%s", gyre_last_error());
    gyre_graph_destroy(graph);
}

/* --- Names and print --- */

Test(plan, placements_have_names)
{
    gyre_placement_t placement = GYRE_PLACEMENT_USER;
    for (int i = 0; i < GYRE_PLACEMENTS; i++) {
        cr_assert_eq(gyre_placement_find(gyre_placement_name((gyre_placement_t)i), &placement),
                     GYRE_OK);
        cr_assert_eq((int)placement, i);
    }
    SAYS(gyre_placement_find("linkd", &placement), GYRE_ERR_UNKNOWN, "linkd", "nearest is linked");
    SAYS(gyre_placement_find("xyz", &placement), GYRE_ERR_UNKNOWN, "xyz");
    SAYS(gyre_placement_find(NULL, &placement), GYRE_ERR_ARG, "name");
    cr_assert_str_eq(gyre_placement_name(GYRE_PLACEMENTS), "?");
    cr_assert_str_eq(gyre_placement_name((gyre_placement_t)-1), "?");
}

Test(plan, what_is_not_there_has_no_place)
{
    gyre_graph_t *graph = graph_of("one");
    const gyre_graph_t *graphs[] = {graph};
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_LINKED, 2);
    gyre_plan_t *plan;
    add(graph, "task", 0, NULL, NULL);
    cr_assert_eq(gyre_plan_create(graphs, 1, &opts, &plan), GYRE_OK);
    gyre_graph_destroy(graph);
    cr_assert_eq(gyre_plan_parallelism(plan, "one", "task"), 2);
    cr_assert_eq(gyre_plan_parallelism(plan, "one", "other"), 0);
    cr_assert_eq(gyre_plan_worker(plan, "other", "task", 0), -1);
    cr_assert_eq(gyre_plan_count(plan, -1), 0);
    cr_assert_eq(gyre_plan_count(plan, 2), 0);
    gyre_plan_destroy(plan);
    gyre_plan_destroy(NULL);
}

Test(plan, text_has_a_line_for_each_worker)
{
    static const gyre_plan_worker_t has[] = {
        {"ant", "left", 2.5, 3 << 20, UINT64_C(7) << 30}, {.host = "bee"}, {0}};
    gyre_graph_t *graphs[] = {graph_of("first"), graph_of("second")};
    gyre_plan_opts_t opts = options(GYRE_PLACEMENT_ROUND_ROBIN, 3);
    gyre_plan_t *plan;
    char *text = NULL;
    size_t size;
    opts.has = has;
    opts.instances = 4;
    add(graphs[0], "lines", 7, NULL, NULL);
    add(graphs[1], "words", 1, NULL, NULL);
    cr_assert_eq(gyre_plan_create((const gyre_graph_t *const *)graphs, 2, &opts, &plan), GYRE_OK);
    FILE *stream = open_memstream(&text, &size);
    gyre_plan_print(plan, stream);
    fclose(stream);
    cr_assert_str_eq(text, "round_robin plan of 2 graphs on 3 workers\n"
                           "  worker 0 on ant, rack left, 2.5 processors, 3.0 MiB of memory, 7.0 "
                           "GiB of disk: 4 instances; first.lines 0,3,6; second.words 0\n"
                           "  worker 1 on bee: 2 instances; first.lines 1,4\n"
                           "  worker 2: 2 instances; first.lines 2,5\n");
    free(text);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graphs[0]);
    gyre_graph_destroy(graphs[1]);
}
