/* SPDX-License-Identifier: Apache-2.0 */
/* A worker stops in the middle of a series of collectives, alive. With GYRE_COLL_TIMEOUT the others
 * give it up, that one and no other, although most of them wait for one who waits for it; told to
 * go on, it learns that it has been. */
#include "lib/check.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 40, STUCK_IN = 20, NUMBERS = 3000 };

static double in[NUMBERS], out[NUMBERS];

static gyre_status_t call(gyre_comm_t *comm, int round)
{
    switch (round % 4) {
    case 0:
        return gyre_barrier(comm);
    case 1:
        return gyre_allreduce(comm, in, out, NUMBERS, GYRE_FLOAT64, GYRE_SUM);
    case 2:
        return gyre_bcast(comm, in, NUMBERS, GYRE_FLOAT64, round % check_size);
    default:
        return gyre_allgather(comm, in, out, NUMBERS / (size_t)check_size, GYRE_FLOAT64);
    }
}

/* The stuck worker's process goes on when the others have given it up. */
static void tell_to_go_on(int64_t process, int victim)
{
    int count = 0, rank = -1;
    gyre_comm_t *living;
    CHECK_OK(gyre_comm_failed(check_world, &rank, 1, &count));
    CHECK_EQ(count, 1);
    CHECK_EQ(rank, victim);
    CHECK_OK(gyre_comm_shrink(check_world, &living));
    CHECK_EQ(gyre_comm_size(living), check_size - 1);
    CHECK_OK(gyre_barrier(living));
    if (gyre_comm_rank(living) == 0)
        CHECK(kill((pid_t)process, SIGCONT) == 0);
    gyre_comm_destroy(living);
}

int main(void)
{
    int64_t process = getpid(), processes[64];
    gyre_status_t status = GYRE_OK;
    setenv("GYRE_COLL_TIMEOUT", "3s", 1);
    check_step("open", 60);
    check_open(GYRE_THREAD_SINGLE);
    uint64_t seed = check_seed();
    int victim = (int)check_below(&seed, (uint64_t)check_size);
    CHECK(check_size > 2 && check_size <= 64);
    CHECK_OK(gyre_allgather(check_world, &process, processes, 1, GYRE_INT64));
    check_step("stuck", 60);
    for (int round = 0; round < ROUNDS && status == GYRE_OK; round++) {
        if (check_rank == victim && round == STUCK_IN)
            raise(SIGSTOP);
        status = call(check_world, round);
    }
    CHECK_IS(status, GYRE_ERR_PEER_FAILED);
    if (check_rank != victim)
        tell_to_go_on(processes[victim], victim);
    check_step("close", 60);
    check_close();
    return 0;
}
