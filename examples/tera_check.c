/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an output is the input in order: as many records, the same sum of their hashes, which
 * knows no order, and no key below the one before it. Every worker surveys a piece of each; joined
 * one after the other, the pieces' surveys are that of the whole. */
#include "tera.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_ORDER UINT64_MAX

/* Of records that follow one another. It travels as it is, with its keys behind it. */
typedef struct survey {
    uint64_t records, sum;
    uint64_t stray; /* the first record whose key is below that before it, from 0; or IN_ORDER */
    unsigned char keys[]; /* of the first record, then of the last */
} survey_t;

static size_t survey_bytes(const tera_t *tera)
{
    return sizeof(survey_t) + 2 * (((size_t)tera->key + 7) & ~(size_t)7);
}

static survey_t *survey_create(const tera_t *tera)
{
    survey_t *survey = calloc(1, survey_bytes(tera));
    if (survey)
        survey->stray = IN_ORDER;
    return survey;
}

/* What the next records add to those before them. */
static void join(const tera_t *tera, survey_t *all, const survey_t *next)
{
    size_t key = (size_t)tera->key;
    if (next->records == 0)
        return;
    if (all->records == 0)
        memcpy(all->keys, next->keys, key);
    else if (all->stray == IN_ORDER && memcmp(all->keys + key, next->keys, key) > 0)
        all->stray = all->records;
    if (all->stray == IN_ORDER && next->stray != IN_ORDER)
        all->stray = all->records + next->stray;
    memcpy(all->keys + key, next->keys + key, key);
    all->records += next->records;
    all->sum += next->sum;
}

static gyre_status_t survey_batch(const tera_t *tera, const gyre_batch_t *batch, survey_t *survey)
{
    static const size_t record = 0;
    const char *first = batch->columns[0]->values;
    size_t length = (size_t)(tera->key + tera->value), key = (size_t)tera->key;
    size_t last = batch->length - 1;
    gyre_buffer_t *hashes;
    gyre_status_t status = gyre_buffer_create(NULL, batch->length * sizeof(uint64_t), &hashes);
    if (status != GYRE_OK)
        return status;
    status = gyre_batch_hash(batch, &record, 1, gyre_buffer_data(hashes));
    *survey = (survey_t){.records = batch->length, .stray = IN_ORDER};
    memcpy(survey->keys, first, key);
    memcpy(survey->keys + key, first + last * length, key);
    for (size_t i = 1; i <= last && survey->stray == IN_ORDER; i++)
        if (memcmp(first + (i - 1) * length, first + i * length, key) > 0)
            survey->stray = i;
    for (size_t i = 0; i <= last && status == GYRE_OK; i++)
        survey->sum += ((const uint64_t *)gyre_buffer_data(hashes))[i];
    gyre_buffer_release(hashes);
    return status;
}

static gyre_status_t survey_piece(const tera_t *tera, const char *path, survey_t *next,
                                  survey_t *all)
{
    tera_reader_t reader;
    const gyre_batch_t *batch;
    gyre_status_t status = tera_open(tera, path, tera->rank, tera->size, &reader);
    while (status == GYRE_OK && (status = gyre_records_batch(reader.records, &batch)) == GYRE_OK &&
           batch) {
        status = survey_batch(tera, batch, next);
        if (status == GYRE_OK)
            join(tera, all, next);
        gyre_batch_release(batch);
    }
    tera_close(&reader);
    return status;
}

/* Of all workers' pieces, on rank 0. */
static bool survey_files(const tera_t *tera, const char *path, survey_t *all)
{
    size_t bytes = survey_bytes(tera);
    char *pieces = malloc(bytes * (size_t)tera->size);
    survey_t *mine = survey_create(tera), *next = survey_create(tera);
    bool ok = (pieces && mine && next) || tera_complain("%s: no memory to survey it", path);
    ok = ok && tera_ok(survey_piece(tera, path, next, mine)) &&
         tera_ok(gyre_gather(tera->world, mine, pieces, bytes, GYRE_BYTE, 0));
    for (int i = 0; i < tera->size && ok && tera->rank == 0; i++)
        join(tera, all, (survey_t *)(pieces + bytes * (size_t)i));
    free(next);
    free(mine);
    free(pieces);
    return ok;
}

static bool compare(const char *in, const survey_t *before, const char *out, const survey_t *after)
{
    if (after->records != before->records)
        return tera_complain("%s: %" PRIu64 " records, expected the %" PRIu64 " of %s", out,
                             after->records, before->records, in);
    if (after->stray != IN_ORDER)
        return tera_complain("%s: not in order: the key of record %" PRIu64
                             ", from 0, is below that of the record before it",
                             out, after->stray);
    if (after->sum != before->sum)
        return tera_complain(
            "%s: other records than those of %s: their hashes add up to %016" PRIx64
            ", expected %016" PRIx64,
            out, in, after->sum, before->sum);
    printf("%s: the %" PRIu64 " records of %s in order, checksum %016" PRIx64 "\n", out,
           after->records, in, after->sum);
    return true;
}

bool tera_check(const tera_t *tera, const char *in, const char *out)
{
    survey_t *before = survey_create(tera), *after = survey_create(tera);
    double start = tera_seconds();
    bool ok = (before && after) || tera_complain("no memory to check");
    ok = ok && survey_files(tera, in, before) && survey_files(tera, out, after);
    char right = ok && tera->rank == 0 && compare(in, before, out, after);
    ok = ok && tera_ok(gyre_bcast(tera->world, &right, 1, GYRE_BYTE, 0)) && right;
    ok = ok && tera_report(tera, "check", after->records, start);
    free(after);
    free(before);
    return ok;
}
