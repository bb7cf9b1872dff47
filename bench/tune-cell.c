/* SPDX-License-Identifier: Apache-2.0 */
/* A cell: first each algorithm once, which tells those that are out of the question and how long a
 * turn may be; then the others in turns, so that a machine that is busy for a while is so for all
 * of them; then the best one with other parameters. A time is that of the slowest worker. */
#include "tune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOPELESS 3.0 /* times the best at first sight */
#define WAYS     64
#define LOOKS    3
#define MOST     2000 /* calls of a turn */
#define GAIN     1.05 /* what is less is not worth a rule */
#define SURE     1.3

typedef struct ways {
    gyre__bench_way_t at[WAYS];
    int count;
} ways_t;

void gyre__bench_way_write(const gyre__bench_way_t *way, char *text, size_t room)
{
    int length = snprintf(text, room, "@%s", way->algorithm);
    if (way->radix)
        length += snprintf(text + length, room - (size_t)length, "(radix=%d%s", way->radix,
                           way->segment ? "," : ")");
    if (way->segment)
        snprintf(text + length, room - (size_t)length, "%ssegment=%zu)", way->radix ? "" : "(",
                 way->segment);
}

bool gyre__bench_way_equal(const gyre__bench_way_t *a, const gyre__bench_way_t *b)
{
    return a->algorithm == b->algorithm && a->radix == b->radix && a->segment == b->segment;
}

static gyre_status_t go_by(gyre__bench_tuning_t *tuning, const gyre__bench_way_t *way)
{
    char rule[160];
    if (!way->algorithm)
        return gyre_coll_tune(gyre__bench_world, NULL);
    int length = snprintf(rule, sizeof(rule), "%s:", tuning->name);
    gyre__bench_way_write(way, rule + length, sizeof(rule) - (size_t)length);
    return gyre_coll_tune(gyre__bench_world, rule);
}

/* Seconds per call, the slowest worker's, after one that is not counted. */
static gyre_status_t time_way(gyre__bench_tuning_t *tuning, const gyre__bench_way_t *way, int calls,
                              double *seconds)
{
    gyre__bench_t *bench = &tuning->bench;
    gyre_status_t status = go_by(tuning, way);
    if (status == GYRE_OK)
        status = bench->opts.op->once(bench);
    if (status == GYRE_OK)
        status = gyre_barrier(tuning->control);
    double begin = gyre__bench_now();
    for (int i = 0; i < calls && status == GYRE_OK; i++)
        status = bench->opts.op->once(bench);
    double mine = (gyre__bench_now() - begin) / calls;
    return status == GYRE_OK
               ? gyre_allreduce(tuning->control, &mine, seconds, 1, GYRE_FLOAT64, GYRE_MAX)
               : status;
}

/* Whether the algorithm can serve the cell: asked for, it is chosen. */
static gyre_status_t can(gyre__bench_tuning_t *tuning, const gyre__bench_way_t *way, bool *yes)
{
    gyre_coll_algorithm_t chosen;
    gyre_status_t status = go_by(tuning, way);
    if (status == GYRE_OK)
        status = gyre_coll_choice(gyre__bench_world, tuning->name, tuning->bytes, &chosen);
    *yes = status == GYRE_OK && chosen.name == way->algorithm;
    return status;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(const double *times, int count)
{
    double sorted[GYRE__BENCH_TURNS];
    memcpy(sorted, times, (size_t)count * sizeof(double));
    qsort(sorted, (size_t)count, sizeof(double), by_time);
    return sorted[count / 2];
}

static const gyre__bench_way_t *best_of(const ways_t *ways)
{
    const gyre__bench_way_t *best = &ways->at[0];
    for (int i = 1; i < ways->count; i++)
        if (ways->at[i].time < best->time)
            best = &ways->at[i];
    return best;
}

static bool is_hopeless(const ways_t *ways, const gyre__bench_way_t *way)
{
    return way->time > HOPELESS * best_of(ways)->time;
}

/* The best of a few calls of each way, of but one after the limit; *total: what a call of each that
 * is not hopeless takes together. */
static gyre_status_t look(gyre__bench_tuning_t *tuning, ways_t *ways, double limit, double *total)
{
    gyre_status_t status = GYRE_OK;
    double spent = 0;
    for (int i = 0; i < ways->count; i++) {
        gyre__bench_way_t *way = &ways->at[i];
        for (int k = 0; k == 0 || (k < LOOKS && spent < limit && status == GYRE_OK); k++) {
            double time = 0;
            if (status == GYRE_OK)
                status = time_way(tuning, way, 1, &time);
            way->time = k == 0 || time < way->time ? time : way->time;
            spent += 2 * time;
        }
    }
    *total = 0;
    for (int i = 0; i < ways->count; i++)
        if (!is_hopeless(ways, &ways->at[i]))
            *total += ways->at[i].time;
    return status;
}

/* Times and medians of all that are not hopeless, in about limit seconds; where a single turn
 * would take longer, the first look must do. */
static gyre_status_t compare(gyre__bench_tuning_t *tuning, ways_t *ways, double limit)
{
    double total;
    gyre_status_t status = look(tuning, ways, limit / 2, &total);
    double fit = total > 0 ? limit / 2 / GYRE__BENCH_TURNS / total : MOST;
    int calls = fit > MOST ? MOST : (int)fit - 1;
    if (calls < 1)
        return status;
    bool out[WAYS];
    for (int i = 0; i < ways->count; i++)
        out[i] = is_hopeless(ways, &ways->at[i]);
    for (int turn = 0; turn < GYRE__BENCH_TURNS; turn++)
        for (int k = 0; k < ways->count && status == GYRE_OK; k++) {
            int i = (k + turn) % ways->count; /* who comes first, or after whom, is no matter */
            if (!out[i])
                status = time_way(tuning, &ways->at[i], calls, &ways->at[i].times[turn]);
        }
    for (int i = 0; i < ways->count; i++)
        if (!out[i])
            ways->at[i].time = median(ways->at[i].times, GYRE__BENCH_TURNS);
    return status;
}

static const gyre__bench_way_t *find(const ways_t *ways, const gyre__bench_way_t *way)
{
    for (int i = 0; i < ways->count; i++)
        if (gyre__bench_way_equal(&ways->at[i], way))
            return &ways->at[i];
    return NULL;
}

static void add(ways_t *ways, gyre__bench_way_t way)
{
    if (ways->count < WAYS && !find(ways, &way))
        ways->at[ways->count++] = way;
}

/* The algorithm with parameters, 0: own's; not what the library chooses anyway. */
static void add_other(ways_t *ways, const gyre_coll_algorithm_t *usual,
                      const gyre_coll_algorithm_t *own, int radix, size_t segment)
{
    if (own->name != usual->name || (radix ? radix : own->radix) != usual->radix ||
        (segment ? segment : own->segment) != usual->segment)
        add(ways, (gyre__bench_way_t){own->name, radix, segment, {0}, 0});
}

static gyre_status_t find_algorithm(const gyre__bench_tuning_t *tuning, const char *name,
                                    gyre_coll_algorithm_t *own)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; status == GYRE_OK; i++) {
        status = gyre_coll_algorithm(tuning->name, i, own);
        if (status == GYRE_OK && own->name == name)
            break;
    }
    return status;
}

/* The algorithm with its own parameters and others. A segment beyond the size is none. */
static void add_variants(const gyre__bench_tuning_t *tuning, const gyre_coll_algorithm_t *usual,
                         const gyre_coll_algorithm_t *own, ways_t *ways)
{
    add_other(ways, usual, own, 0, 0);
    if (own->radix >= 4)
        add_other(ways, usual, own, own->radix / 2, 0);
    if (own->radix && own->radix < tuning->bench.size)
        add_other(ways, usual, own, own->radix * 2, 0);
    if (own->segment >= 4096 && tuning->bytes > own->segment / 4)
        add_other(ways, usual, own, 0, own->segment / 4);
    if (own->segment && tuning->bytes > own->segment)
        add_other(ways, usual, own, 0, own->segment * 4);
}

/* The library's own choice, first, and all others that can serve the cell. */
static gyre_status_t find_ways(gyre__bench_tuning_t *tuning, ways_t *ways,
                               gyre_coll_algorithm_t *usual)
{
    gyre_coll_algorithm_t other;
    gyre_status_t status = gyre_coll_tune(gyre__bench_world, NULL);
    if (status == GYRE_OK)
        status = gyre_coll_choice(gyre__bench_world, tuning->name, tuning->bytes, usual);
    ways->count = 0;
    add(ways, (gyre__bench_way_t){.algorithm = NULL});
    for (int i = 0; status == GYRE_OK && gyre_coll_algorithm(tuning->name, i, &other) == GYRE_OK;
         i++) {
        bool yes;
        gyre__bench_way_t way = {.algorithm = other.name};
        status = can(tuning, &way, &yes);
        if (yes)
            add_other(ways, usual, &other, 0, 0);
    }
    return status;
}

/* Faster by what is worth a rule, and in nearly every turn: the median of a busy machine may lie.
 * Without turns, by more. */
static bool beats(const gyre__bench_way_t *way, const gyre__bench_way_t *other)
{
    int wins = 0;
    if (way->times[0] <= 0 || other->times[0] <= 0)
        return other->time > SURE * way->time;
    for (int turn = 0; turn < GYRE__BENCH_TURNS; turn++)
        wins += way->times[turn] < other->times[turn];
    return wins >= GYRE__BENCH_TURNS - 1 && other->time > GAIN * way->time;
}

static const gyre__bench_way_t *choose(const ways_t *ways, const gyre__bench_way_t *last)
{
    const gyre__bench_way_t *best = best_of(ways), *usual = &ways->at[0];
    const gyre__bench_way_t *same = last ? find(ways, last) : NULL;
    if (!beats(best, usual))
        return usual;
    return same && beats(same, usual) && !beats(best, same) ? same : best;
}

gyre_status_t gyre__bench_tune_cell(gyre__bench_tuning_t *tuning, double limit,
                                    const gyre__bench_way_t *last, gyre__bench_way_t *way,
                                    double *part)
{
    ways_t ways;
    gyre_coll_algorithm_t usual, own;
    gyre_status_t status = find_ways(tuning, &ways, &usual);
    if (status == GYRE_OK && ways.count > 1)
        status = compare(tuning, &ways, limit / 2);
    const char *name = best_of(&ways)->algorithm;
    if (status == GYRE_OK)
        status = find_algorithm(tuning, name ? name : usual.name, &own);
    if (status != GYRE_OK)
        return status;
    ways.count = 0;
    add(&ways, (gyre__bench_way_t){.algorithm = NULL});
    if (last)
        add(&ways, *last);
    add_variants(tuning, &usual, &own, &ways);
    if (ways.count > 1)
        status = compare(tuning, &ways, limit / 2);
    const gyre__bench_way_t *chosen = choose(&ways, last);
    *part = ways.at[0].time > 0 ? chosen->time / ways.at[0].time : 1;
    *way = (gyre__bench_way_t){chosen->algorithm, chosen->radix, chosen->segment, {0}, 0};
    return status;
}
