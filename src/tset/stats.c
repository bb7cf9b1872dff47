/* SPDX-License-Identifier: Apache-2.0 */
/* What has been evaluated, for programs, and what is being, for people. */
#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "tasks/conf.h"
#include "tset/job.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Records --- */

/* Of so many jobs, the last, what they did is known when they are no more. */
enum { RECORDS = 1000 };

struct gyre__record {
    char *text;
};

/* With what JSON wants escaped. */
static void print_name(const char *before, const char *name, FILE *stream)
{
    json_t *text = json_string(name);
    fputs(before, stream);
    if (!text || json_dumpf(text, stream, JSON_ENCODE_ANY) != 0)
        fputs("\"?\"", stream); /* not UTF-8 */
    json_decref(text);
}

static void print_names(const gyre__stage_plan_t *stage, FILE *stream)
{
    print_name("", stage->name, stream);
    fputs(": [", stream);
    for (size_t i = 0, count = 0; i < stage->step_count; i++)
        if (stage->steps[i].set)
            print_name(count++ ? ", " : "", stage->steps[i].set->name, stream);
    fputs("]", stream);
}

static gyre_status_t print_job(const gyre__job_t *job, FILE *stream)
{
    fprintf(stream, "{\"graph\": \"%s\", \"stages\": {", job->name);
    for (size_t i = 0; i < job->stage_count; i++) {
        fputs(i ? ", " : "", stream);
        print_names(&job->stages[i], stream);
    }
    fprintf(stream, "}, \"run\": ");
    gyre_status_t status = gyre_executor_stats(job->executor, stream);
    fprintf(stream, "}");
    return status;
}

/* What cannot be remembered is no reason to fail. */
void gyre__record(const gyre__job_t *job)
{
    gyre_env_t *env = job->env;
    char *text = NULL;
    size_t size = 0;
    if (!env->records && !(env->records = calloc(RECORDS, sizeof(*env->records))))
        return;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return;
    gyre_status_t status = print_job(job, stream);
    fclose(stream);
    struct gyre__record *record = &env->records[env->record_next];
    if (status != GYRE_OK) {
        free(text);
        return;
    }
    free(record->text);
    record->text = text;
    env->record_next = (env->record_next + 1) % RECORDS;
    env->record_count += env->record_count < RECORDS;
}

void gyre__records_cleanup(gyre_env_t *env)
{
    for (size_t i = 0; i < env->record_count; i++)
        free(env->records[i].text);
    free(env->records);
}

gyre_status_t gyre_job_stats(const gyre_env_t *env, FILE *stream)
{
    if (!env || !stream)
        return gyre__error(GYRE_ERR_ARG, "no environment, or no stream: NULL");
    size_t printed = 0;
    gyre_status_t status = GYRE_OK;
    fprintf(stream, "{\"worker\": %d, \"evaluated\": %" PRIu64 ", \"graphs\": [", env->rank,
            env->evaluations);
    for (size_t i = 0; i < env->record_count; i++) {
        size_t at = (env->record_next + RECORDS - env->record_count + i) % RECORDS;
        fprintf(stream, "%s%s", printed++ ? ",\n" : "", env->records[at].text);
    }
    for (gyre__link_t *link = env->jobs.next; link != &env->jobs && status == GYRE_OK;
         link = link->next) {
        fputs(printed++ ? ",\n" : "", stream);
        status = print_job(gyre__container(link, gyre__job_t, link), stream);
    }
    fprintf(stream, "]}\n");
    return status;
}

/* --- Progress --- */

void gyre__progress_open(gyre_env_t *env)
{
    env->shows = gyre__tasks_conf.progress == GYRE__PROGRESS_AUTO
                     ? isatty(STDERR_FILENO)
                     : gyre__tasks_conf.progress == GYRE__PROGRESS_YES;
    env->show_next = gyre__clock_ns() + GYRE__S;
}

void gyre__progress_start(const gyre__job_t *job)
{
    for (size_t i = 0; i < job->stage_count; i++)
        job->stages[i].rows = job->stages[i].bytes = 0;
}

/* Whole lines, which launchers keep whole, and of all workers together a few each second. */
void gyre__progress_note(gyre__stage_plan_t *stage, const gyre_batch_t *batch)
{
    gyre_env_t *env = stage->env;
    if (!env->shows || !batch)
        return;
    pthread_mutex_lock(&env->lock);
    stage->rows += batch->length;
    stage->bytes += gyre_batch_bytes(batch);
    uint64_t now = gyre__clock_ns();
    if (now >= env->show_next) {
        fprintf(stderr, "rank %d: %s: %" PRIu64 " rows, %s\n", env->rank, stage->name, stage->rows,
                gyre__bytes(stage->bytes).text);
        env->show_next = now + GYRE__S * (4 + (uint64_t)env->size) / 4;
    }
    pthread_mutex_unlock(&env->lock);
}
