/* SPDX-License-Identifier: Apache-2.0 */
/* Splits: the files lie one behind the other, each with one byte more than it holds, so that an
 * empty file has a place too, and that line is cut into equal pieces. No format is known here: what
 * cannot be cut, be it a line, a record or a file, belongs to the piece that it begins in. */
#include "io/input.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where piece index begins; total * index does not fit in 64 bits. */
static uint64_t cut(uint64_t total, uint64_t index, uint64_t count)
{
    return (uint64_t)((unsigned __int128)total * index / count);
}

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Fills ranges with the bytes from begin to end of the line of files; NULL: only counts them. */
static size_t take(const gyre_input_t *input, uint64_t begin, uint64_t end, gyre_range_t *ranges)
{
    size_t count = 0;
    uint64_t at = 0;
    for (size_t i = 0; i < input->count && at < end; i++) {
        const gyre__input_file_t *file = &input->files[i];
        uint64_t next = at + file->size + 1;
        uint64_t from = begin > at ? begin - at : 0, to = min(end - at, file->size);
        if (next > begin && (from < to || (from == 0 && to == 0))) {
            if (ranges)
                ranges[count] = (gyre_range_t){file->path, file->size, from, to};
            count++;
        }
        at = next;
    }
    return count;
}

gyre_status_t gyre_split_create(const gyre_input_t *input, uint64_t index, uint64_t count,
                                gyre_split_t **out)
{
    if (index >= count)
        return gyre__error(GYRE_ERR_RANGE, "split %llu of %llu, expected one below the count",
                           (unsigned long long)index, (unsigned long long)count);
    uint64_t total = gyre_input_size(input) + input->count;
    uint64_t begin = cut(total, index, count), end = cut(total, index + 1, count);
    gyre_split_t *split = calloc(1, sizeof(*split));
    size_t ranges = take(input, begin, end, NULL);
    if (split && ranges > 0)
        split->ranges = malloc(ranges * sizeof(*split->ranges));
    if (!split || (ranges > 0 && !split->ranges)) {
        free(split);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a split of %zu ranges", ranges);
    }
    split->input = input;
    split->count = take(input, begin, end, split->ranges);
    *out = split;
    return GYRE_OK;
}

void gyre_split_destroy(gyre_split_t *split)
{
    if (!split)
        return;
    for (size_t i = 0; i < split->host_count; i++)
        free(split->hosts[i]);
    free(split->hosts);
    free(split->ranges);
    free(split);
}

size_t gyre_split_ranges(const gyre_split_t *split, const gyre_range_t **ranges)
{
    *ranges = split->ranges;
    return split->count;
}

uint64_t gyre_split_size(const gyre_split_t *split)
{
    uint64_t size = 0;
    for (size_t i = 0; i < split->count; i++)
        size += split->ranges[i].to - split->ranges[i].from;
    return size;
}
