/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by a condition: its rows' numbers, found once for all columns, are taken. */
#include "base/error.h"
#include "batch/bits.h"
#include "batch/take.h"

#include <stdlib.h>

/* Writes each number and goes on only if it is kept: no branch to mispredict. */
static size_t find_bytes(const bool *keep, size_t length, uint32_t *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        rows[count] = (uint32_t)i;
        count += keep[i];
    }
    return count;
}

static size_t find_bits(const gyre_column_t *keep, uint32_t *rows)
{
    size_t count = 0;
    for (size_t done = 0; done < keep->length; done += 64) {
        size_t part = keep->length - done < 64 ? keep->length - done : 64;
        uint64_t word = gyre__bits_load(keep->values, keep->offset + done, part);
        if (keep->validity)
            word &= gyre__bits_load(keep->validity, keep->offset + done, part);
        for (; word; word &= word - 1)
            rows[count++] = (uint32_t)(done + (size_t)__builtin_ctzll(word));
    }
    return count;
}

/* By one of the two. */
static gyre_status_t filter(const gyre_batch_t *batch, const bool *keep,
                            const gyre_column_t *column, const gyre_allocator_t *allocator,
                            const gyre_batch_t **kept)
{
    if (batch->length >= GYRE_NO_ROW)
        return gyre__error(GYRE_ERR_RANGE, "a batch of %zu rows: at most 2^32 - 2 are filtered",
                           batch->length);
    uint32_t *numbers = malloc((batch->length + 1) * sizeof(*numbers));
    if (!numbers)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the numbers of %zu rows",
                           batch->length);
    size_t count = keep ? find_bytes(keep, batch->length, numbers) : find_bits(column, numbers);
    const gyre__rows_t rows = {numbers, count, false, allocator};
    gyre_status_t status = GYRE_OK;
    if (count == batch->length)
        *kept = gyre_batch_retain(batch);
    else
        status = gyre__take_batch(batch, &rows, kept);
    free(numbers);
    return status;
}

gyre_status_t gyre_batch_filter(const gyre_batch_t *batch, const bool *keep,
                                const gyre_allocator_t *allocator, const gyre_batch_t **kept)
{
    if (!batch || !kept || (!keep && batch->length > 0))
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !batch ? "batch"
                           : kept ? "condition"
                                  : "place for the batch");
    return filter(batch, keep ? keep : &(const bool){false}, NULL, allocator, kept);
}

gyre_status_t gyre_batch_filter_by(const gyre_batch_t *batch, const gyre_column_t *keep,
                                   const gyre_allocator_t *allocator, const gyre_batch_t **kept)
{
    if (!batch || !kept || !keep)
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !batch ? "batch"
                           : kept ? "condition"
                                  : "place for the batch");
    if (keep->field->kind != GYRE_KIND_BOOL || keep->length != batch->length)
        return gyre__error(GYRE_ERR_ARG, "%zu rows of %s for a batch of %zu: expected bool",
                           keep->length, gyre_kind_name(keep->field->kind), batch->length);
    return filter(batch, NULL, keep, allocator, kept);
}
