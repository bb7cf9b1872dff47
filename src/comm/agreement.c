/* SPDX-License-Identifier: Apache-2.0 */
/* The agreement: Lamport's synod ("The part-time parliament", 1998) with the living as its only
 * quorum, along a tree as in Herault et al., "Practical scalable consensus for pseudo-synchronous
 * distributed systems", SC 2015. A ballot is the rank of its leader, the lowest member that is not
 * known to be dead; the tree hangs from it (overlay.c).
 *
 *   PROMISE goes up: my subtree takes part in this ballot and in none below; here are our parts
 *       put together, and before them (PRIOR) the proposal of the highest ballot that I know.
 *   PROPOSE comes down, when all have promised: the PRIOR of the highest ballot, else what the
 *       parts come to. ACCEPT goes up: all of my subtree holds it.
 *   DECIDED comes down, when all have accepted. It carries nothing: see below. It also answers
 *       all that comes from one that does not know.
 *
 * Failures are news that comes before a message which rests on them (gyre__failure_tell), so that
 * sender and receiver see the same tree. When one dies, each member looks at the tree again and
 * repeats what its new parent or child has not had; parts are put together by and, or and minimum,
 * so that repeating does no harm.
 *
 * Why all decide alike, the dead included: v was decided in ballot b, so every member that lived
 * then had accepted (b, v). A leader of a later ballot has the promise of all that are left, those
 * had accepted (b, v) before they promised, and between b and now only v was proposed, by
 * induction; so the highest PRIOR is v. For the same reason a living member that hears that there
 * is a decision, from anyone, decides what it has accepted last: and so a member may destroy the
 * communicator as soon as it has returned, for "no such communicator" says the same. Why it ends:
 * members die only so often, then one leader stays, and whoever waits is connected to whom it
 * waits for. It rests on dead members never coming back: what still comes of them is dropped. */
#include "comm/agreement.h"

#include "base/error.h"
#include "base/log.h"
#include "comm/failure.h"
#include "comm/overlay.h"
#include "comm/wait.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = -1 };

/* A member that we exchange messages with; ballots, or NONE. */
typedef struct partner {
    int rank;
    int promised, asked, proposed, accepted;
    gyre__verdict_t verdict; /* coming in pieces */
} partner_t;

typedef struct gyre__agreement {
    gyre__link_t link; /* among the context's while there is something to do */
    gyre_comm_t *comm;
    int sequence; /* number of agreements decided */
    bool called;  /* this member takes part in the next */
    int ballot, parent;
    int accepted; /* ballot in which best was accepted here, or NONE */
    int prior;    /* ballot of best, or NONE */
    gyre__verdict_t parts, best, result;
    bool complete;                    /* of the children visited */
    int reported_to, reported_ballot; /* what the parent has had last */
    gyre__control_t reported;
    partner_t *partners;
    int count, room;
} agreement_t;

static bool is_dead(const void *arg, int rank)
{
    return gyre__comm_member_failed(arg, rank);
}

static gyre__overlay_t overlay_of(const gyre_comm_t *comm)
{
    return (gyre__overlay_t){comm->size, is_dead, comm};
}

static void forget_partner(partner_t *partner)
{
    partner->promised = partner->asked = partner->proposed = partner->accepted = NONE;
    gyre__verdict_free(&partner->verdict);
}

/* Ready for the next agreement. */
static void reset(agreement_t *a)
{
    a->called = false;
    a->accepted = a->prior = a->reported_to = NONE;
    gyre__verdict_clear(&a->parts);
    gyre__verdict_free(&a->best);
    for (int i = 0; i < a->count; i++)
        forget_partner(&a->partners[i]);
}

/* The communicator's; NULL: no memory. */
static agreement_t *agreement_of(gyre_comm_t *comm)
{
    if (comm->agreement)
        return comm->agreement;
    agreement_t *a = comm->agreement = calloc(1, sizeof(*a));
    if (!a)
        return NULL;
    a->comm = comm;
    gyre__list_init(&a->link);
    reset(a);
    return a;
}

void gyre__agreement_free(gyre_comm_t *comm)
{
    agreement_t *a = comm->agreement;
    if (!a)
        return;
    gyre__list_remove(&a->link);
    reset(a);
    gyre__verdict_free(&a->result);
    free(a->partners);
    free(a);
    comm->agreement = NULL;
}

static partner_t *partner_of(agreement_t *a, int rank)
{
    for (int i = 0; i < a->count; i++)
        if (a->partners[i].rank == rank)
            return &a->partners[i];
    if (a->count == a->room) {
        int room = a->room ? 2 * a->room : 8;
        partner_t *more = realloc(a->partners, (size_t)room * sizeof(*more));
        if (!more)
            return NULL;
        a->partners = more;
        a->room = room;
    }
    partner_t *partner = &a->partners[a->count++];
    *partner = (partner_t){.rank = rank};
    forget_partner(partner);
    return partner;
}

static void shake(agreement_t *a)
{
    gyre_context_t *ctx = a->comm->ctx;
    if (gyre__list_empty(&a->link))
        gyre__list_append(&ctx->agreements, &a->link);
    ctx->due = true;
}

void gyre__agreement_shake(gyre_comm_t *comm)
{
    if (comm->agreement)
        shake(comm->agreement);
}

static void send(agreement_t *a, int rank, gyre__control_t control, const gyre__verdict_t *verdict)
{
    gyre__piece_t head = {.sequence = a->sequence, .ballot = a->ballot, .prior = a->prior};
    gyre__failure_tell(a->comm->ctx, gyre__comm_world(a->comm, rank));
    gyre__verdict_send(a->comm, rank, control, &head, verdict);
}

/* Says what needs no verdict. */
static void say(gyre_comm_t *comm, int rank, gyre__control_t control, int sequence)
{
    gyre__piece_t head = {.sequence = sequence, .ballot = NONE, .prior = NONE};
    gyre__verdict_t nothing;
    gyre__verdict_clear(&nothing);
    gyre__verdict_send(comm, rank, control, &head, &nothing);
}

/* A connection of our own tells when the member dies. */
static void watch(agreement_t *a, int rank)
{
    gyre_context_t *ctx = a->comm->ctx;
    uint32_t worker = gyre__comm_world(a->comm, rank);
    gyre__peer_t *peer;
    gyre_status_t status = gyre__peer_get(ctx, worker, &peer);
    if (status == GYRE_OK && !peer->link)
        status = gyre__peer_link(ctx, peer);
    if (status == GYRE_ERR_NO_MEMORY || status == GYRE_ERR_NO_RESOURCE)
        shake(a);
    else if (status != GYRE_OK)
        gyre__peer_failed(ctx, worker);
}

/* One that has accepted may be the last to know: a child that has decided will not promise, but
 * answers what it is sent. */
static void need_promise(void *arg, int child)
{
    agreement_t *a = arg;
    partner_t *partner = partner_of(a, child);
    if (partner && partner->promised == a->ballot)
        return;
    a->complete = false;
    if (!partner) {
        shake(a);
    } else if (a->accepted != NONE && partner->asked != a->ballot) {
        partner->asked = a->ballot;
        send(a, child, GYRE__CONTROL_PRIOR, &a->best);
    }
    watch(a, child);
}

static void need_acceptance(void *arg, int child)
{
    agreement_t *a = arg;
    partner_t *partner = partner_of(a, child);
    if (partner && partner->accepted == a->ballot)
        return;
    a->complete = false;
    if (!partner) {
        shake(a);
    } else if (partner->proposed != a->ballot) {
        partner->proposed = a->ballot;
        send(a, child, GYRE__CONTROL_PROPOSE, &a->best);
    }
    watch(a, child);
}

static void announce(void *arg, int child)
{
    agreement_t *a = arg;
    say(a->comm, child, GYRE__CONTROL_DECIDED, a->sequence);
}

static bool children_have(agreement_t *a, gyre__overlay_fn need)
{
    gyre__overlay_t overlay = overlay_of(a->comm);
    a->complete = true;
    gyre__overlay_children(&overlay, a->comm->rank, need, a);
    return a->complete;
}

/* To the parent, unless that is what it has had last. */
static void report(agreement_t *a, gyre__control_t control)
{
    if (a->reported_to == a->parent && a->reported_ballot == a->ballot && a->reported == control)
        return;
    if (control == GYRE__CONTROL_PROMISE && a->prior != NONE)
        send(a, a->parent, GYRE__CONTROL_PRIOR, &a->best);
    send(a, a->parent, control, &a->parts);
    a->reported_to = a->parent;
    a->reported_ballot = a->ballot;
    a->reported = control;
}

/* What the parts come to, and who is dead. */
static gyre_status_t make_verdict(agreement_t *a)
{
    gyre_comm_t *comm = a->comm;
    int *dead = malloc(((size_t)comm->failed + 1) * sizeof(*dead));
    if (!dead)
        return GYRE_ERR_NO_MEMORY;
    a->best = a->parts;
    a->best.dead = dead;
    for (int rank = 0; rank < comm->size && a->best.count < comm->failed; rank++)
        if (is_dead(comm, rank))
            dead[a->best.count++] = rank;
    if (a->best.purposes & GYRE__PURPOSE_SHRINK)
        a->best.id = gyre__comm_next_id(comm->ctx);
    return GYRE_OK;
}

/* The leader's proposal, which it accepts itself. */
static gyre_status_t propose(agreement_t *a)
{
    gyre_status_t status = a->prior == NONE ? make_verdict(a) : GYRE_OK;
    if (status == GYRE_OK)
        a->accepted = a->prior = a->ballot;
    return status;
}

static void decide(agreement_t *a)
{
    gyre__verdict_free(&a->result);
    a->result = a->best;
    gyre__verdict_clear(&a->best);
    children_have(a, announce);
    a->sequence++;
    reset(a);
    gyre__wait_notify(a->comm->ctx);
}

static void advance(agreement_t *a)
{
    gyre__overlay_t overlay = overlay_of(a->comm);
    if (!a->called)
        return;
    a->ballot = gyre__overlay_root(&overlay);
    a->parent = gyre__overlay_parent(&overlay, a->comm->rank);
    if (a->accepted != a->ballot) {
        if (!children_have(a, need_promise))
            return;
        if (a->parent != NONE) {
            report(a, GYRE__CONTROL_PROMISE);
            return;
        }
        if (propose(a) != GYRE_OK) {
            shake(a);
            return;
        }
    }
    if (!children_have(a, need_acceptance))
        return;
    if (a->parent == NONE)
        decide(a);
    else
        report(a, GYRE__CONTROL_ACCEPT);
}

void gyre__agreements_advance(gyre_context_t *ctx)
{
    gyre__link_t now, *link;
    gyre__list_init(&now);
    while ((link = gyre__list_pop(&ctx->agreements)))
        gyre__list_append(&now, link);
    while ((link = gyre__list_pop(&now)))
        advance(gyre__container(link, agreement_t, link));
}

static void hear_prior(agreement_t *a, partner_t *from, const gyre__piece_t *piece)
{
    if (piece->prior <= a->prior)
        return;
    gyre__verdict_free(&a->best);
    a->best = from->verdict;
    gyre__verdict_clear(&from->verdict);
    a->prior = piece->prior;
}

static void hear_proposal(agreement_t *a, partner_t *from, const gyre__piece_t *piece)
{
    if (!a->called || a->accepted == piece->ballot)
        return;
    gyre__verdict_free(&a->best);
    a->best = from->verdict;
    gyre__verdict_clear(&from->verdict);
    a->accepted = a->prior = piece->ballot;
}

/* A message of the ballot that this member is in. */
static void hear(agreement_t *a, partner_t *from, gyre__control_t control,
                 const gyre__piece_t *piece)
{
    switch (control) {
    case GYRE__CONTROL_PROMISE:
        from->promised = piece->ballot;
        from->proposed = NONE; /* it has not accepted: should we have, it is told again */
        gyre__verdict_merge(&a->parts, piece);
        break;
    case GYRE__CONTROL_PRIOR:
        hear_prior(a, from, piece);
        break;
    case GYRE__CONTROL_PROPOSE:
        hear_proposal(a, from, piece);
        break;
    default:
        from->promised = from->accepted = piece->ballot;
    }
    shake(a);
}

/* Another has decided what this member has accepted. */
static bool decide_too(agreement_t *a)
{
    if (a->accepted != NONE)
        decide(a);
    return a->accepted == NONE;
}

static void deliver(agreement_t *a, int rank, gyre__control_t control, const gyre__piece_t *piece,
                    const char *ranks)
{
    gyre_context_t *ctx = a->comm->ctx;
    gyre__overlay_t overlay = overlay_of(a->comm);
    if (piece->sequence < a->sequence) {
        if (control != GYRE__CONTROL_DECIDED)
            say(a->comm, rank, GYRE__CONTROL_DECIDED, piece->sequence);
        return;
    }
    if (piece->sequence > a->sequence || control == GYRE__CONTROL_DECIDED)
        decide_too(a);
    if (piece->sequence != a->sequence || control == GYRE__CONTROL_DECIDED)
        return;
    if (piece->ballot != gyre__overlay_root(&overlay)) {
        gyre__failure_tell(ctx, gyre__comm_world(a->comm, rank)); /* it will come again */
        return;
    }
    partner_t *from = partner_of(a, rank);
    gyre_status_t status = from ? GYRE_OK : GYRE_ERR_NO_MEMORY;
    if (from && (control == GYRE__CONTROL_PRIOR || control == GYRE__CONTROL_PROPOSE))
        status = gyre__verdict_add(&from->verdict, piece, ranks);
    if (status == GYRE_OK)
        hear(a, from, control, piece);
    else if (status != GYRE_IN_PROGRESS)
        gyre__peer_failed(ctx, gyre__comm_world(a->comm, rank));
}

void gyre__agreement_deliver(gyre_comm_t *comm, gyre__peer_t *from, gyre__control_t control,
                             const gyre__net_message_t *message)
{
    gyre__piece_t piece;
    const char *ranks;
    int rank = gyre__comm_member(comm, from->worker);
    if (rank < 0 || !gyre__piece_read(message, &piece, &ranks))
        return;
    agreement_t *a = agreement_of(comm);
    if (a)
        deliver(a, rank, control, &piece, ranks);
    else
        gyre__peer_failed(comm->ctx, from->worker);
}

/* It is gone there, not still to be made, if a proposal was known to us when we sent: for that it
 * had to take part. */
void gyre__agreement_unknown(gyre_comm_t *comm, const void *bytes)
{
    gyre__piece_t piece;
    agreement_t *a = comm->agreement;
    memcpy(&piece, bytes, sizeof(piece));
    if (a && piece.sequence == a->sequence && piece.prior != NONE)
        decide_too(a);
}

static bool is_decided(void *arg)
{
    return !((const agreement_t *)arg)->called;
}

static gyre_status_t take_part(gyre_comm_t *comm, gyre__purpose_t purpose, uint64_t flags)
{
    agreement_t *a = agreement_of(comm);
    if (!a)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an agreement");
    if (a->called)
        return gyre__error(GYRE_ERR_STATE, "another thread agrees on this communicator");
    gyre__piece_t mine = {.flags = flags, .purposes = purpose, .acked = (uint32_t)comm->acked};
    gyre__verdict_merge(&a->parts, &mine);
    a->called = true;
    shake(a);
    return GYRE_OK;
}

gyre_status_t gyre__agree(gyre_comm_t *comm, gyre__purpose_t purpose, uint64_t flags,
                          const gyre__verdict_t **verdict)
{
    gyre_status_t status = take_part(comm, purpose, flags);
    if (status == GYRE_OK)
        status = gyre__wait(comm->ctx, is_decided, comm->agreement);
    if (status != GYRE_OK)
        return status;
    *verdict = &comm->agreement->result;
    if ((*verdict)->purposes != (uint32_t)purpose)
        return gyre__error(GYRE_ERR_STATE, "members called different operations: some "
                                           "gyre_comm_agree, some gyre_comm_shrink or "
                                           "gyre_finalize");
    return GYRE_OK;
}
