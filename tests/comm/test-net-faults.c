/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving in the midst of things: disconnecting, closing, dying. */
#include "test-net-box.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Worker 1 leaves a large message unfetched; worker 0 disconnects, and connects again. */
static void abandon(world_t *world)
{
    op_t large, small, flush;
    char *data = malloc(LARGE);
    box_send(world, 1, data, LARGE, &large);
    box_send(world, 1, data, 100, &small);
    op_wait(world, &small);
    while (atomic_load(&world->shared->phase) == 0)
        world->ops->progress(world->net);
    bool pending = large.status == GYRE_IN_PROGRESS;
    world->ops->disconnect(world->net, world->peer[1]);
    gyre_status_t status = op_end(world, &large);
    CHECK(!pending || status == GYRE_ERR_CANCELED, "pending at disconnect: %s",
          gyre_status_name(status));
    free(data);
    status = world->ops->connect(world->net, 1, world->shared->address[1].bytes,
                                 world->shared->address[1].length, &world->peer[1]);
    CHECK(status == GYRE_OK, "connect again: %s", gyre_status_name(status));
    box_send(world, 1, "back", 4, &small);
    op_wait(world, &small);
    op_start(&flush, world->ops->flush(world->net, world->peer[1], op_init(&flush)));
    op_wait(world, &flush);
}

static void test_disconnect(world_t *world)
{
    box_t box;
    box_open(world, &box);
    box.keep = true;
    if (world->rank == 0) {
        abandon(world);
    } else if (world->rank == 1) {
        wait_until(world, &box.count, 2, "two messages");
        atomic_store(&world->shared->phase, 1);
        wait_until(world, &box.count, 3, "the message after");
    }
    barrier(world);
    for (unsigned i = 0; i < box.kept; i++)
        world->ops->drop(world->net, box.desc[i]);
    barrier(world);
    free(box.data);
}

/* Worker 0 closes while worker 1 still holds its messages. */
static void close_early(world_t *world)
{
    op_t op[4];
    char *data = malloc(LARGE);
    for (unsigned i = 0; i < 4; i++)
        box_send(world, 1, data, LARGE, &op[i]);
    while (atomic_load(&world->shared->phase) == 0)
        world->ops->progress(world->net);
    world->ops->close(world->net);
    world->net = NULL;
    for (unsigned i = 0; i < 4; i++)
        CHECK(op[i].status != GYRE_IN_PROGRESS, "op %u outlived close", i);
    free(data);
}

static void hold(world_t *world, const box_t *box)
{
    wait_until(world, &box->count, 4, "four messages");
    atomic_store(&world->shared->phase, 1);
    meet(world, 2);
    for (unsigned i = 0; i < box->kept; i++)
        world->ops->drop(world->net, box->desc[i]);
}

static void test_close(world_t *world)
{
    box_t box;
    box_open(world, &box);
    box.keep = true;
    if (world->rank == 0) {
        close_early(world);
        meet(world, 2);
    } else if (world->rank == 1) {
        hold(world, &box);
    } else {
        meet(world, 2);
    }
    if (world->net)
        world->ops->close(world->net);
    free(box.data);
    _exit(0);
}

/* Worker 2 dies with messages of all others unfetched. */
static void watch_death(world_t *world, box_t *box)
{
    op_t large, small;
    char *data = malloc(LARGE);
    box_send(world, 2, data, LARGE, &large);
    atomic_fetch_add(&world->shared->phase, 1);
    wait_until(world, &world->failures[2], 1, "the news of worker 2's death");
    gyre_status_t status = op_end(world, &large);
    CHECK(status == GYRE_ERR_PEER_FAILED || status == GYRE_OK, "send to the dead: %s",
          gyre_status_name(status));
    status = world->ops->send(world->net, world->peer[2], "head", 4, data, 10, op_init(&small));
    CHECK(status < 0, "a send to the dead starts: %s", gyre_status_name(status));
    box_send(world, 1 - world->rank, data, LARGE, &large);
    wait_until(world, &box->fetched, 1, "a message of the living");
    op_wait(world, &large);
    CHECK(world->failures[2] == 1, "%u up-calls for one death", world->failures[2]);
    CHECK(world->failures[1 - world->rank] == 0, "the living one is said dead");
    world->ops->disconnect(world->net, world->peer[2]);
    free(data);
}

static void test_death(world_t *world)
{
    box_t box;
    box_open(world, &box);
    if (world->rank == 2) {
        box.keep = true;
        wait_until(world, &box.count, 2, "messages");
        while (atomic_load(&world->shared->phase) < 2)
            world->ops->progress(world->net);
        kill(getpid(), SIGKILL);
    }
    watch_death(world, &box);
    meet(world, 2);
    free(box.data);
}

typedef struct remote {
    gyre__net_mem_t *mem; /* of worker 2 */
    gyre__net_key_t *key; /* of the others */
    uint64_t result;
    char *data;
    op_t flush, flush_all, put, get, add, flush_put; /* done, where not started */
} remote_t;

static void remote_open(world_t *world, remote_t *remote)
{
    const void *key;
    if (world->ops->mem_map == gyre__net_no_mem_map)
        return;
    if (world->rank == 2) {
        gyre_status_t status = world->ops->mem_map(world->net, NULL, LARGE, &remote->mem);
        if (status == GYRE_OK)
            status =
                world->ops->mem_key(world->net, remote->mem, &key, &world->shared->key[2].length);
        CHECK(status == GYRE_OK, "memory: %s", gyre_status_name(status));
        world->shared->key[2].addr = (uintptr_t)remote->mem->addr;
        memcpy(world->shared->key[2].bytes, key, world->shared->key[2].length);
    }
    barrier(world);
    if (world->rank != 2)
        CHECK(world->ops->key_import(world->net, world->peer[2], world->shared->key[2].bytes,
                                     world->shared->key[2].length, &remote->key) == GYRE_OK,
              "key_import");
    remote->data = malloc(LARGE);
}

static void remote_start(world_t *world, remote_t *remote)
{
    const gyre__net_ops_t *ops = world->ops;
    uint64_t addr = world->shared->key[2].addr;
    gyre__net_peer_t *peer = world->peer[2];
    op_start(&remote->flush, ops->flush(world->net, peer, op_init(&remote->flush)));
    op_start(&remote->flush_all, ops->flush(world->net, NULL, op_init(&remote->flush_all)));
    if (!remote->key)
        return;
    op_start(&remote->put, ops->put(world->net, peer, remote->key, addr, remote->data, LARGE / 2,
                                    op_init(&remote->put)));
    op_start(&remote->get, ops->get(world->net, peer, remote->key, addr + LARGE / 2, remote->data,
                                    LARGE / 2, op_init(&remote->get)));
    op_start(&remote->add, ops->atomic(world->net, peer, remote->key, addr, GYRE_ATOMIC_FETCH_ADD,
                                       8, 1, 0, &remote->result, op_init(&remote->add)));
    op_start(&remote->flush_put, ops->flush(world->net, peer, op_init(&remote->flush_put)));
}

static void end_with_death(world_t *world, op_t *op, const char *what)
{
    gyre_status_t status = op_end(world, op);
    CHECK(status == GYRE_OK || status == GYRE_ERR_PEER_FAILED, "%s: %s", what,
          gyre_status_name(status));
}

/* What the dead has announced can no longer be fetched: an error, at once or soon. */
static void fetch_from_dead(world_t *world, box_t *box)
{
    op_t op;
    for (unsigned i = 0; i < box->kept; i++) {
        gyre_status_t status = world->ops->fetch(world->net, world->peer[2], box->desc[i],
                                                 box->data, LARGE, op_init(&op));
        op.calling = false;
        if (status >= 0) {
            op.status = status;
            status = op_end(world, &op);
        }
        CHECK(status == GYRE_ERR_PEER_FAILED, "fetch from the dead: %s", gyre_status_name(status));
    }
}

/* Worker 2 dies while it does nothing for what the others have asked of it. */
static void test_last_words(world_t *world)
{
    box_t box;
    remote_t remote = {0};
    op_t op[2];
    box_open(world, &box);
    remote_open(world, &remote);
    box.keep = true;
    if (world->rank == 2) {
        for (unsigned i = 0; i < 2; i++)
            box_send(world, i, box.data, LARGE, &op[i]);
        while (atomic_load(&world->shared->counter) < 2)
            world->ops->progress(world->net);
        while (atomic_load(&world->shared->phase) < 2)
            usleep(100);
        kill(getpid(), SIGKILL);
    }
    wait_until(world, &box.count, 1, "a message");
    meet(world, 2);
    remote_start(world, &remote);
    atomic_fetch_add(&world->shared->phase, 1);
    wait_until(world, &world->failures[2], 1, "the news of worker 2's death");
    end_with_death(world, &remote.flush, "flush");
    end_with_death(world, &remote.flush_all, "flush of all");
    end_with_death(world, &remote.put, "put");
    end_with_death(world, &remote.get, "get");
    end_with_death(world, &remote.add, "atomic");
    end_with_death(world, &remote.flush_put, "flush of a put");
    fetch_from_dead(world, &box);
    if (remote.key)
        world->ops->key_release(world->net, remote.key);
    atomic_fetch_add(&world->shared->phase, 1);
    while (atomic_load(&world->shared->phase) < 4)
        world->ops->progress(world->net);
    free(remote.data);
    free(box.data);
}

const test_t fault_tests[] = {
    {"disconnect", test_disconnect, 2, -1, false},
    {"close", test_close, 2, -1, false},
    {"death", test_death, 3, 2, false},
    {"last-words", test_last_words, 3, 2, false},
};
const size_t fault_test_count = sizeof(fault_tests) / sizeof(fault_tests[0]);
