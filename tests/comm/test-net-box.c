/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox: one fetch at a time, into the same memory. */
#include "test-net-box.h"

#include <stdlib.h>

static void fetched(gyre__net_op_t *base, gyre_status_t status)
{
    op_t *op = (op_t *)base;
    box_t *box = (box_t *)((char *)op - offsetof(box_t, op));
    CHECK(status == GYRE_OK, "fetch: %s", gyre_status_name(status));
    box->fetched++;
}

static void received(world_t *world, const gyre__net_message_t *message)
{
    box_t *box = world->test;
    if (message->desc && box->keep) {
        box->desc[box->kept++] = message->desc;
    } else if (message->desc) {
        gyre__net_op_t *op = op_init(&box->op);
        op->done = fetched;
        gyre_status_t status =
            world->ops->fetch(world->net, NULL, message->desc, box->data, message->length, op);
        CHECK(status >= 0, "fetch: %s", gyre_status_name(status));
        if (status == GYRE_OK)
            fetched(op, status);
    } else {
        box->fetched++;
    }
    box->count++;
}

void box_open(world_t *world, box_t *box)
{
    *box = (box_t){.data = malloc(LARGE)};
    CHECK(box->data, "malloc");
    world->test = box;
    world->received = received;
    barrier(world);
}

void box_send(world_t *world, unsigned to, const void *data, size_t length, op_t *op)
{
    op_start(op,
             world->ops->send(world->net, world->peer[to], "head", 4, data, length, op_init(op)));
}

void meet(world_t *world, unsigned all)
{
    atomic_fetch_add(&world->shared->counter, 1);
    while (atomic_load(&world->shared->counter) < all)
        if (world->net)
            world->ops->progress(world->net);
}
