/* SPDX-License-Identifier: Apache-2.0 */
/* PageRank on sets. A vertex's share is what it gives along each of its edges: its rank, divided by
 * how many those are, or by all vertices where there are none, for then it gives to all. Each turn
 * every part adds up, by the edges that lead to its vertices, what these get, and the new shares
 * meet by allgather. */
#include "application.h"
#include "edges.h"
#include "numbers_sets.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N pagerank [OPTION...] EDGES\n"
    "Ranks the vertices of a graph by how many others lead to them, and what rank these have. "
    "EDGES\n"
    "is a file, a directory or a 'pattern', of rows \"from,to\"; vertices are numbers from 0 on.\n"
    "Lines that begin with # are skipped.\n"
    "\n"
    "  -t, --turns N         how often ranks are passed on, 10 unless given\n"
    "  -d, --delimiter C     between the numbers of an edge, or tab; a comma unless given\n"
    "  -p, --parallelism N   in so many parts; one on each worker unless given\n"
    "  -o, --output DIR      write rows \"vertex,rank\" to DIR\n"
    "  -h, --help            this text\n"
    "\n"
    "Example:\n"
    "  gyre run -n 2 data --scale 14 edges 262144 edges\n"
    "  gyre run -n 2 pagerank edges --output ranks\n";

#define DAMPING 0.85

typedef struct job {
    edges_t edges;
    size_t turns;
    char delimiter;
    const char *output;
} job_t;

/* How many edges leave each vertex. */
static gyre_status_t count_edges(gyre_partition_t *part, const gyre_batch_t *in,
                                 const gyre_batch_t **out)
{
    const uint32_t *from = edges_ends(in, 0);
    double *degrees = part->state;
    for (size_t i = 0; i < in->length; i++)
        degrees[from[i]]++;
    *out = NULL;
    return GYRE_OK;
}

/* At first all ranks are the same. */
static gyre_status_t start(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t vertices = ((job_t *)part->arg)->edges.vertices;
    const double *degrees = numbers_at(row->batch, row->at);
    void *shares;
    gyre_status_t status = gyre_builder_extend(out->children[0], 1, &shares);
    for (size_t v = 0; v < vertices && status == GYRE_OK; v++)
        ((double *)shares)[v] =
            1 / (double)vertices / (degrees[v] > 0 ? degrees[v] : (double)vertices);
    return status;
}

typedef struct turn {
    const double *shares;
    double got[]; /* by the part's vertices */
} turn_t;

static gyre_status_t open_turn(gyre_partition_t *part)
{
    size_t own = edges_own(part, ((job_t *)part->arg)->edges.vertices);
    part->state = malloc(sizeof(turn_t) + own * sizeof(double));
    return part->state ? GYRE_OK : GYRE_ERR_NO_MEMORY;
}

static gyre_status_t begin_turn(gyre_partition_t *part)
{
    size_t own = edges_own(part, ((job_t *)part->arg)->edges.vertices);
    turn_t *turn = part->state;
    turn->shares = numbers_input(part, "shares");
    memset(turn->got, 0, own * sizeof(double));
    return GYRE_OK;
}

static gyre_status_t pass(gyre_partition_t *part, const gyre_batch_t *in, const gyre_batch_t **out)
{
    const uint32_t *from = edges_ends(in, 0), *to = edges_ends(in, 1);
    uint32_t parts = (uint32_t)part->parallelism;
    turn_t *turn = part->state;
    for (size_t i = 0; i < in->length; i++)
        turn->got[to[i] / parts] += turn->shares[from[i]];
    *out = NULL;
    return GYRE_OK;
}

static gyre_status_t finish_turn(gyre_partition_t *part, gyre_builder_t *out)
{
    size_t vertices = ((job_t *)part->arg)->edges.vertices, own = edges_own(part, vertices);
    const double *degrees = numbers_input(part, "degrees");
    const turn_t *turn = part->state;
    double to_all = 0;
    void *shares;
    for (size_t v = 0; v < vertices; v++)
        to_all += degrees[v] > 0 ? 0 : turn->shares[v];
    gyre_status_t status = gyre_builder_extend(out->children[0], own, &shares);
    for (size_t i = 0; i < own && status == GYRE_OK; i++) {
        double degree = degrees[i * (size_t)part->parallelism + (size_t)part->index];
        double rank = (1 - DAMPING) / (double)vertices + DAMPING * (turn->got[i] + to_all);
        ((double *)shares)[i] = rank / (degree > 0 ? degree : (double)vertices);
    }
    return status;
}

static void close_turn(gyre_partition_t *part)
{
    free(part->state);
}

/* Shares become ranks again. */
static gyre_status_t rank(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t vertices = ((job_t *)part->arg)->edges.vertices;
    const double *shares = numbers_at(row->batch, row->at);
    const double *degrees = numbers_input(part, "degrees");
    void *ranks;
    gyre_status_t status = gyre_builder_extend(out->children[0], 1, &ranks);
    for (size_t v = 0; v < vertices && status == GYRE_OK; v++)
        ((double *)ranks)[v] = shares[v] * (degrees[v] > 0 ? degrees[v] : (double)vertices);
    return status;
}

static void run(job_t *job, gyre_env_t *env, bool speaks, const char *path)
{
    static const gyre_field_t field = {.name = "share", .kind = GYRE_KIND_FLOAT64};
    double began = seconds();
    edges_read(env, path, job->delimiter, false, &job->edges);
    const gyre_schema_t *vector = numbers_schema(job->edges.vertices);
    gyre_function_t turn = {.batch = pass,
                            .open = open_turn,
                            .begin = begin_turn,
                            .finish = finish_turn,
                            .close = close_turn,
                            .arg = job};
    must(gyre_schema_create(&field, 1, &turn.schema));

    gyre_tset_t *degrees = gyre_tset_cache(
        numbers_sum(gyre_tset_compute(job->edges.set, &(gyre_function_t){.schema = vector,
                                                                         .batch = count_edges,
                                                                         .open = numbers_open,
                                                                         .begin = numbers_begin,
                                                                         .finish = numbers_finish,
                                                                         .close = numbers_close})));
    gyre_tset_t *shares = gyre_tset_cache(
        gyre_tset_map(degrees, &(gyre_function_t){.schema = vector, .row = start, .arg = job}));
    gyre_tset_t *passed = gyre_tset_compute_collect(job->edges.set, &turn);
    gyre_tset_add_input(passed, "shares", shares);
    gyre_tset_add_input(passed, "degrees", degrees);
    gyre_tset_t *next = gyre_tset_lazy_cache(edges_spread(passed, job->edges.vertices));

    double start_turns = seconds();
    for (size_t i = 0; i < job->turns; i++)
        must(gyre_tset_eval_and_update(next, shares));
    double end = seconds();
    if (job->output) {
        gyre_tset_t *ranks =
            gyre_tset_map(shares, &(gyre_function_t){.schema = vector, .row = rank, .arg = job});
        gyre_tset_add_input(ranks, "degrees", degrees);
        must(edges_save(ranks, job->output, "rank"));
    }
    if (speaks)
        printf("%zu vertices, %" PRIu64 " edges, %zu turns in %.3f s; edges read in %.3f s\n",
               job->edges.vertices, job->edges.count, job->turns, end - start_turns,
               start_turns - began);
    gyre_schema_release(turn.schema);
    gyre_schema_release(vector);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"turns", required_argument, NULL, 't'},
                                            {"delimiter", required_argument, NULL, 'd'},
                                            {"parallelism", required_argument, NULL, 'p'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    gyre_env_opts_t opts = {.size = sizeof(opts)};
    job_t job = {.turns = 10};
    for (int option; (option = getopt_long(argc, argv, "d:t:p:o:h", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(usage, stdout) < 0;
        if (option == 't')
            job.turns = number_of(optarg);
        else if (option == 'd')
            job.delimiter = delimiter_of(optarg);
        else if (option == 'p')
            opts.parallelism = (int)number_of(optarg);
        else if (option == 'o')
            job.output = optarg;
        else
            return fputs("pagerank: see pagerank --help\n", stderr), 2;
    }
    if (argc - optind != 1)
        return fputs("pagerank: see pagerank --help\n", stderr), 2;
    session_t session = session_begin(&opts);
    run(&job, session.env, session.speaks, argv[optind]);
    return session_end(&session);
}
