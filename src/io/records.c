/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a fixed length. They begin at multiples of it, so a range's first is known from where
 * the range begins, and the last is read to its end. */
#include "base/error.h"
#include "io/window.h"

#include <limits.h>
#include <stdlib.h>

struct gyre_records {
    gyre__window_t window;
    size_t length;           /* of a record */
    gyre_builder_t *builder; /* NULL until the first batch */
};

gyre_status_t gyre_records_open(const gyre_split_t *split, size_t record_length,
                                gyre_records_t **out)
{
    if (record_length == 0)
        return gyre__error(GYRE_ERR_ARG, "records of 0 bytes, expected at least 1");
    gyre_records_t *records = calloc(1, sizeof(*records));
    if (!records)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to read records");
    gyre__window_init(&records->window, split, 0);
    records->length = record_length;
    *out = records;
    return GYRE_OK;
}

void gyre_records_close(gyre_records_t *records)
{
    if (!records)
        return;
    gyre__window_cleanup(&records->window);
    gyre_builder_destroy(records->builder);
    free(records);
}

/* Opens the next range and skips the rest of the record that began before it. */
static gyre_status_t next_range(gyre_records_t *records)
{
    gyre__window_t *window = &records->window;
    gyre_status_t status = gyre__window_next(window, 0);
    if (status != GYRE_OK || !window->open)
        return status;
    size_t begun = (size_t)(window->at % records->length);
    size_t skip = begun ? records->length - begun : 0;
    while (skip > 0 && window->at < window->stream.to && !window->last && status == GYRE_OK) {
        status = gyre__window_more(window);
        size_t length = window->end - window->begin;
        length = length < skip ? length : skip;
        gyre__window_take(window, length);
        skip -= length;
    }
    return status;
}

/* Records at hand that begin in the range. */
static size_t at_hand(const gyre_records_t *records)
{
    const gyre__window_t *window = &records->window;
    size_t whole = (window->end - window->begin) / records->length;
    uint64_t mine = (window->stream.to - window->at - 1) / records->length + 1;
    return whole < mine ? whole : (size_t)mine;
}

gyre_status_t gyre_records_next(gyre_records_t *records, const void **first, size_t *count)
{
    gyre__window_t *window = &records->window;
    gyre_status_t status = GYRE_OK;
    *count = 0;
    while (status == GYRE_OK) {
        bool inside = window->open && window->at < window->stream.to;
        size_t left = inside ? window->end - window->begin : 0;
        size_t found = inside ? at_hand(records) : 0;
        if (found > 0) {
            *first = window->data + window->begin;
            *count = found;
            gyre__window_take(window, found * records->length);
            return GYRE_OK;
        }
        if (inside && !window->last)
            status = gyre__window_more(window);
        else if (left > 0)
            status = gyre__error(
                GYRE_ERR_SYNTAX, "%s: ends with %zu bytes at byte %llu, expected records of %zu",
                window->stream.name, left, (unsigned long long)window->at, records->length);
        else if ((status = next_range(records)) == GYRE_OK && !window->open)
            return GYRE_OK;
    }
    return status;
}

static gyre_status_t make_builder(gyre_records_t *records)
{
    gyre_field_t field = {
        .name = "record", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = (int32_t)records->length};
    const gyre_schema_t *schema;
    if (records->length > INT32_MAX)
        return gyre__error(GYRE_ERR_RANGE, "records of %zu bytes, expected at most %d for a batch",
                           records->length, INT32_MAX);
    gyre_status_t status = gyre_schema_create(&field, 1, &schema);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_create_batch(schema, NULL, &records->builder);
    gyre_schema_release(schema);
    return status;
}

gyre_status_t gyre_records_batch(gyre_records_t *records, const gyre_batch_t **batch)
{
    const void *first;
    size_t count;
    gyre_status_t status = gyre_records_next(records, &first, &count);
    *batch = NULL;
    if (status != GYRE_OK || count == 0)
        return status;
    if (!records->builder)
        status = make_builder(records);
    if (status == GYRE_OK)
        status = gyre_builder_append(records->builder->children[0], first, count);
    return status == GYRE_OK ? gyre_builder_finish_batch(records->builder, batch) : status;
}
