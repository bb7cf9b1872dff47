/* SPDX-License-Identifier: Apache-2.0 */
/* A support vector machine, or logistic regression, by stochastic gradient descent on sets. Samples
 * are read once and cached; each turn every part goes over its samples from the same model on, and
 * the models that the parts come to are averaged by allreduce. */
#include "application.h"
#include "blas.h"
#include "numbers_sets.h"
#include "sgd.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N svm (--features N | --columns A-B --label N) [OPTION...] TRAIN [TEST]\n"
    "Trains a support vector machine on the samples of TRAIN, and says how many of those in TEST "
    "it\n"
    "tells right. Each is a file, a directory or a 'pattern'; a label, 1 or -1, comes first.\n"
    "\n"
    "      --features N      of a sample\n"
    "      --samples N       use the first N or so of TRAIN; all unless given\n"
    "      --iterations N    over all samples, 10 unless given\n"
    "      --alpha X         length of a step, in iteration i divided by i; 0.1 unless given\n"
    "      --C X             what a sample on the wrong side costs, 1 unless given\n"
    "      --logistic        train logistic regression\n"
    "      --format FORMAT   csv, libsvm or binary, doubles as they lie in memory; csv unless "
    "given\n"
    "      --header          of CSV: the first line of each file has names\n"
    "      --columns A-B     of CSV: features, from 1 on\n"
    "      --label N         of CSV: the column with the label, beside those\n"
    "      --positive X      the label that counts as 1, all others as -1\n"
    "      --parallelism N   in so many parts; one on each worker unless given\n"
    "      --output FILE     where the weights and the bias go\n"
    "      --help            this text\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 2 data --columns 22 samples 35000 train\n"
    "  gyre run -n 2 data --columns 22 --first 35000 samples 5000 test\n"
    "  gyre run -n 2 svm --features 22 train test\n"
    "  gyre run -n 2 svm --header --columns 1-4 --label 6 --positive 3 iris.csv iris.csv\n";

typedef struct job {
    sgd_t sgd;
    size_t iterations, samples;
    double alpha;
    numbers_layout_t layout;
    const char *output;
    uint64_t total; /* samples */
    double step;    /* of this iteration */
} job_t;

/* state is the part's model, then how many samples it has seen. */
static gyre_status_t begin(gyre_partition_t *part)
{
    const job_t *job = part->arg;
    size_t size = job->sgd.features + 1;
    memcpy(part->state, numbers_input(part, "model"), size * sizeof(double));
    ((double *)part->state)[size] = 0;
    return GYRE_OK;
}

static gyre_status_t descend(gyre_partition_t *part, const gyre_batch_t *in,
                             const gyre_batch_t **out)
{
    const job_t *job = part->arg;
    double *model = part->state;
    sgd_pass(&job->sgd, numbers_at(in, 0), in->length, (double)job->total, job->step, model);
    model[job->sgd.features + 1] += (double)in->length;
    *out = NULL;
    return GYRE_OK;
}

/* A model counts by its samples. */
static gyre_status_t weigh(gyre_partition_t *part, gyre_builder_t *out)
{
    const job_t *job = part->arg;
    double *model = part->state;
    blas_scale(job->sgd.features + 1, model[job->sgd.features + 1], model);
    return numbers_finish(part, out);
}

static gyre_status_t average(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    const job_t *job = part->arg;
    const double *sum = numbers_at(row->batch, row->at);
    size_t size = job->sgd.features + 1;
    void *model;
    gyre_status_t status = gyre_builder_extend(out->children[0], 1, &model);
    for (size_t i = 0; i < size && status == GYRE_OK; i++)
        ((double *)model)[i] = sum[i] / sum[size];
    return status;
}

/* state: right ones, and all. */
static gyre_status_t judge(gyre_partition_t *part, const gyre_batch_t *in, const gyre_batch_t **out)
{
    const job_t *job = part->arg;
    double *counts = part->state;
    counts[0] +=
        (double)sgd_right(&job->sgd, numbers_at(in, 0), in->length, numbers_input(part, "model"));
    counts[1] += (double)in->length;
    *out = NULL;
    return GYRE_OK;
}

static gyre_status_t tell(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    const double *counts = numbers_at(row->batch, row->at);
    (void)out;
    if (part->index == 0)
        printf("%.0f of %.0f samples told right, %.2f%%\n", counts[0], counts[1],
               100 * counts[0] / counts[1]);
    return GYRE_OK;
}

static gyre_status_t save(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    const job_t *job = part->arg;
    size_t size = job->sgd.features + 1;
    (void)out;
    if (part->index > 0)
        return GYRE_OK;
    return numbers_write(job->output, numbers_at(row->batch, row->at), size, size);
}

/* Samples of TEST against the model. */
static void test(job_t *job, gyre_env_t *env, const char *path, gyre_tset_t *model)
{
    const gyre_function_t count = {.schema = numbers_schema(2),
                                   .batch = judge,
                                   .open = numbers_open,
                                   .begin = numbers_begin,
                                   .finish = numbers_finish,
                                   .close = numbers_close,
                                   .arg = job};
    gyre_tset_t *counts =
        gyre_tset_compute(numbers_read(env, path, &job->layout, job->sgd.features + 1), &count);
    gyre_tset_add_input(counts, "model", model);
    must(gyre_tset_for_each(numbers_sum(counts), &(gyre_function_t){.row = tell}));
    gyre_schema_release(count.schema);
}

static gyre_tset_t *read_samples(job_t *job, gyre_env_t *env, const char *path)
{
    gyre_tset_t *samples =
        gyre_tset_cache(numbers_read(env, path, &job->layout, job->sgd.features + 1));
    must(gyre_tset_count(samples, &job->total));
    if (job->samples == 0 || job->samples >= job->total)
        return samples;
    samples =
        gyre_tset_cache(gyre_tset_sample(samples, (double)job->samples / (double)job->total, 1));
    must(gyre_tset_count(samples, &job->total));
    return samples;
}

static void run(job_t *job, gyre_env_t *env, bool speaks, char **paths)
{
    double start = seconds();
    size_t size = job->sgd.features + 1;
    double *zero = calloc(size, sizeof(*zero));
    const gyre_function_t pass = {.schema = numbers_schema(size + 1),
                                  .batch = descend,
                                  .open = numbers_open,
                                  .begin = begin,
                                  .finish = weigh,
                                  .close = numbers_close,
                                  .arg = job};
    const gyre_function_t mean = {.schema = numbers_schema(size), .row = average, .arg = job};

    gyre_tset_t *samples = read_samples(job, env, paths[0]);
    gyre_tset_t *model = numbers_everywhere(env, zero, size, gyre_tset_parallelism(samples));
    gyre_tset_t *passed = gyre_tset_compute(samples, &pass);
    gyre_tset_add_input(passed, "model", model);
    gyre_tset_t *next = gyre_tset_lazy_cache(gyre_tset_map(numbers_sum(passed), &mean));

    double began = seconds();
    for (size_t i = 1; i <= job->iterations; i++) {
        job->step = job->alpha / (double)i;
        must(gyre_tset_eval_and_update(next, model));
    }
    double end = seconds();
    if (job->output)
        must(gyre_tset_for_each(model, &(gyre_function_t){.row = save, .arg = job}));
    if (speaks)
        printf("%" PRIu64 " samples, %zu iterations in %.3f s; read in %.3f s\n", job->total,
               job->iterations, end - began, began - start);
    if (paths[1])
        test(job, env, paths[1], model);
    gyre_schema_release(pass.schema);
    gyre_schema_release(mean.schema);
    free(zero);
}

static bool take(job_t *job, gyre_env_opts_t *opts, int option)
{
    char *end;
    switch (option) {
    case 'h':
        exit(fputs(usage, stdout) < 0);
    case 'f':
        job->sgd.features = number_of(optarg);
        return true;
    case 's':
        job->samples = number_of(optarg);
        return true;
    case 'i':
        job->iterations = number_of(optarg);
        return true;
    case 'a':
        job->alpha = real_of(optarg);
        return true;
    case 'C':
        job->sgd.c = real_of(optarg);
        return true;
    case 'l':
        job->sgd.logistic = true;
        return true;
    case 't':
        job->layout.format = numbers_format(optarg);
        return true;
    case 'H':
        job->layout.header = true;
        return true;
    case 'c':
        numbers_range(optarg, &job->layout);
        return true;
    case 'L':
        job->layout.label = number_of(optarg);
        return true;
    case 'P':
        job->layout.has_positive = true;
        job->layout.positive = strtod(optarg, &end);
        return end != optarg && !*end;
    case 'p':
        opts->parallelism = (int)number_of(optarg);
        return true;
    case 'o':
        job->output = optarg;
        return true;
    default:
        return false;
    }
}

static bool parse(job_t *job, gyre_env_opts_t *opts, int argc, char **argv)
{
    static const struct option options[] = {{"features", required_argument, NULL, 'f'},
                                            {"samples", required_argument, NULL, 's'},
                                            {"iterations", required_argument, NULL, 'i'},
                                            {"alpha", required_argument, NULL, 'a'},
                                            {"C", required_argument, NULL, 'C'},
                                            {"logistic", no_argument, NULL, 'l'},
                                            {"format", required_argument, NULL, 't'},
                                            {"header", no_argument, NULL, 'H'},
                                            {"columns", required_argument, NULL, 'c'},
                                            {"label", required_argument, NULL, 'L'},
                                            {"positive", required_argument, NULL, 'P'},
                                            {"parallelism", required_argument, NULL, 'p'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;)
        if (!take(job, opts, option))
            return false;
    if (job->layout.last && job->sgd.features == 0)
        job->sgd.features = numbers_width(&job->layout);
    return (argc - optind == 1 || argc - optind == 2) && job->sgd.features > 0 &&
           job->layout.format < NUMBERS_FORMATS && numbers_layout_fits(&job->layout) &&
           !job->layout.last == !job->layout.label &&
           (!job->layout.last || numbers_width(&job->layout) == job->sgd.features);
}

int main(int argc, char **argv)
{
    gyre_env_opts_t opts = {.size = sizeof(opts)};
    job_t job = {.sgd = {.c = 1}, .iterations = 10, .alpha = 0.1, .layout.labels = true};
    if (!parse(&job, &opts, argc, argv))
        return fputs("svm: see svm --help\n", stderr), 2;
    blas_begin();
    session_t session = session_begin(&opts);
    run(&job, session.env, session.speaks, argv + optind);
    return session_end(&session);
}
