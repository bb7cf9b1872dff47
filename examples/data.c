/* SPDX-License-Identifier: Apache-2.0 */
/* Input for the applications among the examples: points in clusters, samples of two classes, edges
 * of a graph. Every row follows from the seed and its number alone, so that the rows are the same
 * on any number of workers. */
#include "chance.h"

#include <getopt.h>
#include <gyre/gyre.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N data [OPTION...] WHAT ROWS DIR\n"
    "Writes rows of numbers to the directory DIR, a part per worker.\n"
    "\n"
    "  points        around the centers of clusters\n"
    "  samples       of two classes that a plane tells apart, but for a few: a label, 1 or -1, "
    "and\n"
    "                features\n"
    "  edges         of a graph in the manner of Graph500 (RMAT): from, to\n"
    "  weighted      edges with a third column between 0 and 1\n"
    "\n"
    "  --columns N   coordinates of a point, features of a sample; 16 unless given\n"
    "  --clusters N  of points, 10 unless given\n"
    "  --scale N     the graph has 2^N vertices, 10 unless given\n"
    "  --format F    csv, binary (doubles, as they lie in memory) or, of samples, libsvm; csv\n"
    "                unless given\n"
    "  --first N     number of the first row, 0 unless given\n"
    "  --seed N      1 unless given\n"
    "  --help        this text\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 2 data --columns 2 --clusters 4 points 1000 points\n"
    "  gyre run -n 2 data samples 8000 train && gyre run data --first 8000 samples 2000 test\n";

enum { COLUMNS_MAX = 4096 };

typedef enum format { CSV, BINARY, LIBSVM, FORMATS } format_t;

typedef struct job {
    const struct table *table;
    uint64_t rows, first, seed;
    size_t columns, clusters, scale;
    format_t format;
} job_t;

/* What makes a row of so many columns. */
typedef struct table {
    const char *name;
    size_t (*make)(const job_t *job, uint64_t number, double *row);
} table_t;

/* About normal, with a deviation of 1. */
static double noise(uint64_t seed, uint64_t number)
{
    double sum = -6;
    for (uint64_t i = 0; i < 12; i++)
        sum += chance_unit(seed, number * 12 + i);
    return sum;
}

static size_t make_point(const job_t *job, uint64_t number, double *row)
{
    uint64_t own = chance_word(job->seed, number), cluster = own % job->clusters;
    uint64_t center = chance_word(~job->seed, cluster);
    for (size_t i = 0; i < job->columns; i++)
        row[i] = 20 * chance_unit(center, i) + noise(own, i);
    return job->columns;
}

static size_t make_sample(const job_t *job, uint64_t number, double *row)
{
    uint64_t own = chance_word(job->seed, number);
    double side = 0.5 * noise(own, job->columns);
    for (size_t i = 0; i < job->columns; i++) {
        row[i + 1] = noise(own, i);
        side += row[i + 1] * noise(~job->seed, i);
    }
    row[0] = side > 0 ? 1 : -1;
    return job->columns + 1;
}

/* A number of scale bits for another, one to one, so that busy vertices lie anywhere. */
static uint64_t scatter(const job_t *job, uint64_t vertex)
{
    uint64_t mask = ((uint64_t)1 << job->scale) - 1;
    for (uint64_t i = 0; i < 2; i++) {
        vertex = vertex * (chance_word(job->seed, i) | 1) & mask;
        vertex ^= vertex >> (job->scale + 1) / 2;
    }
    return vertex;
}

static size_t make_edge(const job_t *job, uint64_t number, double *row)
{
    uint64_t own = chance_word(job->seed, number), from = 0, to = 0;
    for (size_t i = 0; i < job->scale; i++) {
        double draw = chance_unit(own, i); /* 0.57, 0.19, 0.19, 0.05 */
        from = 2 * from + (draw >= 0.76);
        to = 2 * to + ((draw >= 0.57 && draw < 0.76) || draw >= 0.95);
    }
    row[0] = (double)scatter(job, from);
    row[1] = (double)scatter(job, to);
    return 2;
}

static size_t make_weighted(const job_t *job, uint64_t number, double *row)
{
    make_edge(job, number, row);
    row[2] = chance_unit(chance_word(job->seed, number), job->scale);
    return 3;
}

static const table_t tables[] = {{"points", make_point},
                                 {"samples", make_sample},
                                 {"edges", make_edge},
                                 {"weighted", make_weighted}};

static gyre_status_t write_row(gyre_part_t *part, format_t format, const double *row,
                               size_t columns)
{
    char text[64];
    gyre_status_t status = GYRE_OK;
    if (format == BINARY)
        return gyre_part_write(part, row, columns * sizeof(*row));
    for (size_t i = 0; i < columns && status == GYRE_OK; i++) {
        int length = format == LIBSVM && i > 0
                         ? snprintf(text, sizeof(text), " %zu:%.9g", i, row[i])
                         : snprintf(text, sizeof(text), i > 0 ? ",%.9g" : "%.9g", row[i]);
        status = gyre_part_write(part, text, (size_t)length);
    }
    return status == GYRE_OK ? gyre_part_write(part, "\n", 1) : status;
}

static gyre_status_t write_part(const job_t *job, gyre_part_t *part, uint64_t from, uint64_t to)
{
    double row[COLUMNS_MAX + 1];
    gyre_status_t status = GYRE_OK;
    for (uint64_t i = from; i < to && status == GYRE_OK; i++) {
        size_t columns = job->table->make(job, job->first + i, row);
        status = write_row(part, job->format, row, columns);
    }
    return status;
}

static gyre_status_t generate(const job_t *job, gyre_comm_t *world, const char *directory)
{
    uint64_t rank = (uint64_t)gyre_comm_rank(world), size = (uint64_t)gyre_comm_size(world);
    uint64_t per = (job->rows + size - 1) / size, from = rank * per, to = from + per;
    gyre_output_t *output;
    gyre_part_t *part;
    gyre_status_t status = gyre_output_open(directory, NULL, &output);
    if (status != GYRE_OK)
        return status;
    status = gyre_part_create(output, (uint32_t)rank, &part);
    if (status == GYRE_OK) {
        status = write_part(job, part, from, to < job->rows ? to : job->rows);
        if (status == GYRE_OK)
            status = gyre_part_commit(part);
        else
            gyre_part_abort(part);
    }
    if (status == GYRE_OK)
        status = gyre_barrier(world);
    if (status == GYRE_OK && rank == 0)
        status = gyre_output_finish(output, (uint32_t)size);
    gyre_output_close(output);
    return status;
}

static bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && *number >= least && *number <= most;
}

static bool parse_option(job_t *job, int option)
{
    static const char *const formats[FORMATS] = {"csv", "binary", "libsvm"};
    switch (option) {
    case 'c':
        return parse_number(optarg, 1, COLUMNS_MAX, &job->columns);
    case 'k':
        return parse_number(optarg, 1, UINT32_MAX, &job->clusters);
    case 'l':
        return parse_number(optarg, 1, 29, &job->scale);
    case 'i':
        return parse_number(optarg, 0, INT64_MAX, &job->first);
    case 's':
        return parse_number(optarg, 0, UINT64_MAX, &job->seed);
    case 'f':
        for (job->format = 0; job->format < FORMATS; job->format++)
            if (strcmp(optarg, formats[job->format]) == 0)
                return true;
        return false;
    default:
        return false;
    }
}

static bool parse(job_t *job, int argc, char **argv)
{
    static const struct option options[] = {
        {"columns", required_argument, NULL, 'c'}, {"clusters", required_argument, NULL, 'k'},
        {"scale", required_argument, NULL, 'l'},   {"format", required_argument, NULL, 'f'},
        {"first", required_argument, NULL, 'i'},   {"seed", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == 'h')
            exit(fputs(usage, stdout) < 0);
        if (!parse_option(job, option))
            return false;
    }
    if (argc - optind != 3 || !parse_number(argv[optind + 1], 0, INT64_MAX / 2, &job->rows))
        return false;
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        if (strcmp(argv[optind], tables[i].name) == 0)
            job->table = &tables[i];
    return job->table && (job->format != LIBSVM || job->table->make == make_sample);
}

int main(int argc, char **argv)
{
    job_t job = {.seed = 1, .columns = 16, .clusters = 10, .scale = 10};
    gyre_context_t *ctx;
    if (!parse(&job, argc, argv))
        return fputs("data: see data --help\n", stderr), 2;
    gyre_status_t status = gyre_init(NULL, &ctx);
    if (status == GYRE_OK)
        status = generate(&job, gyre_comm_world(ctx), argv[argc - 1]);
    if (status != GYRE_OK) {
        if (status != GYRE_ERR_PEER_FAILED)
            fprintf(stderr, "data: %s\n", gyre_last_error());
        return 1;
    }
    gyre_finalize(ctx);
    return 0;
}
