/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/range.h"

#include "base/error.h"
#include "batch/compare.h"
#include "dataflow/memory.h"

#include <gyre/pack.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNS = 2,                /* this one, and the next, which others may have come to */
    HELD_MAX = 32 << 20,     /* bytes of this worker's sources before they are sampled */
    SAMPLES_PER_TARGET = 256 /* of a worker */
};

typedef struct held {
    gyre__link_t link;
    const gyre_batch_t *batch;
} held_t;

/* What a worker told. */
typedef struct sample {
    const gyre_batch_t *keys; /* NULL: none */
    uint64_t rows;            /* that it stands for */
    bool told;
} sample_t;

struct gyre__range {
    const gyre_schema_t *schema; /* of keys */
    size_t *columns;             /* of rows, which they are */
    gyre_sort_key_t *order;      /* of them */
    size_t order_count;
    gyre__link_t *held; /* of each source of this worker */
    size_t held_bytes, held_rows;
    int *workers; /* with sources */
    int worker_count;
    sample_t *samples;       /* by run and rank */
    int run;                 /* modulo RUNS */
    const gyre_batch_t *own; /* this worker's, until they are sent */
    bool drawn, sent, ready; /* own samples; all bounds */
    const gyre_batch_t *bounds;
    uint64_t *words; /* of the bounds' first keys */
};

/* --- Life --- */

static gyre_status_t no_memory(const gyre_operator_t *op)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the ranges of %d targets",
                       op->opts.targets);
}

static gyre_status_t create_schema(gyre_operator_t *op, gyre__range_t *range)
{
    gyre_field_t *fields = malloc(range->order_count * sizeof(*fields));
    if (!fields)
        return no_memory(op);
    for (size_t i = 0; i < range->order_count; i++) {
        range->columns[i] = op->order[i].column;
        range->order[i] = op->order[i];
        range->order[i].column = i;
        fields[i] = op->sides[0].schema->fields[op->order[i].column];
    }
    gyre_status_t status = gyre_schema_create(fields, range->order_count, &range->schema);
    free(fields);
    return status;
}

gyre_status_t gyre__range_open(gyre_operator_t *op)
{
    gyre__range_t *range = op->range = calloc(1, sizeof(*range));
    if (!range)
        return no_memory(op);
    range->order_count = op->order_count;
    range->columns = malloc(range->order_count * sizeof(*range->columns));
    range->order = malloc(range->order_count * sizeof(*range->order));
    range->held = malloc(((size_t)op->source_count + 1) * sizeof(*range->held));
    range->workers = malloc((size_t)op->size * sizeof(*range->workers));
    range->samples = calloc((size_t)op->size * RUNS, sizeof(*range->samples));
    range->words = calloc((size_t)op->opts.targets + 1, sizeof(*range->words));
    if (range->held)
        for (int i = 0; i < op->source_count; i++)
            gyre__list_init(&range->held[i]);
    if (!range->columns || !range->order || !range->held || !range->workers || !range->samples ||
        !range->words)
        return no_memory(op);
    for (int i = 0; i < op->size; i++)
        if (op->inlets[i].expected)
            range->workers[range->worker_count++] = i;
    return create_schema(op, range);
}

/* Of a worker, in a run. */
static sample_t *sample_of(const gyre_operator_t *op, int run, int worker)
{
    return &op->range->samples[run * op->size + worker];
}

static void forget_samples(gyre_operator_t *op, int run)
{
    for (int i = 0; i < op->size; i++) {
        sample_t *sample = sample_of(op, run, i);
        gyre_batch_release(sample->keys);
        *sample = (sample_t){0};
    }
}

static const gyre_batch_t *pop(gyre__link_t *list)
{
    held_t *held = gyre__container(gyre__list_pop(list), held_t, link);
    const gyre_batch_t *batch = held->batch;
    free(held);
    return batch;
}

void gyre__range_close(gyre_operator_t *op)
{
    gyre__range_t *range = op->range;
    if (!range)
        return;
    for (int i = 0; range->held && i < op->source_count; i++)
        while (!gyre__list_empty(&range->held[i]))
            gyre_batch_release(pop(&range->held[i]));
    for (int run = 0; range->samples && run < RUNS; run++)
        forget_samples(op, run);
    gyre_batch_release(range->own);
    gyre_batch_release(range->bounds);
    gyre_schema_release(range->schema);
    free(range->columns);
    free(range->order);
    free(range->held);
    free(range->workers);
    free(range->samples);
    free(range->words);
    free(range);
}

void gyre__range_reset(gyre_operator_t *op)
{
    gyre__range_t *range = op->range;
    gyre_batch_release(range->bounds);
    range->bounds = NULL;
    range->held_bytes = range->held_rows = 0;
    range->drawn = range->sent = range->ready = false;
    range->run = !range->run;
}

/* --- Samples of this worker --- */

static gyre_status_t select_keys(const gyre__range_t *range, const gyre_batch_t *batch,
                                 const gyre_batch_t **keys)
{
    return gyre_batch_select(batch, range->columns, range->order_count, keys);
}

/* Rows number (i + 1/2) * all / count of what is held, those that lie in a batch that begins at
 * row first. */
static gyre_status_t draw_from(const gyre__range_t *range, const gyre_batch_t *batch, size_t first,
                               size_t count, gyre_builder_t *builder)
{
    const gyre_batch_t *keys = NULL;
    gyre_status_t status = select_keys(range, batch, &keys);
    double step = (double)range->held_rows / (double)count;
    size_t i = (size_t)((double)first / step);
    for (; status == GYRE_OK && i < count; i++) {
        size_t row = (size_t)(((double)i + 0.5) * step);
        if (row >= first + batch->length)
            break;
        if (row >= first)
            status = gyre_builder_append_batch(builder, keys, row - first, 1);
    }
    gyre_batch_release(keys);
    return status;
}

/* No more than make half a page. */
static size_t sample_count(const gyre_operator_t *op)
{
    const gyre__range_t *range = op->range;
    size_t count = (size_t)op->opts.targets * SAMPLES_PER_TARGET;
    size_t fit = gyre__channel_room(op->channel) / 2 / (range->held_bytes / range->held_rows + 1);
    count = count < fit ? count : fit ? fit : 1;
    return count < range->held_rows ? count : range->held_rows;
}

static gyre_status_t draw(gyre_operator_t *op)
{
    gyre__range_t *range = op->range;
    gyre_builder_t *builder;
    size_t count = range->held_rows ? sample_count(op) : 0, first = 0;
    range->drawn = true;
    if (count == 0)
        return GYRE_OK;
    gyre_status_t status = gyre_builder_create_batch(range->schema, NULL, &builder);
    if (status != GYRE_OK)
        return status;
    for (int i = 0; i < op->source_count; i++)
        for (const gyre__link_t *link = range->held[i].next;
             status == GYRE_OK && link != &range->held[i]; link = link->next) {
            const gyre_batch_t *batch = gyre__container(link, held_t, link)->batch;
            status = draw_from(range, batch, first, count, builder);
            first += batch->length;
        }
    if (status == GYRE_OK)
        status = gyre_builder_finish_batch(builder, &range->own);
    gyre_builder_destroy(builder);
    return status;
}

static gyre_status_t send_page(gyre_operator_t *op, const gyre__label_t *label)
{
    const gyre__range_t *range = op->range;
    const gyre_packed_t *packed;
    gyre_status_t status = gyre_batch_pack(range->own, 0, NULL, &packed);
    if (status != GYRE_OK)
        return status;
    status = gyre__ship_packed(op, packed, range->workers, range->worker_count, label);
    gyre_packed_destroy(packed);
    return status;
}

static gyre_status_t send_marks(gyre_operator_t *op, const gyre__label_t *label)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; status == GYRE_OK && i < op->range->worker_count; i++)
        status = gyre__channel_mark(op->channel, op->range->workers[i], label);
    return status;
}

/* To all workers with sources, this one too. */
static gyre_status_t send(gyre_operator_t *op)
{
    gyre__range_t *range = op->range;
    gyre__label_t label = {
        .kind = GYRE__PARCEL_SAMPLES, .source = range->run, .value = range->held_rows};
    gyre_status_t status = range->own ? send_page(op, &label) : send_marks(op, &label);
    if (status != GYRE_OK)
        return status;
    gyre_batch_release(range->own);
    range->own = NULL;
    range->sent = op->moved = true;
    return GYRE_OK;
}

/* --- Bounds --- */

/* A copy, so that the parcel's page is free again. */
static gyre_status_t copy(const gyre__range_t *range, const gyre__parcel_t *parcel,
                          const gyre_batch_t **keys)
{
    gyre_buffer_t *memory;
    const gyre_batch_t *there;
    gyre_status_t status =
        gyre_buffer_adopt((void *)(uintptr_t)parcel->data, parcel->length, NULL, NULL, &memory);
    if (status != GYRE_OK)
        return status;
    status = gyre_batch_unpack(range->schema, memory, 0, parcel->length, &there);
    gyre_buffer_release(memory);
    if (status != GYRE_OK)
        return status;
    status = gyre_batch_concatenate(&there, 1, NULL, keys);
    gyre_batch_release(there);
    return status;
}

gyre_status_t gyre__range_hear(gyre_operator_t *op, gyre__parcel_t *parcel)
{
    sample_t *sample = sample_of(op, parcel->label.source, parcel->worker);
    gyre_status_t status = GYRE_OK;
    gyre_batch_release(sample->keys);
    sample->keys = NULL;
    sample->rows = parcel->label.value;
    sample->told = true;
    if (parcel->length > 0)
        status = copy(op->range, parcel, &sample->keys);
    gyre__parcel_release(parcel);
    return status;
}

static bool all_told(const gyre_operator_t *op)
{
    const gyre__range_t *range = op->range;
    for (int i = 0; i < range->worker_count; i++)
        if (!sample_of(op, range->run, range->workers[i])->told)
            return false;
    return true;
}

/* All samples, by rank; NULL: there are none. Each stands for rows, which weights say. */
static gyre_status_t join_samples(const gyre_operator_t *op, const gyre_batch_t **all,
                                  double **weights)
{
    const gyre__range_t *range = op->range;
    const gyre_batch_t **batches = malloc((size_t)range->worker_count * sizeof(*batches));
    size_t count = 0, rows = 0;
    for (int i = 0; batches && i < range->worker_count; i++) {
        const sample_t *sample = sample_of(op, range->run, range->workers[i]);
        if (sample->keys) {
            batches[count++] = sample->keys;
            rows += sample->keys->length;
        }
    }
    *all = NULL;
    *weights = malloc(rows * sizeof(**weights) + 1);
    if (!batches || !*weights) {
        free(batches);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu samples", rows);
    }
    rows = 0;
    for (int i = 0; i < range->worker_count; i++) {
        const sample_t *sample = sample_of(op, range->run, range->workers[i]);
        size_t length = sample->keys ? sample->keys->length : 0;
        for (size_t k = 0; k < length; k++)
            (*weights)[rows++] = (double)sample->rows / (double)length;
    }
    gyre_status_t status = count > 0 ? gyre_batch_concatenate(batches, count, NULL, all) : GYRE_OK;
    free(batches);
    return status;
}

/* Rows of the samples, in order, at which the next target's part of the weight begins. */
static void place_bounds(const gyre_batch_t *samples, const uint32_t *order, const double *weights,
                         int targets, uint32_t *rows)
{
    double total = 0, sum = 0;
    int bound = 0;
    for (size_t i = 0; i < samples->length; i++)
        total += weights[i];
    for (size_t i = 0; i < samples->length; i++) {
        sum += weights[order[i]];
        while (bound < targets - 1 && sum * targets > total * (bound + 1))
            rows[bound++] = order[i];
    }
    while (bound < targets - 1)
        rows[bound++] = order[samples->length - 1];
}

static gyre_status_t find_bounds(gyre_operator_t *op, const gyre_batch_t *samples,
                                 const double *weights)
{
    gyre__range_t *range = op->range;
    int targets = op->opts.targets;
    uint32_t *order = malloc((samples->length + (size_t)targets) * sizeof(*order));
    if (!order)
        return no_memory(op);
    uint32_t *rows = order + samples->length;
    gyre_status_t status =
        gyre_batch_sort_indices(samples, range->order, range->order_count, order);
    if (status == GYRE_OK) {
        place_bounds(samples, order, weights, targets, rows);
        status = gyre_batch_take(samples, rows, (size_t)targets - 1, NULL, &range->bounds);
    }
    free(order);
    for (size_t i = 0; status == GYRE_OK && i < range->bounds->length; i++)
        range->words[i] = gyre__first_word(range->bounds, i, &range->order[0]);
    return status;
}

/* Of no samples there are no bounds: what comes behind a barrier then goes to the first target. */
static gyre_status_t settle(gyre_operator_t *op)
{
    const gyre_batch_t *samples;
    double *weights;
    gyre_status_t status = join_samples(op, &samples, &weights);
    if (status == GYRE_OK && samples)
        status = find_bounds(op, samples, weights);
    gyre_batch_release(samples);
    free(weights);
    forget_samples(op, op->range->run);
    op->range->ready = op->moved = true;
    return status;
}

/* --- Rows --- */

static size_t held_most(void)
{
    size_t part = gyre__memory_limit() / 8;
    return part < HELD_MAX ? part : HELD_MAX;
}

static gyre_status_t hold(gyre_operator_t *op, gyre__source_t *source)
{
    held_t *held = malloc(sizeof(*held));
    if (!held)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to hold a batch");
    held->batch = source->shipment.batch;
    gyre__list_append(&op->range->held[source - op->sources], &held->link);
    op->range->held_bytes += gyre_batch_bytes(held->batch);
    op->range->held_rows += held->batch->length;
    source->shipment = (gyre__shipment_t){0};
    return GYRE_OK;
}

/* GYRE_OK: there are bounds, or there is room to hold more. */
static gyre_status_t prepare(gyre_operator_t *op, gyre__source_t *source)
{
    gyre__range_t *range = op->range;
    gyre_status_t status = source->shipment.batch ? hold(op, source) : GYRE_OK;
    bool due = range->held_bytes >= held_most() || gyre__all_stand(op);
    if (status == GYRE_OK && due && !range->drawn)
        status = draw(op);
    if (status == GYRE_OK && range->drawn && !range->sent)
        status = send(op);
    if (status == GYRE_OK && range->sent && all_told(op))
        status = settle(op);
    return status == GYRE_OK && due && !range->ready ? GYRE_IN_PROGRESS : status;
}

gyre_status_t gyre__range_push(gyre_operator_t *op, gyre__source_t *source)
{
    gyre__range_t *range = op->range;
    gyre__link_t *held = &range->held[source - op->sources];
    gyre_status_t status = range->ready ? GYRE_OK : prepare(op, source);
    if (status != GYRE_OK || !range->ready)
        return status;
    do {
        if (!source->shipment.batch && !gyre__list_empty(held))
            source->shipment.batch = pop(held);
        status = gyre__partition_push(op, source);
    } while (status == GYRE_OK && !gyre__list_empty(held));
    return status;
}

bool gyre__range_is_ready(const gyre_operator_t *op)
{
    return op->range->ready;
}

/* How many of the words are less. */
static size_t count_less(const uint64_t *words, size_t count, uint64_t word)
{
    size_t low = 0;
    while (count > 0) {
        size_t half = (count + 1) / 2;
        low += words[low + half - 1] < word ? half : 0;
        count -= half;
    }
    return low;
}

gyre_status_t gyre__range_choose(gyre_operator_t *op, const gyre_batch_t *batch, size_t first,
                                 size_t count)
{
    const gyre__range_t *range = op->range;
    const gyre_batch_t *bounds = range->bounds, *keys = NULL;
    if (!bounds) {
        memset(op->deal.way_of, 0, count * sizeof(*op->deal.way_of));
        return GYRE_OK;
    }
    gyre_status_t status = select_keys(range, batch, &keys);
    for (size_t i = 0; status == GYRE_OK && i < count; i++) {
        uint64_t word = gyre__first_word(keys, first + i, &range->order[0]);
        size_t target = count_less(range->words, bounds->length, word);
        while (target < bounds->length && range->words[target] == word &&
               gyre_batch_compare(keys, first + i, bounds, target, range->order,
                                  range->order_count) >= 0)
            target++;
        op->deal.way_of[i] = (int32_t)target;
    }
    gyre_batch_release(keys);
    return status;
}
