/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that are made by hand: what they refuse and with which words, links, a function that
 * places, and what they print. */
#include <criterion/criterion.h>
#include <gyre/plan.h>
#include <limits.h>
#include <math.h>
#include <string.h>

TestSuite(plan, .timeout = 120);

static gyre_status_t emit(gyre_task_t *task, void *state)
{
    (void)task, (void)state;
    return GYRE_OK;
}

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
