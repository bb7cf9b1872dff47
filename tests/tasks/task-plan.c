/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for a communicator: all members come to the same, with what each of them has, or to the
 * same error. */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static gyre_status_t emit(gyre_task_t *task, void *state)
{
    (void)task, (void)state;
    return GYRE_OK;
}

static gyre_graph_t *graph_of(int parallelism)
{
    gyre_graph_t *graph;
    gyre_task_opts_t opts = {
        .size = sizeof(opts), .source = emit, .parallelism = parallelism, .memory = 1, .disk = 1};
    CHECK_OK(gyre_graph_create("graph", 0, &graph));
    CHECK_OK(gyre_graph_add(graph, "task", &opts));
    return graph;
}

static gyre_status_t create(const gyre_graph_t *graph, const gyre_plan_opts_t *opts,
                            gyre_plan_t **plan)
{
    return gyre_plan_create_for(check_world, &graph, 1, opts, plan);
}

static uint64_t digest(const gyre_plan_t *plan, int parallelism)
{
    uint64_t mixed = 0;
    for (int i = 0; i < parallelism; i++)
        mixed = check_mix(mixed, (uint64_t)gyre_plan_worker(plan, "graph", "task", i));
    return mixed;
}

/* GYRE_TASK_PLACEMENT is round_robin, and a task without parallelism is on all workers. */
static void usual(void)
{
    gyre_graph_t *graph = graph_of(0);
    gyre_plan_t *plan;
    CHECK_OK(create(graph, NULL, &plan));
    CHECK_EQ(gyre_plan_workers(plan), check_size);
    for (int i = 0; i < check_size; i++) {
        CHECK_EQ(gyre_plan_worker(plan, "graph", "task", i), i);
        CHECK_EQ(gyre_plan_count(plan, i), 1);
    }
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
    graph = graph_of(3 * check_size);
    CHECK_OK(create(graph, NULL, &plan));
    for (int i = 0; i < 3 * check_size; i++)
        CHECK_EQ(gyre_plan_worker(plan, "graph", "task", i), i % check_size);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
}

/* GYRE_RACKS, which each plan reads anew, says where all hosts are. */
static char racks_path[64];

static void write_racks(const char *text)
{
    FILE *file = fopen(racks_path, "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static char *print_plan(const gyre_plan_t *plan)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    CHECK(stream != NULL);
    gyre_plan_print(plan, stream);
    fclose(stream);
    return text;
}

/* What the last member has in its file. The others have a right one. */
static void wrong_racks(const char *lines, gyre_status_t status, const char *said)
{
    gyre_graph_t *graph = graph_of(0);
    gyre_plan_t *plan = NULL;
    bool last = check_rank == check_size - 1;
    write_racks(last ? lines : "");
    CHECK_IS(create(graph, NULL, &plan), status);
    CHECK(plan == NULL);
    CHECK(strstr(gyre_last_error(), last ? said : "could not make the plan"));
    gyre_graph_destroy(graph);
}

static void racks(void)
{
    gyre_graph_t *graph = graph_of(0);
    gyre_plan_t *plan;
    char lines[4096] = "# HOST RACK\n\n zebra\tfar # none of ours\n", line[300];
    gyre_worker_info_t info;
    for (int i = 0; i < check_size; i++) {
        CHECK_OK(gyre_worker(check_ctx, (uint32_t)i, &info));
        snprintf(line, sizeof(line), "%s  of-%s\r\n", info.host, info.host);
        if (!strstr(lines, line))
            strncat(lines, line, sizeof(lines) - strlen(lines) - 1);
    }
    write_racks(strcat(lines, "aardvark far"));
    CHECK_OK(create(graph, NULL, &plan));
    char *text = print_plan(plan), *at = text;
    for (int i = 0; i < check_size; i++) {
        CHECK_OK(gyre_worker(check_ctx, (uint32_t)i, &info));
        snprintf(line, sizeof(line), "worker %d on %s, rack of-%s,", i, info.host, info.host);
        CHECK((at = strstr(at, line)) != NULL);
    }
    free(text);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
    wrong_racks("ant left\nbee\n", GYRE_ERR_SYNTAX, "line 2 of ");
    wrong_racks("ant left right\n", GYRE_ERR_SYNTAX, "expected a host and a rack");
    wrong_racks("bee left\nant left\nbee left\n", GYRE_ERR_SYNTAX, "host bee comes twice");
    write_racks("");
    usual();
}

/* Every placement that needs no function. */
static void same(void)
{
    gyre_graph_t *graph = graph_of(2 * check_size);
    for (int placement = 0; placement < GYRE_PLACEMENT_USER; placement++) {
        gyre_plan_opts_t opts = {
            .size = sizeof(opts), .placement = (gyre_placement_t)placement, .workers = -1};
        gyre_plan_t *plan;
        CHECK_OK(create(graph, &opts, &plan));
        uint64_t mixed = digest(plan, 2 * check_size);
        CHECK(mixed == check_share(mixed));
        gyre_plan_destroy(plan);
    }
    gyre_graph_destroy(graph);
}

/* Each worker has a host, processors and memory. */
static void resources(void)
{
    gyre_graph_t *graph = graph_of(1);
    gyre_plan_t *plan;
    int rank = 0;
    CHECK_OK(create(graph, NULL, &plan));
    char *text = print_plan(plan), *line;
    strtok(text, "\n");
    for (; (line = strtok(NULL, "\n")); rank++) {
        gyre_worker_info_t info;
        CHECK_OK(gyre_worker(check_ctx, (uint32_t)rank, &info));
        CHECK(strstr(line, info.host));
        CHECK(strstr(line, " processors, "));
        CHECK(strstr(line, " of memory"));
    }
    CHECK_EQ(rank, check_size);
    free(text);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
}

/* What one member cannot do is an error at all of them, each time, and the next plan is made. */
static void errors(void)
{
    gyre_graph_t *graph = graph_of(check_rank == check_size - 1 ? 2 : 3);
    gyre_plan_opts_t wrong = {.size = sizeof(wrong), .padding = check_rank == 0 ? 2 : 0};
    gyre_plan_opts_t tight = {.size = sizeof(tight), .instances = 1};
    gyre_graph_t *many = graph_of(check_size + 1);
    gyre_plan_t *plan = NULL;
    if (check_size > 1)
        CHECK_IS(create(graph, NULL, &plan), GYRE_ERR_ARG);
    CHECK_IS(create(many, &wrong, &plan), GYRE_ERR_RANGE);
    CHECK(strstr(gyre_last_error(), check_rank == 0 ? "padding" : "rank 0"));
    CHECK_IS(create(many, &tight, &plan), GYRE_ERR_NO_RESOURCE);
    CHECK(strstr(gyre_last_error(), "\"task\""));
    wrong.size = 1;
    CHECK_IS(create(many, &wrong, &plan), GYRE_ERR_ARG);
    CHECK(plan == NULL);
    gyre_graph_destroy(graph);
    gyre_graph_destroy(many);
    usual();
}

/* Of some workers, by their ranks there. */
static void part(void)
{
    gyre_comm_t *half;
    CHECK_OK(gyre_comm_split(check_world, check_rank % 2, -check_rank, &half));
    gyre_graph_t *graph = graph_of(0);
    gyre_plan_t *plan;
    CHECK_IS(gyre_plan_create_for(half, (const gyre_graph_t *const[]){graph}, 1, NULL, NULL),
             GYRE_ERR_ARG);
    CHECK_OK(gyre_plan_create_for(half, (const gyre_graph_t *const[]){graph}, 1, NULL, &plan));
    CHECK_EQ(gyre_plan_workers(plan), gyre_comm_size(half));
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
    gyre_comm_destroy(half);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {{"usual", usual},   {"racks", racks},
                                         {"same", same},     {"resources", resources},
                                         {"errors", errors}, {"part", part}};
    int file = memfd_create("racks", 0);
    CHECK(file >= 0);
    snprintf(racks_path, sizeof(racks_path), "/proc/self/fd/%d", file);
    setenv("GYRE_TASK_PLACEMENT", "round_robin", 1);
    setenv("GYRE_RACKS", racks_path, 1);
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(*cases), GYRE_THREAD_SINGLE, 60);
}
