/* SPDX-License-Identifier: Apache-2.0 */
/* Splits: each worker reads its share of a text's lines; all learn how long the longest is. */
#include "example.h"

int main(int argc, char **argv)
{
    gyre_context_t *ctx;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    const char *path = argc > 1 ? argv[1] : "/usr/share/common-licenses";
    gyre_input_t *input;
    gyre_split_t *split;
    gyre_lines_t *lines;
    gyre_text_t line;
    uint64_t longest = 0, all;
    if (gyre_input_create(&path, 1, NULL, &input) != GYRE_OK ||
        gyre_split_create(input, (uint64_t)gyre_comm_rank(world), (uint64_t)gyre_comm_size(world),
                          &split) != GYRE_OK ||
        gyre_lines_open(split, 0, &lines) != GYRE_OK)
        return fail("open");
    for (;;) {
        if (gyre_lines_next(lines, &line) != GYRE_OK)
            return fail("read");
        if (!line.data)
            break;
        if (line.length > longest)
            longest = line.length;
    }
    gyre_lines_close(lines);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
    if (gyre_allreduce(world, &longest, &all, 1, GYRE_UINT64, GYRE_MAX) != GYRE_OK)
        return fail("allreduce");
    printf("worker %d: its longest line has %llu bytes, the longest of all %llu\n",
           gyre_comm_rank(world), (unsigned long long)longest, (unsigned long long)all);
    gyre_finalize(ctx);
    return all < longest;
}
