/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest paths from one vertex to all others, on sets. Each turn every part looks, by the edges
 * that lead to its vertices, for ways that are shorter than those known; the distances meet by
 * allgather, until nobody has found any. */
#include "application.h"
#include "edges.h"
#include "numbers_sets.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>

static const char usage[] =
    "Usage: gyre run -n N sssp [OPTION...] EDGES\n"
    "Finds the lengths of the shortest paths from a vertex to all others. EDGES is a file, a\n"
    "directory or a 'pattern', of rows \"from,to,length\"; vertices are numbers from 0 on.\n"
    "Lines that begin with # are skipped.\n"
    "\n"
    "  -s, --source V        the vertex that paths begin at, 0 unless given\n"
    "  -d, --delimiter C     between the numbers of an edge, or tab; a comma unless given\n"
    "  -p, --parallelism N   in so many parts; one on each worker unless given\n"
    "  -o, --output DIR      write rows \"vertex,distance\" to DIR, inf where no path leads\n"
    "  -h, --help            this text\n"
    "\n"
    "Example:\n"
    "  gyre run -n 2 data --scale 14 weighted 262144 edges\n"
    "  gyre run -n 2 sssp --source 1 edges --output distances\n";

typedef struct job {
    edges_t edges;
    size_t source;
    char delimiter;
    const char *output;
} job_t;

typedef struct turn {
    const double *known;
    double best[]; /* by the part's vertices */
} turn_t;

static gyre_status_t open_turn(gyre_partition_t *part)
{
    size_t own = edges_own(part, ((job_t *)part->arg)->edges.vertices);
    part->state = malloc(sizeof(turn_t) + own * sizeof(double));
    return part->state ? GYRE_OK : GYRE_ERR_NO_MEMORY;
}

static double known(const gyre_partition_t *part, const turn_t *turn, size_t own)
{
    return turn->known[own * (size_t)part->parallelism + (size_t)part->index];
}

static gyre_status_t begin_turn(gyre_partition_t *part)
{
    size_t own = edges_own(part, ((job_t *)part->arg)->edges.vertices);
    turn_t *turn = part->state;
    turn->known = numbers_input(part, "distances");
    for (size_t i = 0; i < own; i++)
        turn->best[i] = known(part, turn, i);
    return GYRE_OK;
}

static gyre_status_t relax(gyre_partition_t *part, const gyre_batch_t *in, const gyre_batch_t **out)
{
    const uint32_t *from = edges_ends(in, 0), *to = edges_ends(in, 1);
    const double *length = in->columns[2]->values;
    uint32_t parts = (uint32_t)part->parallelism;
    turn_t *turn = part->state;
    for (size_t i = 0; i < in->length; i++) {
        double *best = &turn->best[to[i] / parts];
        *best = fmin(*best, turn->known[from[i]] + length[i]);
    }
    *out = NULL;
    return GYRE_OK;
}

/* The distance of each of the part's vertices, and whether it was not known. */
static gyre_status_t finish_turn(gyre_partition_t *part, gyre_builder_t *out)
{
    size_t own = edges_own(part, ((job_t *)part->arg)->edges.vertices);
    const turn_t *turn = part->state;
    gyre_status_t status = gyre_builder_append(out->children[0], turn->best, own);
    for (size_t i = 0; i < own && status == GYRE_OK; i++)
        status = gyre_builder_append_bool(out->children[1], turn->best[i] < known(part, turn, i));
    return status;
}

static void close_turn(gyre_partition_t *part)
{
    free(part->state);
}

static bool is_shorter(gyre_partition_t *part, const gyre_row_t *row)
{
    (void)part;
    return gyre_row_bool(row, 1);
}

/* Where paths begin, and nothing else. */
static gyre_tset_t *start(const job_t *job, gyre_env_t *env, int parallelism)
{
    double *distances = malloc(job->edges.vertices * sizeof(*distances));
    for (size_t v = 0; v < job->edges.vertices; v++)
        distances[v] = v == job->source ? 0 : INFINITY;
    gyre_tset_t *set = numbers_everywhere(env, distances, job->edges.vertices, parallelism);
    free(distances);
    return set;
}

static void run(job_t *job, gyre_env_t *env, bool speaks, const char *path)
{
    static const gyre_field_t fields[] = {{.name = "distance", .kind = GYRE_KIND_FLOAT64},
                                          {.name = "shorter", .kind = GYRE_KIND_BOOL}};
    double began = seconds();
    edges_read(env, path, job->delimiter, true, &job->edges);
    gyre_function_t turn = {.batch = relax,
                            .open = open_turn,
                            .begin = begin_turn,
                            .finish = finish_turn,
                            .close = close_turn,
                            .arg = job};
    must(gyre_schema_create(fields, 2, &turn.schema));
    if (job->source >= job->edges.vertices) {
        fprintf(stderr, "sssp: source %zu, expected one of %zu vertices\n", job->source,
                job->edges.vertices);
        exit(2);
    }

    gyre_tset_t *distances = start(job, env, gyre_tset_parallelism(job->edges.set));
    gyre_tset_t *relaxed = gyre_tset_compute_collect(job->edges.set, &turn);
    gyre_tset_add_input(relaxed, "distances", distances);
    gyre_tset_t *found = gyre_tset_lazy_cache(relaxed);
    gyre_tset_t *next = gyre_tset_lazy_cache(edges_spread(found, job->edges.vertices));
    gyre_tset_t *shorter = gyre_tset_filter(found, &(gyre_function_t){.keep = is_shorter});

    double start_turns = seconds();
    uint64_t news, turns = 0;
    do {
        must(gyre_tset_evaluate(found));
        must(gyre_tset_eval_and_update(next, distances));
        must(gyre_tset_count(shorter, &news));
        turns++;
    } while (news > 0);
    double end = seconds();
    if (job->output)
        must(edges_save(distances, job->output, "distance"));
    if (speaks)
        printf(
            "%zu vertices, %" PRIu64 " edges, %" PRIu64 " turns in %.3f s; edges read in %.3f s\n",
            job->edges.vertices, job->edges.count, turns, end - start_turns, start_turns - began);
    gyre_schema_release(turn.schema);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"source", required_argument, NULL, 's'},
                                            {"delimiter", required_argument, NULL, 'd'},
                                            {"parallelism", required_argument, NULL, 'p'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    gyre_env_opts_t opts = {.size = sizeof(opts)};
    job_t job = {0};
    for (int option; (option = getopt_long(argc, argv, "d:s:p:o:h", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(usage, stdout) < 0;
        if (option == 's')
            job.source = number_from(optarg, 0);
        else if (option == 'd')
            job.delimiter = delimiter_of(optarg);
        else if (option == 'p')
            opts.parallelism = (int)number_of(optarg);
        else if (option == 'o')
            job.output = optarg;
        else
            return fputs("sssp: see sssp --help\n", stderr), 2;
    }
    if (argc - optind != 1)
        return fputs("sssp: see sssp --help\n", stderr), 2;
    session_t session = session_begin(&opts);
    run(&job, session.env, session.speaks, argv[optind]);
    return session_end(&session);
}
