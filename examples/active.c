/* SPDX-License-Identifier: Apache-2.0 */
/* Active messages: every worker adds to a sum that worker 0 keeps. */
#include "example.h"

#include <string.h>

enum { ADD = 1 };

typedef struct sum {
    long value;
    int messages;
} sum_t;

static void add(void *arg, const gyre_am_message_t *message)
{
    sum_t *sum = arg;
    long value;
    memcpy(&value, message->header, sizeof(value));
    sum->value += value;
    sum->messages++;
}

int main(void)
{
    gyre_context_t *ctx;
    sum_t sum = {0, 0};
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    int size = gyre_comm_size(world);
    long mine = gyre_comm_rank(world) + 1, all = (long)size * (size + 1) / 2;
    if (gyre_am_register(ctx, ADD, add, &sum) != GYRE_OK ||
        gyre_am_send(world, 0, ADD, &mine, sizeof(mine), NULL, 0) != GYRE_OK)
        return fail("add");
    while (mine == 1 && sum.messages < size)
        gyre_progress(ctx);
    if (mine == 1)
        printf("the sum of 1 to %d is %ld\n", size, sum.value);
    gyre_finalize(ctx);
    return mine == 1 && sum.value != all;
}
