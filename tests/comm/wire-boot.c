/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a worker knows of its job, one line per worker, for the scripts to check:
 * "worker RANK/SIZE local L/C node N/M host HOST net PROVIDER", after proving that all workers
 * see the same table and that every one can be reached. */
#include "lib/check.h"

#include <stdio.h>
#include <string.h>

static uint64_t hash_text(const char *text, uint64_t hash)
{
    while (*text)
        hash = check_mix(hash, (unsigned char)*text++);
    return hash;
}

/* Nodes are numbered by their lowest rank, local ranks count up within each. */
static uint64_t check_table(void)
{
    uint32_t nodes = gyre_node_count(check_ctx), seen = 0;
    uint64_t hash = 1;
    gyre_worker_info_t info, other;
    for (uint32_t rank = 0; rank < gyre_worker_count(check_ctx); rank++) {
        uint32_t before = 0, all = 0;
        CHECK_OK(gyre_worker(check_ctx, rank, &info));
        CHECK_EQ(info.rank, rank);
        CHECK(info.node <= seen && info.node < nodes);
        seen += info.node == seen;
        for (uint32_t i = 0; i < gyre_worker_count(check_ctx); i++) {
            CHECK_OK(gyre_worker(check_ctx, i, &other));
            CHECK_EQ(other.node == info.node, !strcmp(other.host, info.host));
            before += other.node == info.node && i < rank;
            all += other.node == info.node;
        }
        CHECK_EQ(info.local_rank, before);
        CHECK_EQ(info.local_count, all);
        hash = hash_text(info.host, check_mix(hash, info.node));
    }
    CHECK_EQ(seen, nodes);
    CHECK_IS(gyre_worker(check_ctx, gyre_worker_count(check_ctx), &info), GYRE_ERR_RANK);
    CHECK_IS(gyre_worker(check_ctx, 0, NULL), GYRE_ERR_ARG);
    return hash;
}

static void check_context(void)
{
    gyre_context_t *second;
    CHECK_IS(gyre_init(NULL, &second), GYRE_ERR_STATE);
    CHECK_IS(gyre_init(NULL, NULL), GYRE_ERR_ARG);
    CHECK_EQ(gyre_epoch(check_ctx), 0);
    CHECK_EQ(gyre_worker_rank(check_ctx), check_rank);
    CHECK_EQ(gyre_worker_count(check_ctx), check_size);
    CHECK_EQ(gyre_comm_size(gyre_comm_self(check_ctx)), 1);
    CHECK(gyre_comm_context(check_world) == check_ctx);
    gyre_progress(check_ctx);
}

int main(void)
{
    gyre_worker_info_t me;
    check_step("boot", 60);
    check_open(GYRE_THREAD_SINGLE);
    check_context();
    uint64_t hash = check_table();
    CHECK(check_share(hash) == hash);
    check_barrier();
    CHECK_OK(gyre_worker(check_ctx, (uint32_t)check_rank, &me));
    printf("worker %d/%d local %u/%u node %u/%u host %s net %s\n", check_rank, check_size,
           me.local_rank, me.local_count, me.node, gyre_node_count(check_ctx), me.host,
           gyre_net_name(check_ctx));
    fflush(stdout);
    check_close();
    return 0;
}
