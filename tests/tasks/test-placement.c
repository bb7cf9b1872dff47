/* SPDX-License-Identifier: Apache-2.0 */
/* Placement: random graphs on random clusters, each plan played again by plain rules. */
#include "lib/random.h"

#include <criterion/criterion.h>
#include <gyre/plan.h>
#include <limits.h>
#include <math.h>
#include <string.h>

TestSuite(placement, .timeout = 120);

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

Test(placement, round_robin_takes_workers_in_turn)
{
    run_random("placement.round_robin_takes_workers_in_turn", GYRE_PLACEMENT_ROUND_ROBIN);
}

Test(placement, linked_spreads_neighbours_together)
{
    run_random("placement.linked_spreads_neighbours_together", GYRE_PLACEMENT_LINKED);
}

Test(placement, locality_takes_the_nearest_worker_with_room)
{
    run_random("placement.locality_takes_the_nearest_worker_with_room", GYRE_PLACEMENT_LOCALITY);
}

Test(placement, first_fit_takes_the_first_worker_with_room)
{
    run_random("placement.first_fit_takes_the_first_worker_with_room", GYRE_PLACEMENT_FIRST_FIT);
}

Test(placement, workers_are_balanced_within_one)
{
    random_plan_t random = random_start("placement.workers_are_balanced_within_one");
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

Test(placement, default_is_locality_where_there_is_data)
{
    random_plan_t random = random_start("placement.default_is_locality_where_there_is_data");
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
