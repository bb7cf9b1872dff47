/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of the applications among the examples, in plain MPI: what their sets are measured
 * against. Only the turns are timed. */
#include "../../examples/blas.h"
#include "../../examples/lloyd.h"
#include "../../examples/sgd.h"

#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] = "Usage: mpirun -n N mpi-apps kmeans POINTS COLUMNS CENTERS TURNS OUT\n"
                            "       mpirun -n N mpi-apps svm SAMPLES FEATURES ALPHA C TURNS OUT\n"
                            "       mpirun -n N mpi-apps pagerank EDGES TURNS OUT\n"
                            "POINTS, SAMPLES and EDGES are one file of doubles each, as "
                            "examples/data --format binary writes\n"
                            "them, CENTERS has a row of comma-separated numbers for each.\n";

static int rank, size;

static void stop(const char *what)
{
    perror(what);
    MPI_Abort(MPI_COMM_WORLD, 1);
    exit(1);
}

static void *make(size_t count, size_t width)
{
    void *memory = calloc(count + 1, width);
    if (!memory)
        stop("memory");
    return memory;
}

/* A share of a file's rows. */
static double *read_rows(const char *path, size_t columns, size_t part, size_t parts, size_t *count)
{
    FILE *file = fopen(path, "r");
    struct stat stat;
    if (!file || fstat(fileno(file), &stat))
        stop(path);
    size_t rows = (size_t)stat.st_size / sizeof(double) / columns, from = rows * part / parts;
    *count = rows * (part + 1) / parts - from;
    double *values = make(*count * columns, sizeof(double));
    if (fseek(file, (long)(from * columns * sizeof(double)), SEEK_SET) ||
        fread(values, sizeof(double) * columns, *count, file) != *count)
        stop(path);
    fclose(file);
    return values;
}

/* All of a file of text. */
static double *read_text(const char *path, size_t *count)
{
    FILE *file = fopen(path, "r");
    double *values = NULL, value;
    if (!file)
        stop(path);
    for (*count = 0; fscanf(file, "%lf%*[,\n]", &value) == 1; values[(*count)++] = value)
        if (!(values = realloc(values, (*count + 1) * sizeof(double))))
            stop("memory");
    fclose(file);
    return values;
}

static double begin(void)
{
    MPI_Barrier(MPI_COMM_WORLD);
    return MPI_Wtime();
}

/* By rank 0: how long it took, and the result. */
static void end(double start, const char *turns, const double *values, size_t count, size_t columns,
                const char *path)
{
    if (rank > 0)
        return;
    printf("%s turns in %.3f s\n", turns, MPI_Wtime() - start);
    FILE *file = fopen(path, "w");
    if (!file)
        stop(path);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%.17g%c", values[i], (i + 1) % columns ? ',' : '\n');
    fclose(file);
}

static void kmeans(char **arguments)
{
    size_t columns = strtoul(arguments[1], NULL, 10), count, values;
    double *points = read_rows(arguments[0], columns, (size_t)rank, (size_t)size, &count);
    double *centers = read_text(arguments[2], &values);
    size_t clusters = values / columns, length = clusters * (columns + 1);
    double *sums = make(length, sizeof(double));
    double start = begin();
    for (int turn = atoi(arguments[3]); turn > 0; turn--) {
        memset(sums, 0, length * sizeof(double));
        lloyd_add(points, count, columns, centers, clusters, sums);
        MPI_Allreduce(MPI_IN_PLACE, sums, (int)length, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        lloyd_divide(sums, columns, clusters, centers);
    }
    end(start, arguments[3], centers, values, columns, arguments[4]);
    free(sums);
    free(centers);
    free(points);
}

static void svm(char **arguments)
{
    const sgd_t sgd = {.features = strtoul(arguments[1], NULL, 10), .c = atof(arguments[3])};
    size_t count, length = sgd.features + 2;
    double *samples = read_rows(arguments[0], sgd.features + 1, (size_t)rank, (size_t)size, &count);
    double *model = make(length, sizeof(double)), total = (double)count;
    MPI_Allreduce(MPI_IN_PLACE, &total, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    double start = begin();
    for (int turn = 1; turn <= atoi(arguments[4]); turn++) {
        sgd_pass(&sgd, samples, count, total, atof(arguments[2]) / turn, model);
        blas_scale(sgd.features + 1, (double)count / total, model);
        MPI_Allreduce(MPI_IN_PLACE, model, (int)sgd.features + 1, MPI_DOUBLE, MPI_SUM,
                      MPI_COMM_WORLD);
    }
    end(start, arguments[4], model, sgd.features + 1, sgd.features + 1, arguments[5]);
    free(model);
    free(samples);
}

typedef struct edge {
    uint32_t from, to;
} edge_t;

/* Vertex v belongs to rank v modulo size, and lies there behind v divided by size others; so do
 * the edges that lead to it. */
static void pagerank(char **arguments)
{
    size_t count, kept = 0, vertices = 0;
    double *rows = read_rows(arguments[0], 2, 0, 1, &count);
    edge_t *edges = make(count, sizeof(*edges));
    for (size_t i = 0; i < 2 * count; i++)
        vertices = rows[i] >= (double)vertices ? (size_t)rows[i] + 1 : vertices;
    size_t own = (vertices + (size_t)size - 1) / (size_t)size, all = own * (size_t)size;
    double *degrees = make(all, sizeof(double)), *shares = make(all, sizeof(double));
    double *got = make(own, sizeof(double)), *met = make(all, sizeof(double));
    for (size_t i = 0; i < count; i++) {
        degrees[(size_t)rows[2 * i]]++;
        if ((size_t)rows[2 * i + 1] % (size_t)size == (size_t)rank)
            edges[kept++] = (edge_t){(uint32_t)rows[2 * i], (uint32_t)rows[2 * i + 1]};
    }
    free(rows);
    for (size_t v = 0; v < vertices; v++)
        shares[v] = 1 / (double)vertices / (degrees[v] > 0 ? degrees[v] : (double)vertices);
    double start = begin();
    for (int turn = atoi(arguments[1]); turn > 0; turn--) {
        double to_all = 0;
        memset(got, 0, own * sizeof(double));
        for (size_t i = 0; i < kept; i++)
            got[edges[i].to / (uint32_t)size] += shares[edges[i].from];
        for (size_t v = 0; v < vertices; v++)
            to_all += degrees[v] > 0 ? 0 : shares[v];
        for (size_t i = 0; i < own; i++) {
            double degree = degrees[i * (size_t)size + (size_t)rank];
            double value = 0.15 / (double)vertices + 0.85 * (got[i] + to_all);
            got[i] = value / (degree > 0 ? degree : (double)vertices);
        }
        MPI_Allgather(got, (int)own, MPI_DOUBLE, met, (int)own, MPI_DOUBLE, MPI_COMM_WORLD);
        for (size_t v = 0; v < vertices; v++)
            shares[v] = met[v % (size_t)size * own + v / (size_t)size];
    }
    double took = MPI_Wtime() - start;
    double *ranks = make(2 * vertices, sizeof(double));
    for (size_t v = 0; v < vertices; v++) {
        ranks[2 * v] = (double)v;
        ranks[2 * v + 1] = shares[v] * (degrees[v] > 0 ? degrees[v] : (double)vertices);
    }
    end(MPI_Wtime() - took, arguments[1], ranks, 2 * vertices, 2, arguments[2]);
    free(ranks);
    free(met);
    free(got);
    free(shares);
    free(degrees);
    free(edges);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int arguments;
        void (*run)(char **arguments);
    } jobs[] = {{"kmeans", 5, kmeans}, {"svm", 6, svm}, {"pagerank", 3, pagerank}};
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    blas_begin();
    int known = 0;
    for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++)
        if (argc > 1 && strcmp(argv[1], jobs[i].name) == 0 && argc == jobs[i].arguments + 2) {
            jobs[i].run(argv + 2);
            known = 1;
        }
    if (!known && rank == 0)
        fputs(usage, stderr);
    MPI_Finalize();
    return known ? 0 : 2;
}
