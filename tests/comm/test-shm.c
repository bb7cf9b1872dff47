/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the shm provider: before the other has opened, through full rings, past streams,
 * fetched late, dropped, longer than 4 GiB. */
#include "config.h"

#include "shm-pair.h"

#include "lib/random.h"

#include <string.h>
#include <sys/mman.h>

TestSuite(shm, .timeout = 60);

static const gyre__net_ops_t *const ops = &gyre__net_shm;
static pair_t pair;
static node_t *const a = &pair.node[0], *const b = &pair.node[1];

static void expect_open_error(gyre_status_t expected, const char *word)
{
    gyre_status_t status = node_try_open(&pair, 0);
    cr_assert_eq(status, expected, "%s: %s", gyre_status_name(status), gyre_last_error());
    cr_assert(strstr(gyre_last_error(), word), "%s", gyre_last_error());
}

Test(shm, open_refuses_what_cannot_work)
{
    conf_set(0, 0, -1);
    pair_map(&pair, 2);
    pair.size += 4096;
    expect_open_error(GYRE_ERR_ARG, "GYRE_SHM_RING");
    pair.size -= 4096;
    gyre__comm_conf.shm_ring = 100000;
    expect_open_error(GYRE_ERR_RANGE, "100000");
    gyre__comm_conf.shm_ring = 8 << 10;
    expect_open_error(GYRE_ERR_RANGE, "8192");
    conf_set(0, 600 << 10, -1);
    expect_open_error(GYRE_ERR_RANGE, "GYRE_SHM_EAGER");
    conf_set(0, 0, -1);
    node_open(&pair, 0);
    node_close(a);
    expect_open_error(GYRE_ERR_STATE, "before");
    munmap(pair.area, pair.size);
}

Test(shm, worker_with_another_ring_size_is_refused)
{
    conf_set(64 << 10, 0, -1);
    pair_map(&pair, 2);
    node_open(&pair, 1);
    conf_set(32 << 10, 16 << 10, -1);
    pair.size = gyre__shm_area_size(2);
    expect_open_error(GYRE_ERR_STATE, "GYRE_SHM_RING");
    node_close(b);
}

Test(shm, connect_refuses_a_rank_that_is_none)
{
    gyre__net_peer_t *peer;
    conf_set(0, 0, -1);
    pair_open(&pair);
    cr_assert_eq(ops->connect(a->net, 2, NULL, 0, &peer), GYRE_ERR_RANK);
    pair_close(&pair);
}

/* All kinds of message wait for a worker that has not opened yet, and arrive in order. */
Test(shm, sends_before_the_receiver_opens)
{
    static const size_t sizes[] = {0, 8, 100, 4096, 5000, 32768, 100000, 8};
    enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };
    static char data[100000], buffer[100000];
    op_t op[COUNT], fetch;
    conf_set(0, 0, -1);
    pair_map(&pair, 2);
    node_open(&pair, 0);
    node_connect(&pair, 0, 1);
    fill(data, sizeof(data), 3);
    for (unsigned i = 0; i < COUNT; i++)
        cr_assert_geq(node_send(a, 1, i, data, sizes[i], &op[i]), 0);
    node_open(&pair, 1);
    pair_settle(&pair);
    cr_assert_eq(b->count, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        got_t *got = &b->got[i];
        cr_assert_eq(got->number, i);
        cr_assert_eq(got->length, sizes[i]);
        bool fetched = got->desc;
        if (fetched)
            node_fetch(b, got, buffer, &fetch);
        pair_settle(&pair);
        cr_assert_eq(op[i].status, GYRE_OK);
        cr_assert(filled(fetched ? buffer : got->data, sizes[i], 3), "message %u", i);
    }
    pair_close(&pair);
}

/* Random sizes into a small ring that nobody empties: sends queue, in order, and all arrive. */
Test(shm, full_ring_queues_in_order)
{
    enum { COUNT = 2000, MOST = 3000 };
    static op_t op[COUNT];
    static char data[MOST];
    static size_t sizes[COUNT];
    random_plan_t plan = random_start("shm full_ring");
    unsigned queued = 0;
    conf_set(16 << 10, 8 << 10, GYRE__LARGE_COPY);
    pair_open(&pair);
    fill(data, sizeof(data), 5);
    for (unsigned i = 0; i < COUNT; i++) {
        sizes[i] = random_below(&plan, random_below(&plan, 2) ? 40 : MOST);
        queued += node_send(a, 1, i, data, sizes[i], &op[i]) == GYRE_IN_PROGRESS;
    }
    cr_assert_gt(queued, COUNT / 2);
    pair_settle(&pair);
    cr_assert_eq(b->count, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(op[i].status, GYRE_OK);
        cr_assert_eq(b->got[i].number, i);
        cr_assert(filled(b->got[i].data, sizes[i], 5), "message %u", i);
    }
    pair_close(&pair);
}

/* A small message sent after a large one is there while the large one is still moving. */
Test(shm, small_message_passes_streams)
{
    enum { LARGE = 8 << 20 };
    op_t large, small;
    char *data = calloc(1, LARGE), *buffer = malloc(LARGE);
    conf_set(0, 0, GYRE__LARGE_COPY);
    pair_open(&pair);
    b->fetch_into = buffer;
    cr_assert_eq(node_send(a, 1, 1, data, LARGE, &large), GYRE_IN_PROGRESS);
    for (int i = 0; i < 4; i++) {
        node_progress(b);
        node_progress(a);
    }
    cr_assert_eq(node_send(a, 1, 2, data, 8, &small), GYRE_OK);
    for (int i = 0; i < 8 && b->count < 2; i++)
        node_progress(b);
    cr_assert_eq(b->count, 2, "the small message waits for the large one");
    cr_assert_eq(b->fetch.status, GYRE_IN_PROGRESS);
    pair_settle(&pair);
    cr_assert_eq(large.status, GYRE_OK);
    cr_assert_eq(b->fetch.status, GYRE_OK);
    pair_close(&pair);
    free(data);
    free(buffer);
}

/* Several streams at once, both directions, each way of copying. */
static void exchange(int large)
{
    enum { COUNT = 6, LENGTH = 700001 };
    static char data[2][COUNT][LENGTH], buffer[2][COUNT][LENGTH];
    op_t op[2][COUNT], fetch[2][COUNT];
    conf_set(0, 0, large);
    pair_open(&pair);
    for (uint32_t rank = 0; rank < 2; rank++)
        for (unsigned i = 0; i < COUNT; i++) {
            fill(data[rank][i], LENGTH - i, rank * 100 + i);
            node_send(&pair.node[rank], 1 - rank, i, data[rank][i], LENGTH - i, &op[rank][i]);
        }
    pair_settle(&pair);
    for (uint32_t rank = 0; rank < 2; rank++)
        for (unsigned i = COUNT; i-- > 0;)
            node_fetch(&pair.node[rank], &pair.node[rank].got[i], buffer[rank][i], &fetch[rank][i]);
    pair_settle(&pair);
    for (uint32_t rank = 0; rank < 2; rank++)
        for (unsigned i = 0; i < COUNT; i++) {
            cr_assert_eq(op[rank][i].status, GYRE_OK);
            cr_assert_eq(fetch[rank][i].status, GYRE_OK);
            cr_assert(filled(buffer[rank][i], LENGTH - i, (1 - rank) * 100 + i));
        }
    pair_close(&pair);
}

Test(shm, streams_interleave)
{
    exchange(GYRE__LARGE_COPY);
}

Test(shm, several_by_cma)
{
    exchange(GYRE__LARGE_CMA);
}

/* Enough of one size that the clock has decided and retried. */
Test(shm, automatic_choice_delivers)
{
    enum { LENGTH = 40000, COUNT = 300 };
    static char data[LENGTH], buffer[LENGTH];
    op_t op;
    conf_set(0, 0, GYRE__LARGE_AUTO);
    pair_open(&pair);
    b->fetch_into = buffer;
    for (unsigned i = 0; i < COUNT; i++) {
        fill(data, LENGTH, i);
        node_send(a, 1, i, data, LENGTH, &op);
        pair_settle(&pair);
        cr_assert_eq(op.status, GYRE_OK);
        cr_assert_eq(b->fetch.status, GYRE_OK);
        cr_assert(filled(buffer, LENGTH, i), "message %u", i);
    }
    pair_close(&pair);
}

Test(shm, late_fetch_wrong_fetch_and_drop)
{
    static const size_t sizes[] = {20000, 20000, 20000, 90000, 90000};
    static char data[90000], buffer[90000];
    op_t op[5], fetch;
    conf_set(0, 32 << 10, GYRE__LARGE_COPY);
    pair_open(&pair);
    fill(data, sizeof(data), 8);
    for (unsigned i = 0; i < 5; i++)
        node_send(a, 1, i, data, sizes[i], &op[i]);
    pair_settle(&pair);
    cr_assert_eq(node_fetch(b, &b->got[0], buffer, &fetch), GYRE_OK);
    cr_assert(filled(buffer, sizes[0], 8));
    ops->drop(b->net, b->got[1].desc);
    b->got[2].length--;
    cr_assert_eq(node_fetch(b, &b->got[2], buffer, &fetch), GYRE_ERR_ARG);
    ops->drop(b->net, b->got[3].desc);
    b->got[4].length++;
    cr_assert_eq(node_fetch(b, &b->got[4], buffer, &fetch), GYRE_ERR_ARG);
    pair_settle(&pair);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_eq(op[i].status, GYRE_OK, "send %u", i);
    pair_close(&pair);
}

/* flush comes after what was started before it, and does not wait for what comes later. */
Test(shm, flush_waits_for_earlier_sends_only)
{
    static char data[90000], buffer[90000];
    op_t first, second, one, all, none, fetch;
    conf_set(0, 0, GYRE__LARGE_COPY);
    pair_open(&pair);
    cr_assert_eq(ops->flush(a->net, NULL, op_init(&none)), GYRE_OK);
    node_send(a, 1, 0, data, sizeof(data), &first);
    cr_assert_eq(ops->flush(a->net, a->peer[1], op_init(&one)), GYRE_IN_PROGRESS);
    cr_assert_eq(ops->flush(a->net, NULL, op_init(&all)), GYRE_IN_PROGRESS);
    node_send(a, 1, 1, data, sizeof(data), &second);
    pair_settle(&pair);
    cr_assert_eq(one.status, GYRE_IN_PROGRESS);
    node_fetch(b, &b->got[0], buffer, &fetch);
    pair_settle(&pair);
    cr_assert_eq(first.status, GYRE_OK);
    cr_assert_eq(one.status, GYRE_OK);
    cr_assert_eq(all.status, GYRE_OK);
    cr_assert_eq(second.status, GYRE_IN_PROGRESS);
    pair_close(&pair);
    cr_assert_eq(second.status, GYRE_ERR_CANCELED);
}

/* One file of a few MiB, mapped again and again: much address space, little memory. */
static char *map_huge(int fd, size_t length, size_t tile)
{
    char *base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(base, MAP_FAILED);
    for (size_t at = 0; at < length; at += tile)
        cr_assert_neq(mmap(base + at, tile, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0),
                      MAP_FAILED);
    return base;
}

static void send_huge(int large)
{
    const size_t tile = 32 << 20, length = ((size_t)4 << 30) + 12345,
                 room = length / tile * tile + tile;
    int from = memfd_create("from", 0), to = memfd_create("to", 0);
    cr_assert(ftruncate(from, (off_t)tile) == 0 && ftruncate(to, (off_t)tile) == 0);
    char *data = map_huge(from, room, tile), *buffer = map_huge(to, room, tile);
    op_t op;
    conf_set(1 << 20, 0, large);
    pair_open(&pair);
    fill(data, tile, 1);
    b->fetch_into = buffer;
    cr_assert_eq(node_send(a, 1, 0, data, length, &op), GYRE_IN_PROGRESS);
    pair_settle(&pair);
    cr_assert_eq(b->got[0].length, length);
    cr_assert_eq(b->fetch.status, GYRE_OK);
    cr_assert_eq(op.status, GYRE_OK);
    cr_assert(filled(buffer, tile, 1));
    pair_close(&pair);
    munmap(data, room);
    munmap(buffer, room);
    close(from);
    close(to);
}

Test(shm, more_than_four_gib_by_copy)
{
    send_huge(GYRE__LARGE_COPY);
}

Test(shm, more_than_four_gib_by_cma)
{
    send_huge(GYRE__LARGE_CMA);
}
