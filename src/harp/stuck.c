/* SPDX-License-Identifier: Apache-2.0 */
/* Members that keep a collective waiting for longer than GYRE_COLL_TIMEOUT, and do not answer when
 * they are asked, are given up: to all others they have failed. Only the user knows how long his
 * workers may compute between two collectives, so there is no such time unless he sets one. */
#include "harp/execution.h"

#include "base/clock.h"
#include "base/log.h"
#include "comm/control.h"
#include "harp/conf.h"

/* What to do about a member that is waited for. */
typedef void (*suspect_fn)(gyre__execution_t *x, int rank);

static void ask(gyre__execution_t *x, int rank)
{
    gyre_comm_t *comm = x->team->comm;
    gyre__control_send(comm->ctx, gyre__comm_world(comm, rank), GYRE__CONTROL_PING, 0, NULL, 0);
}

static void give_up(gyre__execution_t *x, int rank)
{
    gyre_comm_t *comm = x->team->comm;
    gyre__peer_t *peer;
    uint32_t worker = gyre__comm_world(comm, rank);
    if (gyre__peer_get(comm->ctx, worker, &peer) != GYRE_OK || peer->answered > x->since)
        return;
    gyre__log(GYRE__LOG_ERROR,
              "%s: rank %d of the communicator is given up: nothing came of it within "
              "GYRE_COLL_TIMEOUT",
              x->whole->name, rank);
    gyre__peer_failed(comm->ctx, worker);
}

static bool waits(const gyre__execution_t *x, uint32_t index)
{
    const gyre__program_t *p = x->program;
    const gyre__step_t *step = &p->schedule.steps[index];
    if (step->kind == GYRE__STEP_SEND || step->kind == GYRE__STEP_RECV)
        return x->messages[p->message[index]].state == GYRE__REQUEST_ACTIVE;
    if (p->serial)
        return index == p->schedule.count - x->left;
    for (uint32_t i = 0; i < x->polled_count; i++)
        if (x->polled[i] == index)
            return true;
    return false;
}

static void suspect(gyre__execution_t *x, const gyre__step_t *step, suspect_fn fn)
{
    const gyre__places_t *places = &x->team->places;
    uint64_t unit = x->base_unit + step->unit;
    if (step->kind == GYRE__STEP_SEND || step->kind == GYRE__STEP_RECV)
        fn(x, step->peer);
    else if (step->kind == GYRE__STEP_AWAIT)
        fn(x, places->local[step->peer]);
    else /* for room, in slots or in the ring, or for offers: whoever may be behind */
        for (int i = 0; i < places->local_size && x->status == GYRE_OK; i++)
            if (i != places->local_rank &&
                (step->kind == GYRE__STEP_ACCEPT
                     ? !gyre__team_published(x->team, (uint32_t)i, unit)
                     : gyre__team_page(x->team, (uint32_t)i)->released + GYRE__SLOTS_SURE <= unit))
                fn(x, places->local[i]);
}

static void suspect_all(gyre__execution_t *x, suspect_fn fn)
{
    for (uint32_t i = 0; i < x->program->schedule.count && x->status == GYRE_OK; i++)
        if (waits(x, i))
            suspect(x, &x->program->schedule.steps[i], fn);
}

/* Half of the time is for the members to come, half for those who have not to answer: one that
 * waits for another itself does. */
void gyre__execution_look_at_clock(gyre__execution_t *x, bool moved)
{
    uint64_t now = gyre__clock_ns(), patience = gyre__harp_conf.timeout;
    if (moved || x->since == 0) {
        x->since = now;
        x->asked = false;
    }
    if (!x->asked && now - x->since >= patience / 2) {
        x->asked = true;
        suspect_all(x, ask);
    }
    if (now - x->since < patience)
        return;
    suspect_all(x, give_up);
    x->since = now;
    x->asked = false;
}
