/* SPDX-License-Identifier: Apache-2.0 */
/* The shm provider when things end early: disconnects, deaths, closes, nonsense in the segment,
 * kernels that refuse. Nothing hangs, nothing is written where it must not. */
#include "config.h"

#include "shm-pair.h"

#include "comm/net/shm/shm.h"
#include "lib/random.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

TestSuite(shm_faults, .timeout = 60);

enum { LARGE = 300000 };
static const gyre__net_ops_t *const ops = &gyre__net_shm;
static pair_t pair;
static node_t *const a = &pair.node[0], *const b = &pair.node[1];
static char data[LARGE], buffer[LARGE];

/* The sender disconnects in the middle of a message; its receiver learns of it, and a later
 * connection works. */
static void cut_in_the_middle(size_t length)
{
    op_t op, last;
    pair_open(&pair);
    b->fetch_into = buffer;
    cr_assert_eq(node_send(a, 1, 0, data, length, &op), GYRE_IN_PROGRESS);
    node_progress(b);
    node_progress(a);
    node_progress(b);
    cr_assert_eq(b->count, 1);
    cr_assert_eq(b->fetch.status, GYRE_IN_PROGRESS);
    ops->disconnect(a->net, a->peer[1]);
    cr_assert_eq(op.status, GYRE_ERR_CANCELED);
    pair_settle(&pair);
    cr_assert_eq(b->fetch.status, GYRE_ERR_PEER_FAILED);
    b->fetch_into = NULL;
    node_connect(&pair, 0, 1);
    cr_assert_eq(node_send(a, 1, 1, data, 7000, &last), GYRE_OK);
    pair_settle(&pair);
    cr_assert_eq(b->count, 2);
    cr_assert_eq(node_fetch(b, &b->got[1], buffer, &last), GYRE_OK);
    cr_assert_eq(b->failures, 0);
    pair_close(&pair);
}

Test(shm_faults, sender_cuts_a_stream)
{
    conf_set(0, 0, GYRE__LARGE_COPY);
    cut_in_the_middle(LARGE);
}

/* Eager, but longer than the ring takes at once beside what fills it. */
Test(shm_faults, sender_cuts_an_eager_message)
{
    op_t filler[8], op, last;
    conf_set(64 << 10, 32 << 10, -1);
    pair_open(&pair);
    for (unsigned i = 0; i < 8; i++)
        node_send(a, 1, i, data, 4000, &filler[i]);
    cr_assert_eq(node_send(a, 1, 8, data, 32 << 10, &op), GYRE_IN_PROGRESS);
    node_progress(b);
    ops->disconnect(a->net, a->peer[1]);
    cr_assert_eq(op.status, GYRE_ERR_CANCELED);
    pair_settle(&pair);
    cr_assert_eq(b->count, 9);
    cr_assert_eq(node_fetch(b, &b->got[8], buffer, &op), GYRE_ERR_PEER_FAILED);
    node_connect(&pair, 0, 1);
    cr_assert_eq(node_send(a, 1, 9, data, 20000, &last), GYRE_OK);
    pair_settle(&pair);
    cr_assert_eq(b->count, 10);
    cr_assert_eq(node_fetch(b, &b->got[9], buffer, &op), GYRE_OK);
    pair_close(&pair);
}

/* An offer that was never answered is void once its sender has gone. */
Test(shm_faults, offer_of_a_gone_sender_cannot_be_fetched)
{
    op_t op, fetch;
    conf_set(0, 0, -1);
    pair_open(&pair);
    node_send(a, 1, 0, data, LARGE, &op);
    pair_settle(&pair);
    ops->disconnect(a->net, a->peer[1]);
    pair_settle(&pair);
    cr_assert_eq(node_fetch(b, &b->got[0], buffer, &fetch), GYRE_ERR_PEER_FAILED);
    pair_close(&pair);
}

static void receiver_leaves(int large)
{
    op_t op;
    conf_set(0, 0, large);
    pair_open(&pair);
    b->fetch_into = buffer;
    node_send(a, 1, 0, data, LARGE, &op);
    node_progress(b);
    if (b->fetch.status == GYRE_IN_PROGRESS) {
        ops->disconnect(b->net, b->peer[0]);
        cr_assert_eq(b->fetch.status, GYRE_ERR_CANCELED);
    }
    pair_settle(&pair);
    cr_assert_eq(op.status, GYRE_OK);
    pair_close(&pair);
}

Test(shm_faults, receiver_disconnects_in_a_stream)
{
    receiver_leaves(GYRE__LARGE_COPY);
}

Test(shm_faults, receiver_disconnects_in_a_copy)
{
    receiver_leaves(GYRE__LARGE_CMA);
}

/* close of one side: its operations are canceled, the other side is told, once. */
Test(shm_faults, close_is_told)
{
    op_t mine, theirs, later;
    conf_set(0, 0, -1);
    pair_open(&pair);
    node_send(a, 1, 0, data, LARGE, &mine);
    node_send(b, 0, 0, data, LARGE, &theirs);
    node_send(a, 1, 1, data, 8, &later);
    ops->close(a->net);
    a->net = NULL;
    cr_assert_eq(mine.status, GYRE_ERR_CANCELED);
    for (int i = 0; i < 10000 && !b->failures; i++)
        node_progress(b);
    cr_assert_eq(b->count, 2, "what was published arrives");
    cr_assert_eq(b->failures, 1);
    cr_assert_eq(b->failed, 0);
    cr_assert_eq(theirs.status, GYRE_ERR_PEER_FAILED);
    cr_assert_lt(node_send(b, 0, 1, data, 8, &later), 0);
    cr_assert_eq(ops->flush(b->net, b->peer[0], op_init(&later)), GYRE_ERR_PEER_FAILED);
    pair_close(&pair);
}

/* A child that sends and is killed: all it published arrives, then the failure, by the
 * descriptor alone. */
Test(shm_faults, death_wakes_a_sleeper)
{
    int fd, status;
    op_t op;
    conf_set(0, 0, -1);
    pair_map(&pair, 2);
    node_open(&pair, 1);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        node_open(&pair, 0);
        node_connect(&pair, 0, 1);
        for (unsigned i = 0; i < 100; i++)
            node_send(a, 1, i, data, i * 50, &op);
        node_send(a, 1, 100, data, LARGE, &op);
        raise(SIGKILL);
    }
    cr_assert_gt(child, 0);
    node_connect(&pair, 1, 0);
    while (!b->failures) {
        if (node_progress(b) || ops->arm(b->net, &fd) == GYRE_IN_PROGRESS)
            continue;
        cr_assert(readable(fd, 20000), "the death of a peer wakes nobody");
    }
    cr_assert_eq(b->count, 101);
    cr_assert_eq(node_fetch(b, &b->got[100], buffer, &op), GYRE_ERR_PEER_FAILED);
    for (int i = 0; i < 10000; i++)
        node_progress(b);
    cr_assert_eq(b->failures, 1);
    waitpid(child, &status, 0);
    gyre__net_peer_t *peer;
    cr_assert_eq(ops->connect(b->net, 0, NULL, 0, &peer), GYRE_ERR_PEER_FAILED);
    pair_close(&pair);
}

/* Anything may stand in the ring that a peer writes. Run under sanitizers, this finds what trusts
 * it; lengths are chosen to look plausible half of the time. */
Test(shm_faults, nonsense_in_the_ring_is_survived)
{
    random_plan_t plan = random_start("shm nonsense");
    unsigned failures = 0;
    for (int round = 0; round < 400; round++) {
        gyre__shm_area_t area;
        op_t large, small;
        conf_set(16 << 10, 8 << 10, (int)random_below(&plan, 3));
        pair_open(&pair);
        node_send(b, 0, 0, data, LARGE, &large);
        node_send(a, 1, 0, data, 8, &small);
        pair_settle(&pair);
        b->fetch_into = random_below(&plan, 2) ? buffer : NULL;
        b->fetch_room = sizeof(buffer);
        gyre__shm_area_init(&area, pair.area, 2);
        char *lines = gyre__shm_area_ring(&area, 0, 1)->lines;
        for (size_t i = 0; i < area.ring; i += 8)
            *(uint64_t *)(lines + i) =
                random_below(&plan, 2)
                    ? gyre__shm_word((int)random_below(&plan, 10), random_below(&plan, 64),
                                     random_below(&plan, 400))
                    : random_next(&plan) >> random_below(&plan, 64);
        for (int i = 0; i < 2000 && !b->failures && b->count < GOT_MAX - 64; i++)
            node_progress(b);
        failures += b->failures;
        pair_close(&pair);
    }
    cr_assert_gt(failures, 100, "nonsense was noticed %u times only", failures);
}

/* Space that was never there. */
Test(shm_faults, nonsense_head_fails_the_peer)
{
    gyre__shm_area_t area;
    op_t op[40];
    conf_set(16 << 10, 8 << 10, -1);
    pair_open(&pair);
    gyre__shm_area_init(&area, pair.area, 2);
    for (unsigned i = 0; i < 40; i++)
        node_send(a, 1, i, data, 1000, &op[i]);
    gyre__shm_area_ring(&area, 0, 1)->head = UINT64_C(1) << 40;
    for (int i = 0; i < 10; i++)
        node_progress(a);
    cr_assert_eq(a->failures, 1);
    cr_assert_eq(op[39].status, GYRE_ERR_PEER_FAILED);
    pair_close(&pair);
}

/* From now on the kernel refuses these two calls to this process. */
static bool refuse(unsigned first, unsigned second)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

Test(shm_faults, refused_cma_falls_back_to_copy)
{
    op_t op;
    conf_set(0, 0, GYRE__LARGE_CMA);
    if (!refuse(SYS_process_vm_readv, SYS_process_vm_readv))
        cr_skip("seccomp filters are not available");
    pair_open(&pair);
    fill(data, LARGE, 4);
    b->fetch_into = buffer;
    for (unsigned i = 0; i < 3; i++) {
        node_send(a, 1, i, data, LARGE, &op);
        pair_settle(&pair);
        cr_assert_eq(op.status, GYRE_OK);
        cr_assert_eq(b->fetch.status, GYRE_OK);
        cr_assert(filled(buffer, LARGE, 4));
    }
    pair_close(&pair);
}

/* Without membarrier and pidfds: slower and blind to deaths, but it works. */
Test(shm_faults, kernel_without_membarrier_and_pidfd)
{
    int fd;
    op_t op;
    conf_set(0, 0, -1);
    if (!refuse(SYS_membarrier, SYS_pidfd_open))
        cr_skip("seccomp filters are not available");
    pair_open(&pair);
    for (unsigned i = 0; i < 10; i++) {
        cr_assert_eq(ops->arm(b->net, &fd), GYRE_OK);
        cr_assert_not(readable(fd, 0));
        node_send(a, 1, i, data, 8, &op);
        cr_assert(readable(fd, 5000));
        node_progress(b);
        cr_assert_eq(b->count, i + 1);
    }
    pair_close(&pair);
}
