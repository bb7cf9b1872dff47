/* SPDX-License-Identifier: Apache-2.0 */
/* K-means as graphs of tasks. The graph "read" leaves the points as a dataset, by parts. The graph
 * "turn" takes these and the centers: "add" adds its points to the sums of their centers, an edge
 * adds these up for everybody, "divide" leaves the new centers, which are set as those of the next
 * run. Tasks that share a dataset lie on the same worker, so that points are where they were. */
#include "application.h"
#include "blas.h"
#include "lloyd.h"
#include "numbers.h"

#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N kmeans_graph POINTS CENTERS TURNS\n"
    "Moves the centers of clusters to the middle of the points that are nearest to them, so many\n"
    "times, and shows them. POINTS is a file, a directory or a 'pattern', CENTERS a file; a row "
    "of\n"
    "comma-separated numbers for each.\n";

typedef struct job {
    gyre_input_t *input;
    size_t columns, clusters;
    const gyre_schema_t *point, *sums, *centers;
} job_t;

/* All points of the part, in one go. */
static gyre_status_t read_points(gyre_task_t *task, void *state)
{
    const job_t *job = state;
    gyre_split_t *split;
    const gyre_batch_t *batch;
    gyre_status_t status = gyre_split_create(job->input, (uint64_t)gyre_task_index(task),
                                             (uint64_t)gyre_task_parallelism(task), &split);
    if (status == GYRE_OK)
        status = numbers_take(split, job->point, &batch);
    if (status == GYRE_OK) {
        status = gyre_task_output(task, "points", batch);
        gyre_batch_release(batch);
    }
    gyre_split_destroy(split);
    return status;
}

/* The part's row of a dataset that has one in each. */
static const double *row_of(gyre_task_t *task, const char *name)
{
    size_t count;
    return numbers_at(
        gyre_dataset_batches(gyre_task_input(task, name), gyre_task_index(task), &count)[0], 0);
}

static gyre_status_t make_row(const gyre_schema_t *schema, const double *values,
                              const gyre_batch_t **batch)
{
    gyre_builder_t *builder;
    gyre_status_t status = gyre_builder_create_batch(schema, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_append(builder->children[0], values, 1);
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, batch);
    gyre_builder_destroy(builder);
    return status;
}

static gyre_status_t add_points(gyre_task_t *task, void *state)
{
    const job_t *job = state;
    const double *centers = row_of(task, "centers");
    double *sums = calloc(job->clusters * (job->columns + 1), sizeof(*sums));
    const gyre_batch_t *batch;
    size_t count;
    if (!sums)
        return GYRE_ERR_NO_MEMORY;
    const gyre_batch_t *const *points =
        gyre_dataset_batches(gyre_task_input(task, "points"), gyre_task_index(task), &count);
    for (size_t i = 0; i < count; i++)
        lloyd_add(numbers_at(points[i], 0), points[i]->length, job->columns, centers, job->clusters,
                  sums);
    gyre_status_t status = make_row(job->sums, sums, &batch);
    free(sums);
    if (status != GYRE_OK)
        return status;
    status = gyre_task_write(task, 0, batch);
    gyre_batch_release(batch);
    return status;
}

static gyre_status_t divide(gyre_task_t *task, void *state, int edge, int source,
                            const gyre_batch_t *sums)
{
    const job_t *job = state;
    size_t size = job->clusters * job->columns;
    double *centers = malloc(size * sizeof(*centers));
    const gyre_batch_t *batch;
    (void)edge;
    (void)source;
    if (!centers)
        return GYRE_ERR_NO_MEMORY;
    memcpy(centers, row_of(task, "centers"), size * sizeof(*centers));
    lloyd_divide(numbers_at(sums, 0), job->columns, job->clusters, centers);
    gyre_status_t status = make_row(job->centers, centers, &batch);
    free(centers);
    if (status != GYRE_OK)
        return status;
    status = gyre_task_output(task, "moved", batch);
    gyre_batch_release(batch);
    return status;
}

static gyre_graph_t *read_graph(job_t *job)
{
    static const char *const outputs[] = {"points", NULL};
    const gyre_task_opts_t read = {
        .size = sizeof(read), .source = read_points, .outputs = outputs, .arg = job};
    gyre_graph_t *graph;
    must(gyre_graph_create("read", 0, &graph));
    must(gyre_graph_add(graph, "read", &read));
    return graph;
}

static gyre_graph_t *turn_graph(job_t *job)
{
    static const char *const data[] = {"points", "centers", NULL};
    static const char *const centers[] = {"centers", NULL}, *const moved[] = {"moved", NULL};
    const gyre_task_opts_t from = {
        .size = sizeof(from), .source = add_points, .inputs = data, .arg = job};
    const gyre_task_opts_t to = {
        .size = sizeof(to), .receive = divide, .inputs = centers, .outputs = moved, .arg = job};
    const gyre_aggregate_t sum = numbers_add(job->clusters * (job->columns + 1));
    const gyre_edge_opts_t edge = {.size = sizeof(edge),
                                   .from = "add",
                                   .to = "divide",
                                   .flow = {.size = sizeof(edge.flow),
                                            .kind = GYRE_ALLREDUCE,
                                            .schema = job->sums,
                                            .aggregates = &sum,
                                            .aggregate_count = 1}};
    gyre_graph_t *graph;
    must(gyre_graph_create("turn", 0, &graph));
    must(gyre_graph_add(graph, "add", &from));
    must(gyre_graph_add(graph, "divide", &to));
    must(gyre_graph_connect(graph, &edge));
    return graph;
}

/* The same centers in every part. */
static gyre_dataset_t *first_centers(const job_t *job, const double *values, int parts)
{
    const gyre_batch_t *batch;
    gyre_dataset_t *centers;
    must(make_row(job->centers, values, &batch));
    must(gyre_dataset_create(parts, &centers));
    for (int i = 0; i < parts; i++)
        must(gyre_dataset_append(centers, i, batch));
    gyre_batch_release(batch);
    return centers;
}

static void run(job_t *job, gyre_comm_t *world, const double *first, size_t turns)
{
    gyre_graph_t *const graphs[] = {read_graph(job), turn_graph(job)};
    gyre_executor_t *reader, *turner;
    gyre_dataset_t *points;
    gyre_plan_t *plan;
    must(gyre_plan_create_for(world, (const gyre_graph_t *const *)graphs, 2, NULL, &plan));
    must(gyre_executor_create(world, graphs[0], plan, NULL, &reader));
    must(gyre_executor_create(world, graphs[1], plan, NULL, &turner));
    must(gyre_executor_run(reader));
    must(gyre_executor_get(reader, "points", &points));
    must(gyre_executor_set(turner, "points", points));
    gyre_dataset_t *centers = first_centers(job, first, gyre_dataset_parts(points));
    double start = seconds();
    for (size_t i = 0; i < turns; i++) {
        must(gyre_executor_set(turner, "centers", centers));
        gyre_dataset_release(centers);
        must(gyre_executor_run(turner));
        must(gyre_executor_get(turner, "moved", &centers));
    }
    size_t count;
    if (gyre_plan_worker(plan, "turn", "divide", 0) == gyre_comm_rank(world)) {
        fprintf(stderr, "%zu turns in %.3f s\n", turns, seconds() - start);
        must(numbers_write(NULL, numbers_at(gyre_dataset_batches(centers, 0, &count)[0], 0),
                           job->clusters * job->columns, job->columns));
    }
    gyre_dataset_release(centers);
    gyre_dataset_release(points);
    gyre_executor_destroy(turner);
    gyre_executor_destroy(reader);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graphs[1]);
    gyre_graph_destroy(graphs[0]);
}

int main(int argc, char **argv)
{
    gyre_context_t *ctx;
    job_t job;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (argc != 4)
        return fputs("kmeans_graph: see kmeans_graph --help\n", stderr), 2;
    size_t turns = number_of(argv[3]);
    blas_begin();
    must(gyre_init(NULL, &ctx));
    must(gyre_input_create((const char *const *)&argv[1], 1, NULL, &job.input));
    double *centers = numbers_load(argv[2], &job.clusters, &job.columns);
    job.point = numbers_schema(job.columns);
    job.centers = numbers_schema(job.clusters * job.columns);
    job.sums = numbers_schema(job.clusters * (job.columns + 1));
    run(&job, gyre_comm_world(ctx), centers, turns);
    gyre_schema_release(job.sums);
    gyre_schema_release(job.centers);
    gyre_schema_release(job.point);
    free(centers);
    gyre_input_destroy(job.input);
    gyre_finalize(ctx);
    return 0;
}
