/* SPDX-License-Identifier: Apache-2.0 */
/* A communicator is revoked at a random moment while large collectives run on it and on others, by
 * one member or several. There every member gets its result or GYRE_ERR_REVOKED before the watchdog
 * barks, and its buffers back; on the others nothing is noticed; and all shrink and go on with
 * right results. */
#include "harp/coll.h"

#include <gyre/coll.h>
#include <gyre/survive.h>
#include <stdio.h>
#include <string.h>

enum { GROUPS = 3, PER_GROUP = 4, ROUNDS = 12, STEPS = 200, PATIENCE = 100 };
enum { RUNS = GROUPS * PER_GROUP };

static coll_group_t groups[GROUPS]; /* the first is revoked */
static coll_run_t runs[RUNS];       /* by group */
static int ended, revoked;

static bool is_revoked(gyre_status_t status)
{
    return status == GYRE_ERR_REVOKED;
}

/* Neighbourhood collectives run on a communicator of their own. */
static bool on_revoked(int run)
{
    return run < PER_GROUP && !coll_has_neighbors(runs[run].trial.coll);
}

static void open_groups(uint64_t *plan)
{
    for (int i = 0; i < GROUPS; i++) {
        int size = i == 1 ? check_size : 1 + (int)check_below(plan, (uint64_t)check_size);
        coll_group_open(&groups[i], size, check_random(plan));
        coll_group_tune(&groups[i], -1, check_random(plan));
    }
}

static void prepare(uint64_t *plan)
{
    coll_trial_t trial;
    for (int i = 0; i < RUNS; i++) {
        const coll_group_t *group = &groups[i / PER_GROUP];
        coll_any_large(plan, group->size, &trial);
        if (trial.form == COLL_BLOCKING)
            trial.form = COLL_STARTED;
        coll_prepare(&runs[i], group, &trial);
        runs[i].excuses = on_revoked(i) ? is_revoked : NULL;
    }
}

static void start_all(void)
{
    for (int i = 0; i < RUNS; i++)
        coll_start(&runs[i / GROUPS + i % GROUPS * PER_GROUP]);
}

/* By one member or about a third of them, each at its own moment. */
static void revoke(uint64_t plan)
{
    uint64_t own = check_mix(plan, (uint64_t)check_rank);
    const coll_group_t *group = &groups[0];
    int one = (int)(plan / 2 % (uint64_t)group->size);
    if (group->rank != one && (plan % 2 || own % 3))
        return;
    for (uint64_t steps = check_below(&own, STEPS); steps; steps--)
        gyre_progress(check_ctx);
    CHECK_OK(gyre_comm_revoke(group->comm));
}

static void end_all(void)
{
    for (int i = 0; i < RUNS; i++) {
        coll_run_t *run = &runs[i];
        coll_finish(run);
        ended += run->status == GYRE_OK;
        revoked += run->status != GYRE_OK;
        coll_mark(run);
    }
}

/* Once revoked, always revoked, in every form. */
static void check_revoked(void)
{
    int64_t in = 1, out = 2;
    gyre_comm_t *comm = groups[0].comm;
    gyre_request_t *req = NULL;
    CHECK_IS(gyre_allreduce(comm, &in, &out, 1, GYRE_INT64, GYRE_SUM), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_ibcast(comm, &out, 1, GYRE_INT64, 0, &req), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_barrier_init(comm, &req), GYRE_ERR_REVOKED);
    CHECK(req == NULL);
}

static void go_on(uint64_t *plan)
{
    coll_group_t group;
    gyre_comm_t *comm;
    coll_trial_t trial;
    CHECK_OK(gyre_comm_shrink(groups[0].comm, &comm));
    CHECK_EQ(gyre_comm_size(comm), groups[0].size);
    coll_group_make(&group, comm, check_random(plan));
    coll_group_tune(&group, -1, check_random(plan));
    for (int i = 0; i < 3; i++) {
        coll_any_large(plan, group.size, &trial);
        coll_try(&group, &trial);
    }
    coll_group_close(&group);
}

static void release_all(void)
{
    for (int i = 0; i < RUNS; i++) {
        coll_check_mark(&runs[i]);
        coll_release(&runs[i]);
    }
    for (int i = 0; i < GROUPS; i++)
        coll_group_close(&groups[i]);
}

static void running(void)
{
    uint64_t plan = check_seed();
    for (int round = 0; round < ROUNDS; round++) {
        char text[32];
        snprintf(text, sizeof(text), "round %d", round);
        check_step(text, PATIENCE);
        open_groups(&plan);
        prepare(&plan);
        check_barrier();
        start_all();
        revoke(check_random(&plan));
        end_all();
        check_revoked();
        go_on(&plan);
        release_all();
    }
    printf("rank %d: %d collectives ended, %d revoked\n", check_rank, ended, revoked);
}

static const check_case_t cases[] = {{"running", running}};

int main(int argc, char **argv)
{
    coll_open();
    int status = check_main(argc, argv, cases, 1, GYRE_THREAD_SINGLE, PATIENCE);
    coll_close();
    return status;
}
