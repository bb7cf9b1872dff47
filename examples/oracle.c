/* SPDX-License-Identifier: Apache-2.0 */
/* What the applications among the examples must come to: computed anew by one process, in the
 * plainest way there is, from the files that they read. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: oracle WHAT INPUT ARGUMENT... RESULT\n"
    "Is RESULT, a file of comma-separated numbers, what comes of INPUT?\n"
    "\n"
    "  kmeans POINTS CENTERS TURNS RESULT  centers after so many turns, from CENTERS on\n"
    "  svm SAMPLES ALPHA C TURNS RESULT    weights, then bias, of a support vector machine by\n"
    "                                      stochastic gradient descent, sample by sample\n"
    "  logistic ...                        the same of logistic regression\n"
    "  pagerank EDGES VERTICES TURNS RESULT\n"
    "                                      vertices and their ranks, with damping by 0.85\n"
    "  sssp EDGES VERTICES SOURCE RESULT   vertices and their distances from a vertex, inf where\n"
    "                                      no path leads\n";

typedef struct table {
    size_t rows, columns, room;
    double *values;
} table_t;

static void stop(const char *what, const char *name)
{
    fprintf(stderr, "oracle: %s: %s\n", name, what);
    exit(2);
}

static void *make(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    if (!memory)
        stop("no memory", "numbers");
    return memory;
}

static table_t read_table(const char *path)
{
    FILE *file = fopen(path, "r");
    table_t table = {0};
    char *line = NULL;
    size_t room = 0;
    if (!file)
        stop("cannot be opened", path);
    while (getline(&line, &room, file) > 0) {
        size_t columns = 0;
        for (char *at = line, *end; *at && *at != '\n'; at = *end == ',' ? end + 1 : end) {
            if (table.rows * table.columns + columns == table.room) {
                table.room = 2 * table.room + 1024;
                table.values = realloc(table.values, table.room * sizeof(double));
                if (!table.values)
                    stop("no memory", path);
            }
            table.values[table.rows * table.columns + columns++] = strtod(at, &end);
            if (end == at)
                stop("not a number", path);
        }
        if (table.rows == 0)
            table.columns = columns;
        if (columns != table.columns)
            stop("rows of several lengths", path);
        table.rows++;
    }
    free(line);
    fclose(file);
    return table;
}

/* How far apart two numbers are, in parts of the larger one. */
static double apart(double left, double right)
{
    if (isnan(left) || isnan(right))
        return INFINITY;
    return left == right ? 0 : fabs(left - right) / fmax(1e-6, fmax(fabs(left), fabs(right)));
}

static double distance(const double *left, const double *right, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (left[i] - right[i]) * (left[i] - right[i]);
    return sum;
}

/* Lloyd's algorithm. A center without points stays. */
static table_t kmeans(char **arguments)
{
    table_t points = read_table(arguments[0]), centers = read_table(arguments[1]);
    size_t columns = centers.columns;
    if (points.columns != columns)
        stop("other columns than the points", arguments[1]);
    for (int turn = atoi(arguments[2]); turn > 0; turn--) {
        double *sums = make(centers.rows * columns, sizeof(double));
        size_t *counts = make(centers.rows, sizeof(size_t));
        for (size_t i = 0; i < points.rows; i++) {
            const double *point = points.values + i * columns;
            size_t best = 0;
            for (size_t c = 1; c < centers.rows; c++)
                if (distance(point, centers.values + c * columns, columns) <
                    distance(point, centers.values + best * columns, columns))
                    best = c;
            for (size_t d = 0; d < columns; d++)
                sums[best * columns + d] += point[d];
            counts[best]++;
        }
        for (size_t i = 0; i < centers.rows * columns; i++)
            if (counts[i / columns] > 0)
                centers.values[i] = sums[i] / (double)counts[i / columns];
        free(sums);
        free(counts);
    }
    free(points.values);
    return centers;
}

/* A sample's label comes first. */
static table_t descend(char **arguments, bool logistic)
{
    table_t samples = read_table(arguments[0]);
    double alpha = atof(arguments[1]), c = atof(arguments[2]);
    size_t features = samples.columns - 1;
    table_t model = {.rows = 1, .columns = features + 1};
    model.values = make(model.columns, sizeof(double));
    for (int turn = 0; turn < atoi(arguments[3]); turn++)
        for (size_t i = 0; i < samples.rows; i++) {
            const double *sample = samples.values + i * samples.columns;
            double step = alpha / (1 + turn), label = sample[0], margin = model.values[features];
            for (size_t f = 0; f < features; f++)
                margin += model.values[f] * sample[f + 1];
            margin *= label;
            double pull = logistic ? 1 / (1 + exp(margin)) : margin < 1;
            for (size_t f = 0; f < features; f++)
                model.values[f] += step * (c * pull * label * sample[f + 1] -
                                           model.values[f] / (double)samples.rows);
            model.values[features] += step * c * pull * label;
        }
    free(samples.values);
    return model;
}

static table_t support(char **arguments)
{
    return descend(arguments, false);
}

static table_t logistic(char **arguments)
{
    return descend(arguments, true);
}

/* One row for each vertex: its number, then a value. */
static table_t numbered(size_t vertices, double value)
{
    table_t table = {.rows = vertices, .columns = 2};
    table.values = make(2 * vertices, sizeof(double));
    for (size_t i = 0; i < vertices; i++) {
        table.values[2 * i] = (double)i;
        table.values[2 * i + 1] = value;
    }
    return table;
}

/* Edges among so many vertices. */
static table_t read_edges(const char *path, size_t vertices)
{
    table_t edges = read_table(path);
    if (edges.rows && edges.columns < 2)
        stop("expected two columns or more", path);
    for (size_t i = 0; i < edges.rows; i++)
        for (size_t end = 0; end < 2; end++) {
            double vertex = edges.values[i * edges.columns + end];
            if (!(vertex >= 0 && vertex < (double)vertices))
                stop("an edge of no such vertex", path);
        }
    return edges;
}

/* By powers. What a vertex without edges has is for all. */
static table_t pagerank(char **arguments)
{
    size_t vertices = strtoul(arguments[1], NULL, 10);
    table_t edges = read_edges(arguments[0], vertices);
    size_t width = edges.columns;
    table_t ranks = numbered(vertices, 1 / (double)vertices);
    double *next = make(vertices, sizeof(double));
    size_t *degree = make(vertices, sizeof(size_t));
    for (size_t i = 0; i < edges.rows; i++)
        degree[(size_t)edges.values[i * width]]++;
    for (int turn = atoi(arguments[2]); turn > 0; turn--) {
        double idle = 0;
        memset(next, 0, vertices * sizeof(double));
        for (size_t i = 0; i < vertices; i++)
            idle += degree[i] ? 0 : ranks.values[2 * i + 1];
        for (size_t i = 0; i < edges.rows; i++) {
            size_t from = (size_t)edges.values[i * width];
            next[(size_t)edges.values[i * width + 1]] +=
                ranks.values[2 * from + 1] / (double)degree[from];
        }
        for (size_t i = 0; i < vertices; i++)
            ranks.values[2 * i + 1] =
                0.15 / (double)vertices + 0.85 * (next[i] + idle / (double)vertices);
    }
    free(degree);
    free(next);
    free(edges.values);
    return ranks;
}

/* Dijkstra's algorithm, with a search of all vertices for the nearest one. */
static table_t sssp(char **arguments)
{
    size_t vertices = strtoul(arguments[1], NULL, 10);
    size_t source = strtoul(arguments[2], NULL, 10);
    table_t edges = read_edges(arguments[0], vertices);
    size_t width = edges.columns;
    if (source >= vertices)
        stop("no such vertex", arguments[2]);
    table_t paths = numbered(vertices, INFINITY);
    size_t *begin = make(vertices + 1, sizeof(size_t)), *order = make(edges.rows, sizeof(size_t));
    bool *done = make(vertices, sizeof(bool));
    for (size_t i = 0; i < edges.rows; i++)
        begin[(size_t)edges.values[i * width] + 1]++;
    for (size_t i = 0; i < vertices; i++)
        begin[i + 1] += begin[i];
    for (size_t i = edges.rows; i-- > 0;)
        order[--begin[(size_t)edges.values[i * width] + 1]] = i;
    paths.values[2 * source + 1] = 0;
    for (;;) {
        size_t near = vertices;
        for (size_t i = 0; i < vertices; i++)
            if (!done[i] && paths.values[2 * i + 1] < INFINITY &&
                (near == vertices || paths.values[2 * i + 1] < paths.values[2 * near + 1]))
                near = i;
        if (near == vertices)
            break;
        done[near] = true;
        for (size_t i = begin[near + 1]; i < edges.rows; i++) {
            const double *edge = edges.values + order[i] * width;
            if ((size_t)edge[0] != near)
                break;
            double *path = &paths.values[2 * (size_t)edge[1] + 1];
            *path = fmin(*path, paths.values[2 * near + 1] + edge[2]);
        }
    }
    free(done);
    free(order);
    free(begin);
    free(edges.values);
    return paths;
}

static int by_row(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

typedef struct question {
    const char *name;
    int arguments;
    bool numbered; /* rows begin with their number, and come in any order */
    table_t (*answer)(char **arguments);
} question_t;

static const question_t questions[] = {{"kmeans", 3, false, kmeans},
                                       {"svm", 4, false, support},
                                       {"logistic", 4, false, logistic},
                                       {"pagerank", 3, true, pagerank},
                                       {"sssp", 3, true, sssp}};

static bool compare(const question_t *question, table_t expected, table_t result)
{
    double worst = 0;
    if (result.rows != expected.rows || result.columns != expected.columns)
        return printf("%zu rows of %zu numbers, expected %zu of %zu\n", result.rows, result.columns,
                      expected.rows, expected.columns),
               false;
    if (question->numbered)
        qsort(result.values, result.rows, 2 * sizeof(double), by_row);
    for (size_t i = 0; i < expected.rows * expected.columns; i++)
        worst = fmax(worst, apart(result.values[i], expected.values[i]));
    printf("%s: %zu rows within %.1e\n", question->name, result.rows, worst);
    free(expected.values);
    free(result.values);
    return worst < 1e-9;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
        if (argc > 1 && strcmp(argv[1], questions[i].name) == 0 &&
            argc == questions[i].arguments + 3)
            return !compare(&questions[i], questions[i].answer(argv + 2),
                            read_table(argv[argc - 1]));
    fputs(usage, argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
    return 2;
}
