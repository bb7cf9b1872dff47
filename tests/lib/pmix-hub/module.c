/* SPDX-License-Identifier: Apache-2.0 */
/* The up-calls of the PMIx server. They run in PMIx's own thread and never wait for anything but
 * room in the stream to the hub; answers come back through module_reply and module_query. */
#include "agent.h"

#include <stdlib.h>
#include <string.h>

agent_t agent;

/* A modex call-back that waits for the hub. Its address is the frame's tag. */
typedef struct pending {
    pmix_modex_cbfunc_t call;
    void *arg;
} pending_t;

static uint64_t pend(pmix_modex_cbfunc_t call, void *arg)
{
    pending_t *pending = malloc(sizeof(*pending));
    *pending = (pending_t){call, arg};
    return (uint64_t)(uintptr_t)pending;
}

static pmix_status_t connected(const pmix_proc_t *proc, void *object, pmix_info_t info[],
                               size_t count, pmix_op_cbfunc_t call, void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t finalized(const pmix_proc_t *proc, void *object, pmix_op_cbfunc_t call,
                               void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t aborted(const pmix_proc_t *proc, void *object, int status, const char text[],
                             pmix_proc_t procs[], size_t count, pmix_op_cbfunc_t call, void *arg)
{
    agent_send(&(frame_t){.type = FRAME_ABORT, .status = status}, NULL);
    return PMIX_OPERATION_SUCCEEDED;
}

static int local_status(const pmix_info_t info[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (PMIX_CHECK_KEY(&info[i], PMIX_LOCAL_COLLECTIVE_STATUS))
            return info[i].value.data.status;
    return PMIX_SUCCESS;
}

/* data is ours to free. */
static pmix_status_t fence(const pmix_proc_t procs[], size_t nprocs, const pmix_info_t info[],
                           size_t ninfo, char *data, size_t length, pmix_modex_cbfunc_t call,
                           void *arg)
{
    bool all = nprocs == 1 && procs[0].rank == PMIX_RANK_WILDCARD;
    int count = all ? 0 : (int)nprocs;
    size_t head = (size_t)count * sizeof(int32_t);
    int epoch = plan_epoch_of(agent.plan, procs[0].nspace);
    char *bytes = epoch < 0 ? NULL : malloc(head + length + 1);
    if (bytes) {
        for (int i = 0; i < count; i++)
            memcpy(bytes + (size_t)i * sizeof(int32_t), &procs[i].rank, sizeof(int32_t));
        if (length)
            memcpy(bytes + head, data, length);
        agent_send(&(frame_t){.type = FRAME_FENCE,
                              .tag = pend(call, arg),
                              .epoch = epoch,
                              .count = count,
                              .status = local_status(info, ninfo),
                              .length = head + length},
                   bytes);
    }
    free(bytes);
    free(data);
    return bytes ? PMIX_SUCCESS : PMIX_ERR_NOT_FOUND;
}

static pmix_status_t direct_modex(const pmix_proc_t *proc, const pmix_info_t info[], size_t ninfo,
                                  pmix_modex_cbfunc_t call, void *arg)
{
    int epoch = plan_epoch_of(agent.plan, proc->nspace);
    if (epoch < 0)
        return PMIX_ERR_NOT_FOUND;
    agent_send(
        &(frame_t){
            .type = FRAME_ASK, .tag = pend(call, arg), .epoch = epoch, .rank = (int32_t)proc->rank},
        NULL);
    return PMIX_SUCCESS;
}

/* Without these two every registration for events fails at the client. */
static pmix_status_t register_events(pmix_status_t *codes, size_t count, const pmix_info_t info[],
                                     size_t ninfo, pmix_op_cbfunc_t call, void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t deregister_events(pmix_status_t *codes, size_t count, pmix_op_cbfunc_t call,
                                       void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

pmix_server_module_t module = {
    .client_connected2 = connected,
    .client_finalized = finalized,
    .abort = aborted,
    .fence_nb = fence,
    .direct_modex = direct_modex,
    .register_events = register_events,
    .deregister_events = deregister_events,
};

void module_reply(const frame_t *frame, char *bytes)
{
    pending_t *pending = (pending_t *)(uintptr_t)frame->tag;
    pending->call(frame->status, bytes, frame->length, pending->arg, free, bytes);
    free(pending);
}

static void answer(pmix_status_t status, char *data, size_t length, void *arg)
{
    frame_t *frame = arg;
    frame->type = FRAME_ANSWER;
    frame->status = status;
    frame->length = status == PMIX_SUCCESS ? length : 0;
    agent_send(frame, data);
    free(frame);
}

void module_query(const frame_t *frame)
{
    frame_t *copy = malloc(sizeof(*copy));
    pmix_proc_t proc;
    char name[96];
    *copy = *frame;
    plan_nspace(agent.plan, frame->epoch, name, sizeof(name));
    PMIX_LOAD_PROCID(&proc, name, (pmix_rank_t)frame->rank);
    pmix_status_t status = PMIx_server_dmodex_request(&proc, answer, copy);
    if (status != PMIX_SUCCESS)
        answer(status, NULL, 0, copy);
}
