/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeping on the shm provider's descriptor: for messages, for space, for a peer that opens; and
 * two processes that sleep at random, where a lost wake-up would stop everything. */
#include "config.h"

#include "shm-pair.h"

#include "lib/random.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(shm_sleep, .timeout = 60);

static const gyre__net_ops_t *const ops = &gyre__net_shm;
static pair_t pair;
static node_t *const a = &pair.node[0], *const b = &pair.node[1];

Test(shm_sleep, message_wakes)
{
    int fd, again;
    op_t op;
    conf_set(0, 0, -1);
    pair_open(&pair);
    for (unsigned i = 0; i < 100; i++) {
        cr_assert_eq(ops->arm(b->net, &fd), GYRE_OK);
        cr_assert_not(readable(fd, 0));
        node_send(a, 1, i, "data", 4, &op);
        cr_assert(readable(fd, 5000), "message %u wakes nobody", i);
        cr_assert_eq(ops->arm(b->net, &again), GYRE_IN_PROGRESS);
        cr_assert_eq(fd, again);
        cr_assert_eq(node_progress(b), 1);
        cr_assert_not(readable(fd, 0), "awake after all is done");
    }
    pair_close(&pair);
}

Test(shm_sleep, arm_sees_what_came_before)
{
    int fd;
    op_t op;
    conf_set(0, 0, -1);
    pair_open(&pair);
    node_send(a, 1, 0, "data", 4, &op);
    cr_assert_eq(ops->arm(b->net, &fd), GYRE_IN_PROGRESS);
    pair_settle(&pair);
    node_send(a, 1, 1, "data", 4, &op);
    cr_assert_eq(ops->arm(b->net, &fd), GYRE_IN_PROGRESS);
    pair_settle(&pair);
    cr_assert_eq(b->count, 2);
    pair_close(&pair);
}

/* A sender with a full ring sleeps until the receiver has made room. */
Test(shm_sleep, space_wakes)
{
    enum { COUNT = 100 };
    static op_t op[COUNT];
    static char data[1000];
    int fd;
    conf_set(16 << 10, 8 << 10, -1);
    pair_open(&pair);
    for (unsigned i = 0; i < COUNT; i++)
        node_send(a, 1, i, data, sizeof(data), &op[i]);
    cr_assert_eq(op[COUNT - 1].status, GYRE_IN_PROGRESS);
    while (op[COUNT - 1].status == GYRE_IN_PROGRESS) {
        if (ops->arm(a->net, &fd) == GYRE_OK) {
            cr_assert_not(readable(fd, 0));
            node_progress(b);
            cr_assert(readable(fd, 5000), "space wakes nobody");
        }
        node_progress(a);
    }
    pair_settle(&pair);
    cr_assert_eq(b->count, COUNT);
    pair_close(&pair);
}

/* Who waits for a worker wakes when it opens, to be able to see its death. */
Test(shm_sleep, opening_wakes)
{
    int fd;
    conf_set(0, 0, -1);
    pair_map(&pair, 2);
    node_open(&pair, 0);
    node_connect(&pair, 0, 1);
    cr_assert_eq(ops->arm(a->net, &fd), GYRE_OK);
    cr_assert_not(readable(fd, 0));
    node_open(&pair, 1);
    cr_assert(readable(fd, 5000));
    node_progress(a);
    cr_assert_eq(ops->arm(a->net, &fd), GYRE_OK);
    cr_assert_not(readable(fd, 0));
    node_close(b);
    cr_assert(readable(fd, 5000));
    node_progress(a);
    cr_assert_eq(a->failures, 1);
    pair_close(&pair);
}

static void sleep_or_spin(node_t *node, random_plan_t *plan)
{
    int fd;
    if (node_progress(node) || random_below(plan, 3) == 0)
        return;
    if (ops->arm(node->net, &fd) == GYRE_OK)
        cr_assert(readable(fd, 20000), "a wake-up was lost");
}

/* Every message is answered with one of another size; both sleep whenever chance says so. */
static void play(uint32_t rank, random_plan_t plan)
{
    enum { ROUNDS = 3000, MOST = 100000 };
    static char data[MOST], buffer[MOST];
    node_t *node = &pair.node[rank];
    node_open(&pair, rank);
    node_connect(&pair, rank, 1 - rank);
    node->fetch_into = buffer;
    for (unsigned i = 0; i < ROUNDS; i++) {
        op_t op;
        size_t length = random_below(&plan, random_below(&plan, 8) ? 200 : MOST);
        if (i % 2 == rank) {
            node_send(node, 1 - rank, i, data, length, &op);
            while (op.status == GYRE_IN_PROGRESS)
                sleep_or_spin(node, &plan);
            cr_assert_eq(op.status, GYRE_OK);
            continue;
        }
        while (node->count == 0 || node->fetch.status == GYRE_IN_PROGRESS)
            sleep_or_spin(node, &plan);
        free(node->got[0].data);
        node->count = 0;
    }
}

Test(shm_sleep, two_processes_lose_no_wake_up)
{
    random_plan_t plan = random_start("shm_sleep two_processes");
    int status;
    conf_set(64 << 10, 0, -1);
    pair_map(&pair, 2);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        play(1, plan);
        _exit(0);
    }
    play(0, plan);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    pair_close(&pair);
}
