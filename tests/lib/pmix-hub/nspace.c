/* SPDX-License-Identifier: Apache-2.0 */
/* Registers one PMIx namespace per epoch, all of them before the first worker starts, so that a
 * live worker may finalize PMIx and come back in a later one. From the node and process maps the
 * library derives everything else that clients ask for. */
#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void waiter_init(waiter_t *waiter)
{
    sem_init(&waiter->done, 0, 0);
    waiter->status = PMIX_SUCCESS;
}

void waiter_done(pmix_status_t status, void *arg)
{
    waiter_t *waiter = arg;
    waiter->status = status;
    sem_post(&waiter->done);
}

pmix_status_t waiter_wait(pmix_status_t started, waiter_t *waiter)
{
    if (started == PMIX_SUCCESS) {
        while (sem_wait(&waiter->done))
            continue;
        started = waiter->status;
    }
    sem_destroy(&waiter->done);
    return started == PMIX_OPERATION_SUCCEEDED ? PMIX_SUCCESS : started;
}

static char *node_map(const plan_t *plan)
{
    char *names = NULL, *regex = NULL;
    size_t size;
    FILE *out = open_memstream(&names, &size);
    for (int node = 0; node < plan->nodes; node++)
        fprintf(out, "%snode%d", node ? "," : "", node);
    fclose(out);
    PMIx_generate_regex(names, &regex);
    free(names);
    return regex;
}

static char *rank_map(const plan_t *plan, int epoch)
{
    char *ranks = NULL, *regex = NULL;
    size_t size;
    FILE *out = open_memstream(&ranks, &size);
    for (int node = 0; node < plan->nodes; node++)
        for (int slot = 0; slot < plan->per_node[epoch]; slot++)
            fprintf(out, "%s%d", slot ? "," : node ? ";" : "", plan_rank(plan, epoch, node, slot));
    fclose(out);
    PMIx_generate_ppn(ranks, &regex);
    free(ranks);
    return regex;
}

static void describe(const plan_t *plan, int epoch, const char *name, pmix_info_t info[8])
{
    uint32_t workers = (uint32_t)(plan->nodes * plan->per_node[epoch]);
    uint32_t nodes = (uint32_t)plan->nodes, apps = 1;
    char *node_regex = node_map(plan), *rank_regex = rank_map(plan, epoch);
    PMIX_INFO_LOAD(&info[0], PMIX_NODE_MAP, node_regex, PMIX_REGEX);
    PMIX_INFO_LOAD(&info[1], PMIX_PROC_MAP, rank_regex, PMIX_REGEX);
    PMIX_INFO_LOAD(&info[2], PMIX_JOB_SIZE, &workers, PMIX_UINT32);
    PMIX_INFO_LOAD(&info[3], PMIX_UNIV_SIZE, &workers, PMIX_UINT32);
    PMIX_INFO_LOAD(&info[4], PMIX_MAX_PROCS, &workers, PMIX_UINT32);
    PMIX_INFO_LOAD(&info[5], PMIX_NUM_NODES, &nodes, PMIX_UINT32);
    PMIX_INFO_LOAD(&info[6], PMIX_JOB_NUM_APPS, &apps, PMIX_UINT32);
    PMIX_INFO_LOAD(&info[7], PMIX_JOBID, name, PMIX_STRING);
    free(node_regex);
    free(rank_regex);
}

static void register_ranks(int epoch, const char *name)
{
    for (int slot = 0; slot < agent.plan->per_node[epoch]; slot++) {
        pmix_proc_t proc;
        waiter_t waiter;
        waiter_init(&waiter);
        PMIX_LOAD_PROCID(&proc, name, (pmix_rank_t)plan_rank(agent.plan, epoch, agent.node, slot));
        pmix_status_t status = waiter_wait(
            PMIx_server_register_client(&proc, getuid(), getgid(), NULL, waiter_done, &waiter),
            &waiter);
        if (status != PMIX_SUCCESS)
            die("rank %u of %s: %s", proc.rank, name, PMIx_Error_string(status));
    }
}

static void register_one(int epoch)
{
    char name[96];
    pmix_nspace_t nspace;
    pmix_info_t *info;
    waiter_t waiter;
    waiter_init(&waiter);
    plan_nspace(agent.plan, epoch, name, sizeof(name));
    PMIX_LOAD_NSPACE(nspace, name);
    PMIX_INFO_CREATE(info, 8);
    describe(agent.plan, epoch, name, info);
    pmix_status_t status =
        waiter_wait(PMIx_server_register_nspace(nspace, agent.plan->per_node[epoch], info, 8,
                                                waiter_done, &waiter),
                    &waiter);
    PMIX_INFO_FREE(info, 8);
    if (status != PMIX_SUCCESS)
        die("namespace %s: %s", name, PMIx_Error_string(status));
    register_ranks(epoch, name);
}

void nspace_register_all(void)
{
    for (int epoch = 0; epoch < agent.plan->epochs; epoch++)
        register_one(epoch);
}

void nspace_deregister_all(void)
{
    for (int epoch = 0; epoch < agent.plan->epochs; epoch++) {
        char name[96];
        pmix_nspace_t nspace;
        waiter_t waiter;
        waiter_init(&waiter);
        plan_nspace(agent.plan, epoch, name, sizeof(name));
        PMIX_LOAD_NSPACE(nspace, name);
        PMIx_server_deregister_nspace(nspace, waiter_done, &waiter);
        waiter_wait(PMIX_SUCCESS, &waiter);
    }
}
