/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for a communicator: each member tells the others what it has, makes the plan, and tells
 * what it came to. A plan that differs, because graphs do, would leave members waiting for each
 * other. */
#include "base/error.h"
#include "comm/comm.h"
#include "comm/context.h"
#include "dataflow/conf.h"
#include "dataflow/disks.h"
#include "dataflow/memory.h"
#include "tasks/conf.h"
#include "tasks/plan.h"
#include "tasks/racks.h"

#include <sched.h>
#include <stdlib.h>

/* What a member says: first what it has, where 0 is what cannot be known or is without bound; then
 * what it came to. */
typedef struct message {
    int64_t status;
    double cpus;
    uint64_t memory, disk;
    uint64_t digest;
} message_t;

static gyre_status_t exchange(gyre_comm_t *comm, const message_t *own, message_t *all)
{
    gyre__enter(comm->ctx);
    gyre_status_t status = gyre__comm_allgather(comm, own, sizeof(*own), all);
    gyre__leave(comm->ctx);
    return status;
}

/* --- What members have --- */

static double processors(void)
{
    cpu_set_t cpus;
    return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 0;
}

static message_t offer_of(const gyre_comm_t *comm, gyre__racks_t *racks)
{
    gyre_worker_info_t own;
    gyre_status_t status = gyre__dataflow_conf_open();
    if (status == GYRE_OK)
        status = gyre__tasks_conf_open();
    if (status == GYRE_OK)
        status = gyre__racks_read(gyre__tasks_conf.racks, racks);
    if (status == GYRE_OK)
        status = gyre_worker(comm->ctx, comm->ctx->rank, &own);
    if (status != GYRE_OK)
        return (message_t){.status = status};
    gyre__memory_open(gyre__dataflow_conf.memory, own.local_count);
    size_t memory = gyre__memory_limit();
    return (message_t){.cpus = processors(),
                       .memory = memory < SIZE_MAX ? memory : 0,
                       .disk = gyre__disks_room() / own.local_count};
}

static gyre_status_t failed(int64_t status, int rank)
{
    return gyre__error((gyre_status_t)status, "rank %d could not make the plan: %s", rank,
                       gyre_status_string((gyre_status_t)status));
}

/* The same at all members, but for the text where it is a member's own. */
static gyre_status_t gather(gyre_comm_t *comm, const message_t *own, const gyre__racks_t *racks,
                            message_t *offers, gyre_plan_worker_t *has)
{
    gyre_status_t status = exchange(comm, own, offers);
    if (status == GYRE_OK)
        status = (gyre_status_t)own->status;
    for (int i = 0; status == GYRE_OK && i < comm->size; i++) {
        gyre_worker_info_t worker;
        if (offers[i].status != GYRE_OK)
            return failed(offers[i].status, i);
        status = gyre_worker(comm->ctx, gyre__comm_world(comm, i), &worker);
        if (status == GYRE_OK)
            has[i] = (gyre_plan_worker_t){.host = worker.host,
                                          .rack = gyre__racks_find(racks, worker.host),
                                          .cpus = offers[i].cpus,
                                          .memory = offers[i].memory,
                                          .disk = offers[i].disk};
    }
    return status;
}

/* --- What they came to --- */

static uint64_t mix(uint64_t digest, uint64_t value)
{
    digest = (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return digest ^ (digest >> 32);
}

static uint64_t mix_text(uint64_t digest, const char *text)
{
    for (; *text; text++)
        digest = mix(digest, (unsigned char)*text);
    return mix(digest, 0);
}

static uint64_t digest_of(const gyre_plan_t *plan)
{
    uint64_t digest = plan->task_count;
    for (size_t i = 0; i < plan->task_count; i++) {
        const gyre__planned_t *task = &plan->tasks[i];
        digest = mix_text(mix_text(digest, task->graph), task->task);
        for (int k = 0; k < task->parallelism; k++)
            digest = mix(digest, (uint64_t)task->workers[k]);
    }
    return digest;
}

static gyre_status_t compare(gyre_comm_t *comm, const message_t *own, message_t *results)
{
    gyre_status_t status = exchange(comm, own, results);
    if (status == GYRE_OK)
        status = (gyre_status_t)own->status;
    for (int i = 0; status == GYRE_OK && i < comm->size; i++)
        if (results[i].status != GYRE_OK)
            status = failed(results[i].status, i);
        else if (results[i].digest != own->digest)
            status = gyre__error(GYRE_ERR_ARG, "rank %d comes to another plan", i);
    return status;
}

static gyre_status_t make(const gyre_comm_t *comm, const gyre_graph_t *const *graphs, size_t count,
                          const gyre_plan_opts_t *opts, const gyre_plan_worker_t *has,
                          gyre_plan_t **plan)
{
    gyre_plan_opts_t all = {.size = sizeof(all)};
    if (opts && opts->size != sizeof(all))
        return gyre__error(GYRE_ERR_ARG, "options of %zu bytes, expected %zu", opts->size,
                           sizeof(all));
    if (opts)
        all = *opts;
    all.workers = comm->size;
    all.has = has;
    if (all.placement == GYRE_PLACEMENT_DEFAULT)
        all.placement = (gyre_placement_t)gyre__tasks_conf.placement;
    return gyre_plan_create(graphs, count, &all, plan);
}

/* The parts of making it in which all take part, whatever becomes of their own. */
static gyre_status_t agree(gyre_comm_t *comm, const gyre_graph_t *const *graphs, size_t count,
                           const gyre_plan_opts_t *opts, message_t *replies,
                           gyre_plan_worker_t *has, gyre_plan_t **plan)
{
    gyre__racks_t racks = {0};
    message_t own = offer_of(comm, &racks);
    gyre_status_t status = gather(comm, &own, &racks, replies, has);
    if (status == GYRE_OK) {
        message_t result = {.status = make(comm, graphs, count, opts, has, plan)};
        if (result.status == GYRE_OK)
            result.digest = digest_of(*plan);
        status = compare(comm, &result, replies);
    }
    gyre__racks_cleanup(&racks);
    return status;
}

gyre_status_t gyre_plan_create_for(gyre_comm_t *comm, const gyre_graph_t *const *graphs,
                                   size_t count, const gyre_plan_opts_t *opts, gyre_plan_t **plan)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre_plan_t *made = NULL;
    message_t *replies = calloc((size_t)comm->size, sizeof(*replies));
    gyre_plan_worker_t *has = calloc((size_t)comm->size, sizeof(*has));
    if (!replies || !has)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory to ask %d workers", comm->size);
    if (status == GYRE_OK)
        status = agree(comm, graphs, count, opts, replies, has, plan ? &made : NULL);
    free(replies);
    free(has);
    if (status != GYRE_OK)
        gyre_plan_destroy(made);
    else
        *plan = made;
    return status;
}
