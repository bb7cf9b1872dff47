/* SPDX-License-Identifier: Apache-2.0 */
/* K-means on sets. Points are read once and cached; each turn every part adds its points to the
 * sums of their centers, which meet by allreduce and become the centers of the next turn. */
#include "application.h"
#include "blas.h"
#include "lloyd.h"
#include "numbers_sets.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N kmeans_tset [OPTION...] POINTS CENTERS\n"
    "Moves the centers of clusters to the middle of the points that are nearest to them, again "
    "and\n"
    "again. POINTS is a file, a directory or a 'pattern', CENTERS a file; a row of "
    "comma-separated\n"
    "numbers for each, of which centers have those that count.\n"
    "\n"
    "  -t, --turns N         how often, 10 unless given\n"
    "  -f, --format FORMAT   of POINTS: csv or binary, doubles as they lie in memory; csv unless\n"
    "                        given\n"
    "      --header          the first line of each file of POINTS has names\n"
    "  -c, --columns A-B     of POINTS that count, from 1 on; all unless given\n"
    "  -p, --parallelism N   in so many parts; one on each worker unless given\n"
    "  -o, --output FILE     where the centers go\n"
    "  -h, --help            this text\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 2 data points 100000 points && head -n 10 points/part-00000 >centers\n"
    "  gyre run -n 2 kmeans_tset --turns 20 points centers --output moved\n"
    "  gyre run -n 2 kmeans_tset --header --columns 1-4 iris.csv centers --output moved\n";

typedef struct job {
    size_t columns, clusters, turns;
    numbers_layout_t layout;
    const char *output;
} job_t;

static gyre_status_t assign(gyre_partition_t *part, const gyre_batch_t *in,
                            const gyre_batch_t **out)
{
    const job_t *job = part->arg;
    lloyd_add(numbers_at(in, 0), in->length, job->columns, numbers_input(part, "centers"),
              job->clusters, part->state);
    *out = NULL;
    return GYRE_OK;
}

static gyre_status_t divide(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    const job_t *job = part->arg;
    void *centers;
    gyre_status_t status = gyre_builder_extend(out->children[0], 1, &centers);
    if (status != GYRE_OK)
        return status;
    memcpy(centers, numbers_input(part, "centers"), job->clusters * job->columns * sizeof(double));
    lloyd_divide(numbers_at(row->batch, row->at), job->columns, job->clusters, centers);
    return GYRE_OK;
}

static gyre_status_t save(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    const job_t *job = part->arg;
    (void)out;
    if (part->index > 0)
        return GYRE_OK;
    return numbers_write(job->output, numbers_at(row->batch, row->at), job->clusters * job->columns,
                         job->columns);
}

static void run(job_t *job, gyre_env_t *env, bool speaks, char **paths)
{
    double start = seconds();
    double *first = numbers_load(paths[1], &job->clusters, &job->columns);
    if (job->layout.last && numbers_width(&job->layout) != job->columns) {
        fprintf(stderr, "kmeans_tset: centers of %zu columns, points of %zu\n", job->columns,
                numbers_width(&job->layout));
        exit(1);
    }
    size_t size = job->clusters * job->columns;
    gyre_function_t sum = {.schema = numbers_schema(size + job->clusters),
                           .batch = assign,
                           .open = numbers_open,
                           .begin = numbers_begin,
                           .finish = numbers_finish,
                           .close = numbers_close,
                           .arg = job};
    gyre_function_t move = {.schema = numbers_schema(size), .row = divide, .arg = job};
    uint64_t count;

    gyre_tset_t *points = gyre_tset_cache(numbers_read(env, paths[0], &job->layout, job->columns));
    gyre_tset_t *centers = numbers_everywhere(env, first, size, gyre_tset_parallelism(points));
    gyre_tset_t *sums = gyre_tset_compute(points, &sum);
    gyre_tset_add_input(sums, "centers", centers);
    gyre_tset_t *moved = gyre_tset_map(numbers_sum(sums), &move);
    gyre_tset_add_input(moved, "centers", centers);
    gyre_tset_t *next = gyre_tset_lazy_cache(moved);
    must(gyre_tset_count(points, &count));

    double begin = seconds();
    for (size_t turn = 0; turn < job->turns; turn++)
        must(gyre_tset_eval_and_update(next, centers));
    double end = seconds();
    if (job->output)
        must(gyre_tset_for_each(centers, &(gyre_function_t){.row = save, .arg = job}));
    if (speaks)
        printf("%" PRIu64 " points, %zu centers, %zu turns in %.3f s; points read in %.3f s\n",
               count, job->clusters, job->turns, end - begin, begin - start);
    gyre_schema_release(sum.schema);
    gyre_schema_release(move.schema);
    free(first);
}

static bool parse(job_t *job, gyre_env_opts_t *opts, int argc, char **argv)
{
    static const struct option options[] = {{"turns", required_argument, NULL, 't'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"header", no_argument, NULL, 'H'},
                                            {"columns", required_argument, NULL, 'c'},
                                            {"parallelism", required_argument, NULL, 'p'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "t:f:c:p:o:h", options, NULL)) != -1;) {
        if (option == 'h')
            exit(fputs(usage, stdout) < 0);
        if (option == 't')
            job->turns = number_of(optarg);
        else if (option == 'H')
            job->layout.header = true;
        else if (option == 'c')
            numbers_range(optarg, &job->layout);
        else if (option == 'p')
            opts->parallelism = (int)number_of(optarg);
        else if (option == 'o')
            job->output = optarg;
        else if (option != 'f' || (job->layout.format = numbers_format(optarg)) > NUMBERS_BINARY)
            return false;
    }
    return argc - optind == 2 && numbers_layout_fits(&job->layout);
}

int main(int argc, char **argv)
{
    gyre_env_opts_t opts = {.size = sizeof(opts)};
    job_t job = {.turns = 10};
    if (!parse(&job, &opts, argc, argv))
        return fputs("kmeans_tset: see kmeans_tset --help\n", stderr), 2;
    blas_begin();
    session_t session = session_begin(&opts);
    run(&job, session.env, session.speaks, argv + optind);
    return session_end(&session);
}
