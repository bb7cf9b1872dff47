/* SPDX-License-Identifier: Apache-2.0 */
/* CSV: each worker reads its share of /etc/passwd, fields between colons; all learn the largest
 * user number. */
#include "example.h"

int main(int argc, char **argv)
{
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    gyre_csv_opts_t opts = {.format = {.delimiter = ':', .no_quotes = true, .comment = '#'}};
    const char *path = argc > 1 ? argv[1] : "/etc/passwd";
    const gyre_batch_t *batch;
    gyre_input_t *input;
    gyre_split_t *split;
    gyre_csv_t *csv;
    int64_t largest = -1, all;
    if (gyre_input_create(&path, 1, NULL, &input) != GYRE_OK ||
        gyre_split_create(input, (uint64_t)gyre_comm_rank(world), (uint64_t)gyre_comm_size(world),
                          &split) != GYRE_OK ||
        gyre_csv_open(split, NULL, &opts, &csv) != GYRE_OK)
        return fail("open");
    for (;;) {
        if (gyre_csv_next(csv, &batch) != GYRE_OK)
            return fail("read");
        if (!batch)
            break;
        const int64_t *numbers = batch->columns[2]->values;
        for (size_t row = 0; row < batch->length; row++)
            if (numbers[row] > largest)
                largest = numbers[row];
        gyre_batch_release(batch);
    }
    gyre_csv_close(csv);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
    if (gyre_allreduce(world, &largest, &all, 1, GYRE_INT64, GYRE_MAX) != GYRE_OK)
        return fail("allreduce");
    printf("worker %d: the largest user number is %lld\n", gyre_comm_rank(world), (long long)all);
    gyre_finalize(ctx);
    return all < 0;
}
