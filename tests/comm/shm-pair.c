/* SPDX-License-Identifier: Apache-2.0 */
/* Workers of one node in one process. */
#include "config.h"

#include "shm-pair.h"

#include "lib/random.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>

static const gyre__net_ops_t *const ops = &gyre__net_shm;

void conf_set(size_t ring, size_t eager, int large)
{
    cr_assert_eq(gyre__conf_load(&gyre__comm_conf_table, &gyre__comm_conf), GYRE_OK);
    gyre__comm_conf.shm_ring = ring ? ring : 256 << 10;
    gyre__comm_conf.shm_eager = eager ? eager : 32 << 10;
    if (large >= 0)
        gyre__comm_conf.shm_large = large;
}

void pair_map(pair_t *pair, uint32_t workers)
{
    memset(pair, 0, sizeof(*pair));
    pair->workers = workers;
    pair->size = gyre__shm_area_size(workers);
    pair->area = mmap(NULL, pair->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(pair->area, MAP_FAILED);
}

static void received(void *arg, const gyre__net_message_t *message)
{
    node_t *node = arg;
    cr_assert_lt(node->count, GOT_MAX);
    got_t *got = &node->got[node->count++];
    got->number = UINT64_MAX;
    if (message->header_length >= sizeof(got->number))
        memcpy(&got->number, message->header, sizeof(got->number));
    got->length = message->length;
    got->desc = message->desc;
    got->data = NULL;
    if (!message->desc) {
        got->data = malloc(message->length + 1);
        memcpy(got->data, message->data, message->length);
    } else if (node->fetch_room && message->length > node->fetch_room) {
        ops->drop(node->net, message->desc);
        got->desc = NULL;
    } else if (node->fetch_into && node->fetch.status != GYRE_IN_PROGRESS) {
        node_fetch(node, got, node->fetch_into, &node->fetch);
    }
}

static void failed(void *arg, uint32_t worker)
{
    node_t *node = arg;
    node->failures++;
    node->failed = worker;
}

gyre_status_t node_try_open(pair_t *pair, uint32_t rank)
{
    gyre__net_params_t params = {.arg = &pair->node[rank],
                                 .received = received,
                                 .failed = failed,
                                 .worker = rank,
                                 .workers = pair->workers,
                                 .local_rank = rank,
                                 .local_workers = pair->workers,
                                 .area = pair->area,
                                 .area_size = pair->size};
    return ops->open(&params, &pair->node[rank].net);
}

void node_open(pair_t *pair, uint32_t rank)
{
    gyre_status_t status = node_try_open(pair, rank);
    cr_assert_eq(status, GYRE_OK, "open: %s", gyre_last_error());
}

void node_connect(pair_t *pair, uint32_t rank, uint32_t to)
{
    node_t *node = &pair->node[rank];
    gyre_status_t status = ops->connect(node->net, to, NULL, 0, &node->peer[to]);
    cr_assert_eq(status, GYRE_OK, "connect: %s", gyre_last_error());
}

void node_close(node_t *node)
{
    if (node->net)
        ops->close(node->net);
    node->net = NULL;
    for (unsigned i = 0; i < node->count; i++)
        free(node->got[i].data);
    node->count = 0;
}

void pair_open(pair_t *pair)
{
    pair_map(pair, 2);
    for (uint32_t rank = 0; rank < 2; rank++)
        node_open(pair, rank);
    for (uint32_t rank = 0; rank < 2; rank++)
        node_connect(pair, rank, 1 - rank);
}

void pair_close(pair_t *pair)
{
    for (uint32_t rank = 0; rank < pair->workers; rank++)
        node_close(&pair->node[rank]);
    munmap(pair->area, pair->size);
}

static void done(gyre__net_op_t *base, gyre_status_t status)
{
    op_t *op = (op_t *)base;
    cr_assert_eq(op->status, GYRE_IN_PROGRESS, "done twice, or after an end at once");
    cr_assert_leq(status, 0);
    op->status = status;
}

gyre__net_op_t *op_init(op_t *op)
{
    *op = (op_t){.op.done = done, .status = GYRE_IN_PROGRESS};
    return &op->op;
}

gyre_status_t node_send(node_t *node, uint32_t to, uint64_t number, const void *data, size_t length,
                        op_t *op)
{
    uint64_t header[4] = {number, ~number};
    gyre_status_t status =
        ops->send(node->net, node->peer[to], header, sizeof(header), data, length, op_init(op));
    memset(header, 0xee, sizeof(header));
    return op->status = status;
}

gyre_status_t node_fetch(node_t *node, got_t *got, void *buffer, op_t *op)
{
    void *desc = got->desc;
    got->desc = NULL;
    return op->status = ops->fetch(node->net, NULL, desc, buffer, got->length, op_init(op));
}

unsigned node_progress(node_t *node)
{
    return ops->progress(node->net);
}

void pair_settle(pair_t *pair)
{
    for (int quiet = 0; quiet < 3;) {
        unsigned events = 0;
        for (uint32_t rank = 0; rank < pair->workers; rank++)
            if (pair->node[rank].net)
                events += node_progress(&pair->node[rank]);
        quiet = events ? 0 : quiet + 1;
    }
}

bool readable(int fd, int timeout_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, timeout_ms) == 1;
}

void fill(char *data, size_t length, uint64_t seed)
{
    random_plan_t plan = {seed};
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = random_next(&plan);
        memcpy(data + i, &word, length - i < 8 ? length - i : 8);
    }
}

bool filled(const char *data, size_t length, uint64_t seed)
{
    random_plan_t plan = {seed};
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = random_next(&plan);
        if (memcmp(data + i, &word, length - i < 8 ? length - i : 8) != 0)
            return false;
    }
    return true;
}
