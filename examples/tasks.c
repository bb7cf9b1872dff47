/* SPDX-License-Identifier: Apache-2.0 */
/* A graph of tasks: some throw darts at a square, one learns how many of all fell into the circle.
 * Planned once, run three times. */
#include "example.h"

#include <inttypes.h>
#include <stdlib.h>

enum { THROWS = 1000000, CALLS = 10 };

typedef struct player {
    uint64_t random;
    int calls;
} player_t;

static gyre_status_t open_player(gyre_task_t *task, void *arg, void **state)
{
    player_t *player = calloc(1, sizeof(*player));
    (void)arg;
    if (!player)
        return GYRE_ERR_NO_MEMORY;
    player->random = (uint64_t)gyre_task_index(task) + 1;
    *state = player;
    return GYRE_OK;
}

static void close_player(gyre_task_t *task, void *state)
{
    (void)task;
    free(state);
}

static double draw(player_t *player)
{
    player->random = player->random * 6364136223846793005u + 1442695040888963407u;
    return (double)(player->random >> 11) / 9007199254740992.0;
}

/* One row a call: how many darts were thrown, how many hit. */
static gyre_status_t throw_darts(gyre_task_t *task, void *state)
{
    player_t *player = state;
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    int64_t hits = 0;
    for (int i = 0; i < THROWS / CALLS; i++) {
        double x = draw(player), y = draw(player);
        hits += x * x + y * y < 1;
    }
    gyre_status_t status =
        gyre_builder_create_batch(gyre_task_edge_schema(task, 0), NULL, &builder);
    if (status != GYRE_OK)
        return status;
    gyre_builder_append_int64(builder->children[0], THROWS / CALLS);
    gyre_builder_append_int64(builder->children[1], hits);
    status = gyre_builder_finish_batch(builder, &batch);
    gyre_builder_destroy(builder);
    if (status != GYRE_OK)
        return status;
    status = gyre_task_write(task, 0, batch);
    gyre_batch_release(batch);
    player->calls = (player->calls + 1) % CALLS;
    return status == GYRE_OK && player->calls ? GYRE_IN_PROGRESS : status;
}

static gyre_status_t tell(gyre_task_t *task, void *state, int edge, int source,
                          const gyre_batch_t *batch)
{
    (void)task;
    (void)state;
    (void)edge;
    (void)source;
    int64_t throws = ((const int64_t *)batch->columns[0]->values)[0];
    int64_t hits = ((const int64_t *)batch->columns[1]->values)[0];
    printf("%" PRId64 " of %" PRId64 " darts: pi is about %.4f\n", hits, throws,
           4.0 * (double)hits / (double)throws);
    return GYRE_OK;
}

static gyre_status_t build(gyre_graph_t *graph, const gyre_schema_t *schema)
{
    static const gyre_aggregate_t sums[] = {{.fold = GYRE_FOLD_SUM, .column = 0},
                                            {.fold = GYRE_FOLD_SUM, .column = 1}};
    const gyre_task_opts_t players = {.size = sizeof(players),
                                      .parallelism = 4,
                                      .source = throw_darts,
                                      .open = open_player,
                                      .close = close_player};
    const gyre_task_opts_t teller = {.size = sizeof(teller), .parallelism = 1, .receive = tell};
    const gyre_edge_opts_t edge = {
        .size = sizeof(edge),
        .from = "throw",
        .to = "tell",
        .flow = {.kind = GYRE_REDUCE, .schema = schema, .aggregates = sums, .aggregate_count = 2}};
    gyre_status_t status = gyre_graph_add(graph, "throw", &players);
    if (status == GYRE_OK)
        status = gyre_graph_add(graph, "tell", &teller);
    return status == GYRE_OK ? gyre_graph_connect(graph, &edge) : status;
}

int main(void)
{
    static const gyre_field_t fields[] = {{.name = "throws", .kind = GYRE_KIND_INT64},
                                          {.name = "hits", .kind = GYRE_KIND_INT64}};
    const gyre_schema_t *schema;
    gyre_context_t *ctx;
    gyre_graph_t *graph;
    gyre_plan_t *plan;
    gyre_executor_t *executor;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    if (gyre_schema_create(fields, 2, &schema) != GYRE_OK ||
        gyre_graph_create("darts", 0, &graph) != GYRE_OK || build(graph, schema) != GYRE_OK)
        return fail("build");
    if (gyre_plan_create_for(world, (const gyre_graph_t *const *)&graph, 1, NULL, &plan) !=
            GYRE_OK ||
        gyre_executor_create(world, graph, plan, NULL, &executor) != GYRE_OK)
        return fail("plan");
    if (gyre_comm_rank(world) == 0)
        gyre_plan_print(plan, stdout);
    for (int i = 0; i < 3; i++)
        if (gyre_executor_run(executor) != GYRE_OK)
            return fail("run");
    gyre_executor_destroy(executor);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
    gyre_schema_release(schema);
    gyre_finalize(ctx);
    return 0;
}
