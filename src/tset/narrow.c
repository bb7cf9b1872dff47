/* SPDX-License-Identifier: Apache-2.0 */
/* Sets that are functions of the rows of one other, part by part. All of them are functions, those
 * of the library, too: a stage knows forms, not kinds of sets. */
#include "base/error.h"
#include "tset/set.h"

#include <math.h>
#include <stdlib.h>

/* --- Any function --- */

static gyre_status_t check(const gyre_function_t *function, gyre__form_t form)
{
    if (!function)
        return gyre__error(GYRE_ERR_ARG, "no function: NULL");
    bool rows = function->row || function->batch, keeps = function->keep || function->keep_batch;
    if (function->next || function->next_batch)
        return gyre__error(GYRE_ERR_ARG, "next is for sources");
    if (form == GYRE__FORM_FILTER) {
        if (!function->keep == !function->keep_batch || rows || function->finish)
            return gyre__error(GYRE_ERR_ARG,
                               "a filter needs keep or keep_batch, and nothing that gives rows");
        return GYRE_OK;
    }
    if (keeps)
        return gyre__error(GYRE_ERR_ARG, "keep is for filters");
    if (!function->row == !function->batch)
        return gyre__error(GYRE_ERR_ARG, "%s row and batch, expected one of them",
                           function->row ? "both" : "neither");
    if (form == GYRE__FORM_COMPUTE && !function->finish)
        return gyre__error(GYRE_ERR_ARG, "compute needs finish, which gives its row");
    if (form == GYRE__FORM_MAP && function->finish)
        return gyre__error(GYRE_ERR_ARG, "a map gives one row for each, and none at finish");
    return GYRE_OK;
}

static gyre_status_t take_function(gyre_tset_t *set, gyre__form_t form,
                                   const gyre_function_t *function)
{
    gyre_status_t status = check(function, form);
    if (status != GYRE_OK)
        return status;
    set->form = form;
    set->function = *function;
    set->function.schema = gyre_schema_retain(function->schema);
    if (!function->schema || form == GYRE__FORM_FILTER || form == GYRE__FORM_EACH)
        return GYRE_OK;
    gyre_schema_release(set->schema);
    set->schema = gyre_schema_retain(function->schema);
    return set->schema->field_count
               ? GYRE_OK
               : gyre__error(GYRE_ERR_ARG, "a function that gives rows without columns");
}

gyre_tset_t *gyre__set_narrow_own(gyre_tset_t *parent, const char *what, gyre__form_t form,
                                  const gyre_function_t *function, void (*drop)(void *arg))
{
    gyre_tset_t *set = gyre__set_create(NULL, GYRE__SET_NARROW, what, &parent, 1);
    gyre_status_t status = GYRE_OK;
    if (!set->poisoned)
        status = take_function(set, form, function);
    if (!set->poisoned && status == GYRE_OK)
        set->drop = drop;
    else if (drop)
        drop(function->arg);
    if (!set->poisoned && status == GYRE_OK && form == GYRE__FORM_FILTER)
        status = gyre__set_keep_keys(set, parent);
    return gyre__set_end(set, status);
}

gyre_tset_t *gyre__set_narrow(gyre_tset_t *parent, const char *what, gyre__form_t form,
                              const gyre_function_t *function)
{
    return gyre__set_narrow_own(parent, what, form, function, NULL);
}

gyre_tset_t *gyre_tset_map(gyre_tset_t *set, const gyre_function_t *function)
{
    return gyre__set_narrow(set, "map", GYRE__FORM_MAP, function);
}

gyre_tset_t *gyre_tset_flatmap(gyre_tset_t *set, const gyre_function_t *function)
{
    return gyre__set_narrow(set, "flatmap", GYRE__FORM_FLATMAP, function);
}

gyre_tset_t *gyre_tset_filter(gyre_tset_t *set, const gyre_function_t *function)
{
    return gyre__set_narrow(set, "filter", GYRE__FORM_FILTER, function);
}

gyre_tset_t *gyre_tset_compute(gyre_tset_t *set, const gyre_function_t *function)
{
    return gyre__set_narrow(set, "compute", GYRE__FORM_COMPUTE, function);
}

gyre_tset_t *gyre_tset_compute_collect(gyre_tset_t *set, const gyre_function_t *function)
{
    return gyre__set_narrow(set, "collect", GYRE__FORM_FLATMAP, function);
}

gyre_tset_t *gyre_tset_sink(gyre_tset_t *set, const gyre_function_t *function)
{
    gyre_tset_t *sink = gyre__set_narrow(set, "sink", GYRE__FORM_EACH, function);
    return sink->poisoned ? sink : gyre__set_retain(sink); /* until it has run */
}

static gyre_tset_t *to_tuple(gyre_tset_t *set, size_t count)
{
    if (set->poisoned)
        return set;
    size_t *keys = malloc((count + 1) * sizeof(*keys));
    if (!keys)
        return gyre__set_end(set, gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu keys", count));
    for (size_t i = 0; i < count; i++)
        keys[i] = i;
    gyre_status_t status = count ? gyre__set_take_keys(set, keys, count)
                                 : gyre__error(GYRE_ERR_ARG, "tuples without keys");
    free(keys);
    return gyre__set_end(set, status);
}

gyre_tset_t *gyre_tset_map_to_tuple(gyre_tset_t *set, const gyre_function_t *function, size_t count)
{
    return to_tuple(gyre_tset_map(set, function), count);
}

gyre_tset_t *gyre_tset_compute_to_tuple(gyre_tset_t *set, const gyre_function_t *function,
                                        size_t count)
{
    return to_tuple(gyre_tset_compute_collect(set, function), count);
}

/* --- Columns --- */

typedef struct columns {
    size_t count;
    size_t column[];
} columns_t;

static gyre_status_t select_columns(gyre_partition_t *part, const gyre_batch_t *in,
                                    const gyre_batch_t **out)
{
    const columns_t *columns = part->arg;
    return gyre_batch_select(in, columns->column, columns->count, out);
}

static gyre_status_t select_schema(const gyre_schema_t *from, const size_t *columns, size_t count,
                                   const gyre_schema_t **schema)
{
    if (!count || !columns)
        return gyre__error(GYRE_ERR_ARG, "a selection without columns");
    gyre_field_t *fields = malloc(count * sizeof(*fields));
    if (!fields)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu fields", count);
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < count && status == GYRE_OK; i++) {
        if (columns[i] >= from->field_count)
            status =
                gyre__error(GYRE_ERR_RANGE, "column %zu of %zu", columns[i], from->field_count);
        else
            fields[i] = from->fields[columns[i]];
    }
    if (status == GYRE_OK)
        status = gyre_schema_create(fields, count, schema);
    free(fields);
    return status;
}

gyre_tset_t *gyre_tset_select(gyre_tset_t *set, const size_t *columns, size_t count)
{
    gyre_function_t function = {.batch = select_columns};
    gyre_tset_t *made = gyre__set_create(NULL, GYRE__SET_NARROW, "select", &set, 1);
    if (made->poisoned)
        return made;
    gyre_status_t status = select_schema(set->schema, columns, count, &function.schema);
    columns_t *copy = malloc(sizeof(*copy) + count * sizeof(*columns));
    if (status == GYRE_OK && !copy)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu columns", count);
    if (status == GYRE_OK) {
        copy->count = count;
        for (size_t i = 0; i < count; i++)
            copy->column[i] = columns[i];
        function.arg = copy;
        status = take_function(made, GYRE__FORM_MAP, &function);
        made->drop = free;
    } else
        free(copy);
    gyre_schema_release(function.schema);
    return gyre__set_end(made, status);
}

/* --- A sample --- */

typedef struct sample {
    uint64_t seed;
    uint64_t below; /* rows whose number it is are in */
} sample_t;

/* Row numbers of a part; state is a counter. */
static gyre_status_t sample_open(gyre_partition_t *part)
{
    part->state = calloc(1, sizeof(uint64_t));
    return part->state ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a sample");
}

static gyre_status_t sample_begin(gyre_partition_t *part)
{
    *(uint64_t *)part->state = 0;
    return GYRE_OK;
}

static void sample_close(gyre_partition_t *part)
{
    free(part->state);
}

/* splitmix64 */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static gyre_status_t sample_keep(gyre_partition_t *part, const gyre_batch_t *in, bool *keep)
{
    const sample_t *sample = part->arg;
    uint64_t *row = part->state, start = mix(sample->seed + mix((uint64_t)part->index + 1));
    for (size_t i = 0; i < in->length; i++)
        keep[i] = mix(start + ++*row * UINT64_C(0x9e3779b97f4a7c15)) < sample->below;
    return GYRE_OK;
}

static gyre_status_t keep_all(gyre_partition_t *part, const gyre_batch_t *in, bool *keep)
{
    (void)part;
    for (size_t i = 0; i < in->length; i++)
        keep[i] = true;
    return GYRE_OK;
}

gyre_tset_t *gyre_tset_sample(gyre_tset_t *set, double fraction, uint64_t seed)
{
    bool in_range = fraction >= 0 && fraction <= 1;
    sample_t *sample = malloc(sizeof(*sample));
    if (sample)
        *sample = (sample_t){seed, in_range && fraction < 1 ? (uint64_t)ldexp(fraction, 64) : 0};
    gyre_function_t function = {.keep_batch = fraction < 1 ? sample_keep : keep_all,
                                .open = sample_open,
                                .begin = sample_begin,
                                .close = sample_close,
                                .arg = sample};
    gyre_tset_t *made = gyre__set_narrow_own(set, "sample", GYRE__FORM_FILTER, &function, free);
    if (made->poisoned)
        return made;
    if (!sample)
        return gyre__set_end(made, gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a sample"));
    return in_range ? made
                    : gyre__set_end(made, gyre__error(GYRE_ERR_RANGE,
                                                      "a sample of %g of the rows, expected 0 to 1",
                                                      fraction));
}

/* --- How many rows --- */

static const gyre_field_t rows_field = {"rows", GYRE_KIND_INT64, .required = true};

static gyre_status_t counts_open(gyre_partition_t *part)
{
    part->state = calloc(1, sizeof(int64_t));
    return part->state ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a count");
}

static gyre_status_t counts_begin(gyre_partition_t *part)
{
    *(int64_t *)part->state = 0;
    return GYRE_OK;
}

static void counts_close(gyre_partition_t *part)
{
    free(part->state);
}

static gyre_status_t counts_batch(gyre_partition_t *part, const gyre_batch_t *in,
                                  const gyre_batch_t **out)
{
    *(int64_t *)part->state += (int64_t)in->length;
    *out = NULL;
    return GYRE_OK;
}

static gyre_status_t counts_finish(gyre_partition_t *part, gyre_builder_t *out)
{
    return gyre_builder_append_int64(out->children[0], *(int64_t *)part->state);
}

gyre_tset_t *gyre__set_counts(gyre_tset_t *parent)
{
    gyre_function_t function = {.batch = counts_batch,
                                .finish = counts_finish,
                                .open = counts_open,
                                .begin = counts_begin,
                                .close = counts_close};
    gyre_status_t status = gyre_schema_create(&rows_field, 1, &function.schema);
    gyre_tset_t *set = gyre__set_narrow(parent, "rows", GYRE__FORM_COMPUTE, &function);
    gyre_schema_release(function.schema);
    return set->poisoned ? set : gyre__set_end(set, status);
}
