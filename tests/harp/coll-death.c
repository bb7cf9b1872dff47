/* SPDX-License-Identifier: Apache-2.0 */
/* Workers are killed at random moments inside collectives of every kind, form and algorithm, under
 * pmix-hub --keep-going, until one is left. Every survivor, inside or entering, gets
 * GYRE_ERR_PEER_FAILED before the watchdog barks; then all shrink and go on with right results. The
 * plan comes from the printed seed; the moments of death are the scheduler's, too. With the
 * argument "outside" nobody dies inside a call, for some libraries' shared memory does not survive
 * that. */
#include "harp/coll.h"

#include <gyre/coll.h>
#include <gyre/survive.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { TAG = 1, LONGEST_US = 4000, BYTES = 200000, VICTIMS = 2, PATIENCE = 40 };

static coll_group_t group;
static uint64_t plan; /* the same at all */

static bool outside;
static volatile sig_atomic_t due;

static void die_if_due(void)
{
    if (due)
        kill(getpid(), SIGKILL);
}

static void die(int sig)
{
    (void)sig;
    due = 1;
    if (!outside)
        die_if_due();
}

/* This worker's last hour, which no other knows. */
static void arm(bool doomed)
{
    struct itimerval at = {.it_value.tv_usec = 1};
    uint64_t state = check_mix(plan, (uint64_t)check_rank);
    if (!doomed)
        return;
    at.it_value.tv_usec += (suseconds_t)check_below(&state, LONGEST_US);
    alarm(0);
    signal(SIGALRM, die);
    setitimer(ITIMER_REAL, &at, NULL);
}

/* Collectives end at some members before others have begun, but not for ever without one of them:
 * the second in each round makes all wait for all. */
static gyre_status_t meet(void)
{
    return gyre_barrier(group.comm);
}

static bool is_failure(gyre_status_t status)
{
    return status == GYRE_ERR_PEER_FAILED;
}

static void try_until_failure(coll_run_t *run)
{
    gyre_status_t status = GYRE_OK;
    while (run->status == GYRE_OK && status == GYRE_OK) {
        die_if_due();
        coll_start(run);
        coll_finish(run);
        if (run->status == GYRE_OK)
            status = meet();
    }
    CHECK_IS(run->status == GYRE_OK ? status : run->status, GYRE_ERR_PEER_FAILED);
}

/* Once failed, always failed, in every form. */
static void check_failed(void)
{
    int64_t in = 1, out = 2;
    gyre_request_t *req = NULL;
    CHECK_IS(gyre_barrier(group.comm), GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_allreduce(group.comm, &in, &out, 1, GYRE_INT64, GYRE_SUM), GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_ibcast(group.comm, &out, 1, GYRE_INT64, 0, &req), GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_barrier_init(group.comm, &req), GYRE_ERR_PEER_FAILED);
    CHECK(req == NULL);
}

/* The survivors' communicator has slots as any other of the same members. */
static void check_choices(void)
{
    static const size_t sizes[] = {8, 64 << 10};
    gyre_comm_t *copy;
    CHECK_OK(gyre_comm_dup(group.comm, &copy));
    for (int i = 0; i < 2 * GYRE__NEIGHBOR_ALLGATHER; i++) {
        const char *name = gyre__collectives[i / 2]->name;
        gyre_coll_algorithm_t ours, theirs;
        CHECK_OK(gyre_coll_choice(group.comm, name, sizes[i % 2], &ours));
        CHECK_OK(gyre_coll_choice(copy, name, sizes[i % 2], &theirs));
        if (strcmp(ours.name, theirs.name) != 0)
            check_fail(__FILE__, __LINE__, "%s by %s, expected %s", name, ours.name, theirs.name);
    }
    gyre_comm_destroy(copy);
}

static void go_on(int dead)
{
    gyre_comm_t *smaller;
    coll_trial_t trial;
    uint64_t flags = 1;
    int size = group.size;
    CHECK_OK(gyre_comm_shrink(group.comm, &smaller));
    coll_group_close(&group);
    coll_group_make(&group, smaller, check_random(&plan));
    CHECK_EQ(group.size, size - dead);
    check_choices();
    for (int i = 0; i < 6; i++) {
        coll_any(&plan, BYTES, &trial);
        coll_try(&group, &trial);
    }
    CHECK_OK(gyre_comm_agree(group.comm, &flags)); /* nobody dies before all have come here */
}

/* One survives at least. */
static void one_round(void)
{
    int most = group.size - 1 < VICTIMS ? group.size - 1 : VICTIMS;
    int dead = 1 + (int)check_below(&plan, (uint64_t)most);
    int first = (int)check_below(&plan, (uint64_t)group.size);
    int step = 1 + (int)check_below(&plan, (uint64_t)group.size - 1);
    bool doomed = group.rank == first || (dead > 1 && group.rank == (first + step) % group.size);
    char text[COLL_TEXT];
    uint64_t all = 1;
    coll_run_t run;
    coll_trial_t trial;
    coll_group_tune(&group, -1, check_random(&plan));
    coll_any(&plan, BYTES, &trial);
    coll_prepare(&run, &group, &trial);
    run.excuses = is_failure;
    run.between = outside ? die_if_due : NULL;
    coll_describe(&run, text);
    check_step(text, PATIENCE);
    gyre_comm_agree(group.comm, &all); /* all have come here: whoever has its answer may die */
    arm(doomed);
    try_until_failure(&run);
    if (doomed)
        kill(getpid(), SIGKILL);
    check_failed();
    coll_release(&run);
    go_on(dead);
}

/* Connections through UCX and libfabric's shm are made while all live: they abort the survivor when
 * a peer dies while it connects (openucx/ucx pull request 8175; smr_progress_connreq in 1.17). */
static void connect_all(void)
{
    for (int i = 0; i < check_size; i++) {
        gyre_worker_info_t info;
        CHECK_OK(gyre_worker(check_ctx, (uint32_t)i, &info));
        if (outside || strcmp(info.carrier, "ucx") == 0)
            CHECK_OK(gyre_sendrecv(check_world, NULL, 0, i, TAG, NULL, 0, i, TAG, NULL));
    }
}

int main(int argc, char **argv)
{
    int rounds = 0;
    outside = argc > 1 && strcmp(argv[1], "outside") == 0;
    coll_open();
    check_step("open", PATIENCE);
    check_open(GYRE_THREAD_SINGLE);
    if (check_size < 2)
        check_skip("needs two workers");
    plan = check_seed();
    connect_all();
    coll_group_open(&group, check_size, check_random(&plan));
    for (; group.size > 1; rounds++)
        one_round();
    check_step("close", PATIENCE);
    printf("rank %d is left of %d after %d rounds\n", check_rank, check_size, rounds);
    coll_group_close(&group);
    check_close();
    coll_close();
    return 0;
}
