/* SPDX-License-Identifier: Apache-2.0 */
/* Running one step. Those that must wait say so and are tried again. */
#include "harp/execution.h"

#include "base/cpu.h"
#include "base/transfer.h"
#include "comm/mem.h"
#include "comm/message.h"

#include <limits.h>
#include <string.h>

enum { AHEAD = 4 }; /* units, beyond what a reader looks at, whose lines are fetched for writing */

char *gyre__step_unit(const gyre__team_t *team, uint32_t member, uint64_t unit)
{
    gyre__tiny_t *tiny = gyre__team_tiny(team, member, unit);
    gyre__line_t *line = gyre__team_line(team, member, unit);
    if (tiny->stamp == unit + 1)
        return tiny->data;
    return line->length <= GYRE__INLINE ? line->data : gyre__team_bytes(team, member, line->offset);
}

static char *resolve(const gyre__execution_t *x, const gyre__ref_t *ref)
{
    switch (ref->space) {
    case GYRE__IN:
        return (char *)(uintptr_t)x->work->in + ref->offset;
    case GYRE__OUT:
        return (char *)x->work->out + ref->offset;
    case GYRE__TMP:
        return x->tmp + ref->offset;
    case GYRE__SLOT:
        return gyre__step_unit(x->team, ref->member, x->base_unit + ref->unit) + ref->offset;
    case GYRE__PEER_IN:
        return x->peers[ref->member].in + ref->offset;
    default:
        return x->peers[ref->member].out + ref->offset;
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

/* Out of a peer's memory that is not mapped here: through the kernel. What it offered may be gone:
 * with its process, or because it has heard of a failure before this member and has its buffers
 * back. Either will be known here soon. */
static gyre__progressed_t read_peer(gyre__execution_t *x, const gyre__step_t *step)
{
    const gyre__reached_t *peer = &x->peers[step->a.member];
    gyre_comm_t *comm = x->team->comm;
    uint32_t worker = gyre__comm_world(comm, x->team->places.local[step->a.member]);
    uint64_t from = step->a.space == GYRE__PEER_IN ? peer->in_address : peer->out_address;
    gyre_status_t status = gyre__mem_read(comm->ctx, worker, resolve(x, &step->out),
                                          from + step->a.offset, step->length);
    if (status == GYRE_ERR_RANGE || status == GYRE_ERR_PEER_FAILED)
        return gyre__execution_gone(x, step->a.member);
    x->status = status;
    return status == GYRE_OK ? GYRE__STEP_DONE : GYRE__STEP_FAILED;
}

static bool is_mapped(const gyre__execution_t *x, const gyre__ref_t *ref)
{
    return ref->space < GYRE__PEER_IN ||
           (ref->space == GYRE__PEER_IN ? x->peers[ref->member].in : x->peers[ref->member].out);
}

/* GYRE__BEYOND_CACHES is of one of two members; others have results in the same caches, too. */
static inline bool is_beyond_caches(const gyre__execution_t *x)
{
    return x->work->out_length * (uint64_t)x->team->places.local_size >= 2 * GYRE__BEYOND_CACHES;
}

static inline void move(gyre__execution_t *x, const gyre__step_t *step, char *to, const char *from)
{
    if (step->out.space == GYRE__SLOT)
        gyre__carry(&x->team->carrier, to, from, step->length);
    else if (step->length < GYRE__CARRIED)
        copy(to, from, step->length);
    else if (to != from && is_beyond_caches(x))
        gyre__transfer_past(to, from, step->length);
    else if (to != from)
        gyre__transfer(to, from, step->length);
}

static inline gyre__progressed_t copy_step(gyre__execution_t *x, const gyre__step_t *step)
{
    if (__builtin_expect(!is_mapped(x, &step->a), 0))
        return read_peer(x, step);
    move(x, step, resolve(x, &step->out), resolve(x, &step->a));
    return GYRE__STEP_DONE;
}

static gyre__progressed_t reduce(gyre__execution_t *x, const gyre__step_t *step)
{
    const gyre__work_t *work = x->work;
    gyre__kernel_run(&work->kernel, resolve(x, &step->a), resolve(x, &step->b),
                     resolve(x, &step->out), step->length / work->element, work->element,
                     work->type);
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
    req->step = index;
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

/* Makes the slot of my unit its own, with room for its bytes; false: that is not free yet. */
static inline bool claim(gyre__execution_t *x, uint64_t unit, uint64_t length, int32_t reader)
{
    gyre__team_t *team = x->team;
    gyre__line_t *line = gyre__team_line(team, (uint32_t)team->places.local_rank, unit);
    gyre__mine_t *mine = &team->mine[unit % GYRE__SLOTS];
    if (!gyre__team_vacant(team, unit))
        return false;
    if (length <= GYRE__INLINE)
        mine->start = GYRE__NOWHERE;
    else if (!gyre__team_take(team, unit, (uint32_t)length, x->program->schedule.swaps,
                              &line->offset))
        return false;
    mine->unit = unit + 1;
    mine->reader = reader;
    return true;
}

static gyre__progressed_t reserve(gyre__execution_t *x, const gyre__step_t *step)
{
    gyre__team_t *team = x->team;
    uint64_t unit = x->base_unit + step->unit;
    if (!claim(x, unit, step->length, GYRE__ALL))
        return GYRE__STEP_LATER;
    gyre__team_line(team, (uint32_t)team->places.local_rank, unit)->length = (uint32_t)step->length;
    return GYRE__STEP_DONE;
}

static inline void write_tiny(const gyre__team_t *team, uint32_t me, uint64_t unit,
                              const void *data, uint64_t length)
{
    gyre__tiny_t *tiny = gyre__team_tiny(team, me, unit);
    if (length)
        copy(tiny->data, data, length);
    __atomic_store_n(&tiny->stamp, unit + 1, __ATOMIC_RELEASE);
    gyre__cpu_fetch_to_write(gyre__team_tiny(team, me, unit + AHEAD));
}

static inline void fill_line(gyre__team_t *team, gyre__line_t *line, const void *data,
                             uint64_t length)
{
    uint32_t me = (uint32_t)team->places.local_rank;
    line->length = (uint32_t)length;
    if (length > GYRE__INLINE)
        gyre__carry(&team->carrier, gyre__team_bytes(team, me, line->offset), data, length);
    else if (length)
        copy(line->data, data, length);
}

static inline void stamp_line(const gyre__team_t *team, uint64_t unit, uint64_t length)
{
    uint32_t me = (uint32_t)team->places.local_rank;
    __atomic_store_n(&gyre__team_line(team, me, unit)->stamp, unit + 1, __ATOMIC_RELEASE);
    const gyre__line_t *next = gyre__team_line(team, me, unit + AHEAD);
    gyre__cpu_fetch_to_write(next);
    if (length <= GYRE__INLINE)
        for (uint64_t at = 64 - offsetof(gyre__line_t, data); at < length; at += 64)
            gyre__cpu_fetch_to_write(next->data + at);
}

bool gyre__step_publish(gyre__execution_t *x, uint64_t unit, const void *data, uint64_t length,
                        int32_t reader)
{
    gyre__team_t *team = x->team;
    uint32_t me = (uint32_t)team->places.local_rank;
    if (!claim(x, unit, length, reader))
        return false;
    if (length <= GYRE__TINY) {
        write_tiny(team, me, unit, data, length);
    } else {
        fill_line(team, gyre__team_line(team, me, unit), data, length);
        stamp_line(team, unit, length);
    }
    gyre__team_signal(team, reader);
    return true;
}

/* Its bytes have been written where RESERVE made room for them. */
static inline bool is_in_place(const gyre__team_t *team, const gyre__step_t *step)
{
    return step->a.space == GYRE__SLOT && step->a.unit == step->unit &&
           step->a.member == (uint32_t)team->places.local_rank;
}

static inline gyre__progressed_t publish(gyre__execution_t *x, const gyre__step_t *step)
{
    gyre__team_t *team = x->team;
    uint64_t unit = x->base_unit + step->unit;
    if (is_in_place(team, step)) {
        team->mine[unit % GYRE__SLOTS].reader = step->peer;
        stamp_line(team, unit, step->length);
        gyre__team_signal(team, step->peer);
        return GYRE__STEP_DONE;
    }
    const void *data = step->length ? resolve(x, &step->a) : NULL;
    return gyre__step_publish(x, unit, data, step->length, step->peer) ? GYRE__STEP_DONE
                                                                       : GYRE__STEP_LATER;
}

static inline gyre__progressed_t await(gyre__execution_t *x, const gyre__step_t *step)
{
    return gyre__team_published(x->team, (uint32_t)step->peer, x->base_unit + step->unit)
               ? GYRE__STEP_DONE
               : GYRE__STEP_LATER;
}

/* Of two that nothing orders the lower may come last, and takes nothing back. */
static inline gyre__progressed_t release(gyre__team_t *team, uint64_t below)
{
    if (gyre__team_page(team, (uint32_t)team->places.local_rank)->released < below)
        gyre__team_release(team, below);
    return GYRE__STEP_DONE;
}

static inline __attribute__((always_inline)) gyre__progressed_t try_step(gyre__execution_t *x,
                                                                         uint32_t index)
{
    const gyre__step_t *step = &x->program->schedule.steps[index];
    switch (step->kind) {
    case GYRE__STEP_JOIN:
        return GYRE__STEP_DONE;
    case GYRE__STEP_SEND:
    case GYRE__STEP_RECV:
        return message(x, index, step);
    case GYRE__STEP_COPY:
        return copy_step(x, step);
    case GYRE__STEP_REDUCE:
        return reduce(x, step);
    case GYRE__STEP_RESERVE:
        return reserve(x, step);
    case GYRE__STEP_PUBLISH:
        return publish(x, step);
    case GYRE__STEP_AWAIT:
        return await(x, step);
    case GYRE__STEP_RELEASE:
        return release(x->team, x->base_unit + step->unit);
    case GYRE__STEP_OFFER:
        return gyre__offer_make(x, step);
    default:
        return gyre__offer_accept(x, step);
    }
}

gyre__progressed_t gyre__step_try(gyre__execution_t *x, uint32_t index)
{
    return try_step(x, index);
}

uint32_t gyre__steps_run(gyre__execution_t *x, uint32_t first, int polls)
{
    uint32_t count = x->program->schedule.count;
    while (first < count && polls > 0) {
        if (try_step(x, first) == GYRE__STEP_DONE)
            first++;
        else
            polls--;
    }
    return first;
}
