/* SPDX-License-Identifier: Apache-2.0 */
/* Running one step. Those that must wait say so and are tried again. */
#include "harp/execution.h"

#include "base/error.h"
#include "comm/message.h"

#include <limits.h>
#include <string.h>

/* The first byte of a unit, wherever its publisher had to put it. */
static char *unit_data(const gyre__team_t *team, uint32_t member, uint64_t unit)
{
    gyre__line_t *line = gyre__team_line(team, member, unit);
    return line->length <= GYRE__INLINE ? line->data : gyre__team_slot(team, member, unit);
}

static char *resolve(const gyre__execution_t *x, const gyre__ref_t *ref)
{
    switch (ref->space) {
    case GYRE__IN:
        return (char *)(uintptr_t)x->work.in + ref->offset;
    case GYRE__OUT:
        return (char *)x->work.out + ref->offset;
    case GYRE__TMP:
        return x->tmp + ref->offset;
    case GYRE__SLOT:
        return unit_data(x->team, ref->member, x->base_unit + ref->unit) + ref->offset;
    case GYRE__PEER_IN:
        return x->peer_in[ref->member] + ref->offset;
    default:
        return x->peer_out[ref->member] + ref->offset;
    }
}

/* Short ones without a call. */
static inline void copy(char *to, const char *from, uint64_t length)
{
    if (length == 8)
        memcpy(to, from, 8);
    else if (to != from)
        memcpy(to, from, length);
}

static gyre__progressed_t reduce(gyre__execution_t *x, const gyre__step_t *step)
{
    const gyre__kernel_t *kernel = &x->work.kernel;
    kernel->fn(kernel->arg, resolve(x, &step->a), resolve(x, &step->b), resolve(x, &step->out),
               step->length / x->work.element, x->work.type);
    return GYRE__STEP_DONE;
}

/* Collectives of a communicator are told apart by the upper bits; -1 and nearby are others'. */
static int wire_tag(const gyre__execution_t *x, uint32_t tag)
{
    return (int)(INT_MIN + (int64_t)(((uint64_t)(x->tag % 0x7fff) << 16) | (tag & 0xffff)));
}

static gyre__progressed_t message(gyre__execution_t *x, uint32_t index, const gyre__step_t *step)
{
    gyre_comm_t *comm = x->team->comm;
    gyre_request_t *req = &x->messages[x->program->message[index]];
    bool sends = step->kind == GYRE__STEP_SEND;
    uint32_t peer = gyre__comm_world(comm, step->peer);
    int tag = wire_tag(x, step->tag);
    gyre__request_init(req, comm->ctx, comm, sends ? GYRE__REQUEST_SEND : GYRE__REQUEST_RECV);
    req->on_done = gyre__execution_message_done;
    req->owner = x;
    req->number = index;
    x->in_flight++;
    gyre_status_t status =
        sends ? gyre__message_send(req, resolve(x, &step->a), step->length, peer, tag)
              : gyre__message_recv(req, resolve(x, &step->out), step->length, peer, tag);
    if (status == GYRE_OK)
        return GYRE__STEP_ASYNC;
    x->in_flight--;
    x->status = status;
    return GYRE__STEP_FAILED;
}

static gyre__progressed_t reserve(gyre__execution_t *x, const gyre__step_t *step)
{
    gyre__team_t *team = x->team;
    uint64_t unit = x->base_unit + step->unit;
    if (!gyre__team_vacant(team, unit))
        return GYRE__STEP_LATER;
    gyre__team_line(team, (uint32_t)team->places.local_rank, unit)->length = step->length;
    return GYRE__STEP_DONE;
}

static gyre__progressed_t publish(gyre__execution_t *x, const gyre__step_t *step)
{
    gyre__team_t *team = x->team;
    uint32_t me = (uint32_t)team->places.local_rank;
    uint64_t unit = x->base_unit + step->unit;
    if (!gyre__team_vacant(team, unit))
        return GYRE__STEP_LATER;
    team->mine[unit % GYRE__SLOTS].unit = unit + 1;
    team->mine[unit % GYRE__SLOTS].reader = step->peer;
    gyre__line_t *line = gyre__team_line(team, me, unit);
    line->length = step->length;
    if (step->length)
        copy(unit_data(team, me, unit), resolve(x, &step->a), step->length);
    __atomic_store_n(&line->stamp, unit + 1, __ATOMIC_RELEASE);
    gyre__team_signal(team, step->peer);
    return GYRE__STEP_DONE;
}

static inline gyre__progressed_t await(gyre__execution_t *x, const gyre__step_t *step)
{
    uint64_t unit = x->base_unit + step->unit;
    const gyre__line_t *line = gyre__team_line(x->team, (uint32_t)step->peer, unit);
    return __atomic_load_n(&line->stamp, __ATOMIC_ACQUIRE) == unit + 1 ? GYRE__STEP_DONE
                                                                       : GYRE__STEP_LATER;
}

gyre__progressed_t gyre__step_try(gyre__execution_t *x, uint32_t index)
{
    const gyre__step_t *step = &x->program->schedule.steps[index];
    switch (step->kind) {
    case GYRE__STEP_JOIN:
        return GYRE__STEP_DONE;
    case GYRE__STEP_SEND:
    case GYRE__STEP_RECV:
        return message(x, index, step);
    case GYRE__STEP_COPY:
        copy(resolve(x, &step->out), resolve(x, &step->a), step->length);
        return GYRE__STEP_DONE;
    case GYRE__STEP_REDUCE:
        return reduce(x, step);
    case GYRE__STEP_RESERVE:
        return reserve(x, step);
    case GYRE__STEP_PUBLISH:
        return publish(x, step);
    case GYRE__STEP_AWAIT:
        return await(x, step);
    case GYRE__STEP_RELEASE:
        gyre__team_release(x->team, x->base_unit + step->unit);
        return GYRE__STEP_DONE;
    default:
        x->status = gyre__error(GYRE_ERR_NOT_SUPPORTED, "step %d of a schedule", step->kind);
        return GYRE__STEP_FAILED;
    }
}
