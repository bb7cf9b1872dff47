/* SPDX-License-Identifier: Apache-2.0 */
/* The wire closes while collectives of large blocks are under way, under pmix-hub: TEST_EPOCHS
 * names the epochs. What has not ended by then is canceled, or its peer, which left first, has
 * failed; the buffers are the caller's again; what has ended is right, and the next epoch works. */
#include "harp/coll.h"

#include <gyre/coll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 3, PER_GROUP = 3, LARGE = 200000, STEPS = 60, PATIENCE = 100 };
enum { RUNS = GROUPS * PER_GROUP };

static coll_group_t groups[GROUPS];
static coll_run_t runs[RUNS]; /* by group */
static int ended, canceled;

static bool is_end(gyre_status_t status)
{
    return status == GYRE_ERR_CANCELED || status == GYRE_ERR_PEER_FAILED;
}

static void open_groups(uint64_t *plan)
{
    for (int i = 0; i < GROUPS; i++) {
        int size = i ? 1 + (int)check_below(plan, (uint64_t)check_size) : check_size;
        coll_group_open(&groups[i], size, check_random(plan));
        coll_group_tune(&groups[i], -1, check_random(plan));
    }
}

/* All have their groups before anybody leaves; who leaves first has failed for the others. */
static void meet(void)
{
    gyre_status_t status = gyre_barrier(groups[0].comm);
    CHECK(status == GYRE_OK || status == GYRE_ERR_PEER_FAILED);
}

static void get_under_way(uint64_t *plan)
{
    coll_trial_t trial;
    open_groups(plan);
    meet();
    for (int i = 0; i < RUNS; i++) {
        const coll_group_t *group = &groups[i / PER_GROUP];
        coll_any_large(plan, group->size, &trial);
        if (trial.form == COLL_BLOCKING)
            trial.form = COLL_STARTED;
        coll_prepare(&runs[i], group, &trial);
        runs[i].excuses = is_end;
        coll_start(&runs[i]);
    }
    uint64_t own = check_mix(*plan, (uint64_t)check_rank);
    for (uint64_t steps = check_below(&own, STEPS); steps; steps--)
        gyre_progress(check_ctx);
}

static void end_all(void)
{
    for (int i = 0; i < RUNS; i++) {
        coll_finish(&runs[i]);
        ended += runs[i].status == GYRE_OK;
        canceled += runs[i].status != GYRE_OK;
        coll_mark(&runs[i]);
    }
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

static void work(uint64_t *plan)
{
    coll_group_t group;
    coll_trial_t trial;
    coll_group_open(&group, check_size, check_random(plan));
    for (int i = 0; i < 3; i++) {
        coll_any_large(plan, group.size, &trial);
        coll_try(&group, &trial);
    }
    coll_group_close(&group);
}

/* Nobody waits for these: gyre_finalize has them. */
static void leave(void)
{
    size_t length = (size_t)check_size * LARGE;
    char *in = calloc(2, length), *out = calloc(2, length);
    gyre_request_t *reqs[4];
    CHECK(in && out);
    CHECK_OK(gyre_ibcast(check_world, in, LARGE, GYRE_BYTE, check_size - 1, &reqs[0]));
    CHECK_OK(gyre_iallgather(check_world, GYRE_IN_PLACE, out, LARGE, GYRE_BYTE, &reqs[1]));
    CHECK_OK(gyre_ialltoall(check_world, in + length, out + length, LARGE, GYRE_BYTE, &reqs[2]));
    CHECK_OK(gyre_ireduce(check_world, in + length, in + LARGE, LARGE, GYRE_UINT8, GYRE_MAX, 0,
                          &reqs[3]));
    check_step("close", PATIENCE);
    check_close();
    free(in);
    free(out);
}

int main(void)
{
    char *copy = strdup(getenv("TEST_EPOCHS") ? getenv("TEST_EPOCHS") : ""), *list = copy;
    int epoch, rank, size;
    uint64_t plan;
    if (!*list)
        check_skip("TEST_EPOCHS is not set: needs pmix-hub");
    coll_open();
    for (bool first = true; check_next_epoch(&list, PATIENCE, &epoch, &rank, &size);
         first = false) {
        plan = check_seed();
        if (!first)
            end_all();
        work(&plan);
        if (!first)
            release_all();
        get_under_way(&plan);
    }
    end_all();
    release_all();
    leave();
    printf("rank %d: %d collectives ended, %d canceled\n", rank, ended, canceled);
    coll_close();
    free(copy);
    return 0;
}
