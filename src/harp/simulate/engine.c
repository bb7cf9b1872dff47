/* SPDX-License-Identifier: Apache-2.0 */
/* The events: a step whose predecessors (and message, or units) are there runs as soon as its
 * member's processor is free; a message arrives. Members are made when there is something for
 * them to do and go with their last step. */
#include "harp/simulate/engine.h"

#include "base/error.h"
#include "harp/simulate/letters.h"
#include "harp/simulate/member.h"
#include "harp/simulate/queue.h"

#include <stdlib.h>

typedef struct gyre__flight {
    int32_t to, from;
    uint32_t tag, rounds, next;
    bool far;
    uint64_t length;
} flight_t;

enum { ARRIVAL = -1 }; /* in the place of an event's member */

typedef struct gyre__sim {
    gyre__sim_world_t *world;
    const gyre__machine_t *machine;
    bool lockstep;
    gyre__sim_member_t **members; /* NULL: not yet, or no more */
    bool *done;
    gyre__queue_t queue;
    gyre__letters_t letters;
    flight_t *flights;
    uint32_t flight_count, flight_room, flight_unused;
    gyre__cost_t *cost;
    gyre_status_t status; /* the first error ends it all */
} sim_t;

static double later(double a, double b)
{
    return a > b ? a : b;
}

static void fail(sim_t *sim, gyre_status_t status)
{
    if (sim->status == GYRE_OK)
        sim->status = status;
}

static void put(sim_t *sim, double time, int32_t member, int32_t step)
{
    gyre_status_t status = gyre__queue_put(&sim->queue, (gyre__event_t){time, member, step});
    if (status != GYRE_OK)
        fail(sim, status);
}

/* Whose letters a local member's units are: in lockstep all are one's own. */
static int32_t local_member(const sim_t *sim, const gyre__sim_member_t *member, int local)
{
    int per_node = sim->machine->per_node;
    return sim->lockstep ? member->rank : member->rank / per_node * per_node + local;
}

static int local_count(const sim_t *sim, const gyre__sim_member_t *member)
{
    int per_node = sim->machine->per_node;
    int rest = sim->machine->size - member->rank / per_node * per_node;
    return sim->lockstep ? 1 : per_node < rest ? per_node : rest;
}

static gyre__letter_t *letter_of(sim_t *sim, gyre__letter_kind_t kind, int32_t to, int32_t from,
                                 uint32_t tag)
{
    gyre__letter_t *letter = gyre__letter(&sim->letters, kind, to, from, tag);
    if (!letter)
        fail(sim, GYRE_ERR_NO_MEMORY);
    return letter;
}

static void hear(gyre__sim_step_t *step, double time, uint32_t rounds)
{
    step->ready = later(step->ready, time);
    step->rounds = step->rounds > rounds ? step->rounds : rounds;
}

/* The step needs what the letter tells. */
static void need(sim_t *sim, gyre__sim_member_t *member, int32_t at, gyre__letter_kind_t kind,
                 int32_t to, int32_t from, uint32_t tag)
{
    gyre__letter_t *letter = letter_of(sim, kind, to, from, tag);
    if (!letter)
        return;
    if (letter->here) {
        hear(&member->steps[at], letter->time, letter->rounds);
        if (kind == GYRE__LETTER_MESSAGE)
            gyre__letter_drop(&sim->letters, letter);
        return;
    }
    member->steps[at].pending++;
    fail(sim, gyre__letter_wait(&sim->letters, letter, member->rank, at));
}

static bool has_released(const sim_t *sim, int32_t rank, uint32_t below)
{
    if (sim->done[rank])
        return true;
    return sim->members[rank] && sim->members[rank]->released >= below;
}

/* Whether the readers have released the unit that lies where this one will. */
static bool is_vacant(const sim_t *sim, const gyre__sim_member_t *member,
                      const gyre__sim_step_t *step)
{
    uint32_t below = member->slots[step->tag % GYRE__SLOTS].below;
    int32_t reader = member->slots[step->tag % GYRE__SLOTS].reader;
    if (sim->lockstep)
        return member->released >= below;
    for (int i = 0; below > 0 && i < local_count(sim, member); i++) {
        int32_t rank = local_member(sim, member, i);
        if ((reader == GYRE__ALL || reader == i) && rank != member->rank &&
            !has_released(sim, rank, below))
            return false;
    }
    return true;
}

static bool fills_slot(const gyre__sim_step_t *step)
{
    return step->kind == GYRE__STEP_PUBLISH || step->kind == GYRE__STEP_OFFER;
}

/* Its predecessors are done. */
static void post(sim_t *sim, gyre__sim_member_t *member, int32_t at)
{
    gyre__sim_step_t *step = &member->steps[at];
    if (step->kind == GYRE__STEP_RECV)
        need(sim, member, at, GYRE__LETTER_MESSAGE, member->rank,
             sim->lockstep ? member->rank : step->peer, step->tag);
    else if (step->kind == GYRE__STEP_AWAIT)
        need(sim, member, at, GYRE__LETTER_UNIT, local_member(sim, member, step->peer), 0,
             step->tag);
    else if (step->kind == GYRE__STEP_ACCEPT)
        for (int i = 0; i < local_count(sim, member); i++)
            need(sim, member, at, GYRE__LETTER_UNIT, local_member(sim, member, i), 0, step->tag);
    else if ((fills_slot(step) || step->kind == GYRE__STEP_RESERVE) &&
             !is_vacant(sim, member, step))
        need(sim, member, at, GYRE__LETTER_SLOT, member->rank / sim->machine->per_node, 0, 0);
    if (step->pending == 0)
        put(sim, step->ready, member->rank, at);
}

/* Wakes who waits for the letter. */
static void tell(sim_t *sim, gyre__letter_t *letter, double time, uint32_t rounds)
{
    int32_t rank, at;
    while (gyre__letter_waiter(&sim->letters, letter, &rank, &at)) {
        gyre__sim_step_t *step = &sim->members[rank]->steps[at];
        hear(step, time, rounds);
        if (--step->pending == 0)
            put(sim, step->ready, rank, at);
    }
}

static void publish(sim_t *sim, gyre__sim_member_t *member, const gyre__sim_step_t *step,
                    double time)
{
    gyre__letter_t *letter = letter_of(sim, GYRE__LETTER_UNIT, member->rank, 0, step->tag);
    if (!letter)
        return;
    letter->here = true;
    letter->time = time;
    letter->rounds = step->rounds + 1;
    member->slots[step->tag % GYRE__SLOTS].below = step->tag + 1;
    member->slots[step->tag % GYRE__SLOTS].reader =
        step->kind == GYRE__STEP_OFFER ? GYRE__ALL : step->peer;
    tell(sim, letter, time, step->rounds + 1);
}

/* Those who wait for a slot of the node look again. */
static void tell_vacancy(sim_t *sim, const gyre__sim_member_t *member, double time)
{
    int node = member->rank / sim->machine->per_node;
    gyre__letter_t *letter = letter_of(sim, GYRE__LETTER_SLOT, node, 0, 0);
    if (!letter || letter->waiters == GYRE__NOBODY)
        return;
    uint32_t list = letter->waiters;
    letter->waiters = GYRE__NOBODY;
    gyre__letter_t old = {.waiters = list};
    int32_t rank, at;
    while (gyre__letter_waiter(&sim->letters, &old, &rank, &at)) {
        gyre__sim_step_t *step = &sim->members[rank]->steps[at];
        hear(step, time, 0);
        step->pending--;
        post(sim, sim->members[rank], at);
    }
}

static gyre__sim_member_t *generate(sim_t *sim, int rank)
{
    gyre__schedule_t s;
    gyre__schedule_init(&s);
    gyre__sim_generate(sim->world, rank, &s);
    gyre__sim_member_t *member = s.status == GYRE_OK ? gyre__sim_member_new(&s, rank) : NULL;
    if (!member)
        fail(sim, s.status != GYRE_OK ? s.status : GYRE_ERR_NO_MEMORY);
    else if (sim->lockstep)
        gyre__sim_member_mirror(member, sim->machine->per_node);
    gyre__schedule_cleanup(&s);
    return member;
}

/* Posts all steps that can begin. */
static gyre__sim_member_t *enter(sim_t *sim, gyre__sim_member_t *member)
{
    sim->members[member->rank] = member;
    for (uint32_t i = 0; i < member->count; i++)
        if (member->steps[i].pending == 0)
            post(sim, member, (int32_t)i);
    return member;
}

/* At the beginning: whoever only waits for a message is made again when it comes. */
static void start(sim_t *sim, int rank)
{
    gyre__sim_member_t *member = generate(sim, rank);
    if (member && member->count > 0 && !member->patient) {
        enter(sim, member);
        return;
    }
    sim->done[rank] = member && member->count == 0;
    free(member);
}

/* Whom a message goes to. */
static gyre__sim_member_t *receiver(sim_t *sim, int rank)
{
    if (sim->members[rank])
        return sim->members[rank];
    if (sim->done[rank]) {
        fail(sim, gyre__error(GYRE_ERR_STATE, "a message for member %d, which has ended", rank));
        return NULL;
    }
    gyre__sim_member_t *member = generate(sim, rank);
    return member ? enter(sim, member) : NULL;
}

static uint32_t take_flight(sim_t *sim)
{
    uint32_t at = sim->flight_unused;
    if (at != GYRE__NOBODY) {
        sim->flight_unused = sim->flights[at].next;
        return at;
    }
    if (sim->flight_count == sim->flight_room) {
        uint32_t room = sim->flight_room ? 2 * sim->flight_room : 64;
        flight_t *flights = realloc(sim->flights, room * sizeof(*flights));
        if (!flights) {
            fail(sim, gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %u messages", room));
            return GYRE__NOBODY;
        }
        sim->flights = flights;
        sim->flight_room = room;
    }
    return sim->flight_count++;
}

/* The message leaves through the port when the processor has prepared it (free_at). Returns when
 * it has left. */
static double send(sim_t *sim, gyre__sim_member_t *member, const gyre__sim_step_t *step)
{
    int per_node = sim->machine->per_node;
    bool far = sim->lockstep ? step->far : step->peer / per_node != member->rank / per_node;
    const gyre__loggp_t *link = far ? &sim->machine->network : &sim->machine->node;
    double begin = later(member->free_at, member->out_at[far]);
    double body = (double)step->length * link->per_byte;
    member->out_at[far] = begin + later(link->gap, body);
    uint32_t at = take_flight(sim);
    if (at == GYRE__NOBODY)
        return begin;
    sim->flights[at] = (flight_t){.to = sim->lockstep ? member->rank : step->peer,
                                  .from = member->rank,
                                  .tag = step->tag,
                                  .rounds = step->rounds + 1,
                                  .far = far,
                                  .length = step->length};
    put(sim, begin + body + link->latency, ARRIVAL, (int32_t)at);
    return begin + body;
}

static void arrive(sim_t *sim, double time, int32_t at)
{
    flight_t flight = sim->flights[at];
    sim->flights[at].next = sim->flight_unused;
    sim->flight_unused = (uint32_t)at;
    gyre__sim_member_t *member = receiver(sim, flight.to);
    if (!member)
        return;
    const gyre__loggp_t *link = flight.far ? &sim->machine->network : &sim->machine->node;
    double body = (double)flight.length * link->per_byte, *port = &member->in_at[flight.far];
    time = later(time, *port + body);
    *port = later(time, time - body + link->gap);
    gyre__letter_t *letter =
        letter_of(sim, GYRE__LETTER_MESSAGE, flight.to, flight.from, flight.tag);
    if (!letter)
        return;
    letter->here = letter->waiters == GYRE__NOBODY;
    letter->time = time;
    letter->rounds = flight.rounds;
    if (!letter->here) {
        tell(sim, letter, time, flight.rounds);
        gyre__letter_drop(&sim->letters, letter);
    }
}

static double processor_time(const sim_t *sim, const gyre__sim_member_t *member,
                             const gyre__sim_step_t *step)
{
    const gyre__machine_t *machine = sim->machine;
    switch (step->kind) {
    case GYRE__STEP_SEND:
    case GYRE__STEP_RECV:
        return step->peer / machine->per_node != member->rank / machine->per_node
                   ? machine->network.overhead
                   : machine->node.overhead;
    case GYRE__STEP_COPY:
        return (double)step->length * machine->copy;
    case GYRE__STEP_REDUCE:
        return (double)step->length * machine->reduce;
    case GYRE__STEP_PUBLISH:
        return machine->node.overhead + (double)step->length * machine->copy;
    case GYRE__STEP_AWAIT:
    case GYRE__STEP_OFFER:
    case GYRE__STEP_ACCEPT:
        return machine->node.overhead;
    default:
        return 0;
    }
}

static void finish_member(sim_t *sim, gyre__sim_member_t *member, double time)
{
    sim->done[member->rank] = true;
    sim->members[member->rank] = NULL;
    sim->cost->seconds = later(sim->cost->seconds, time);
    tell_vacancy(sim, member, time);
    free(member);
}

static void finish(sim_t *sim, gyre__sim_member_t *member, const gyre__sim_step_t *step,
                   double time)
{
    if (sim->cost->rounds < step->rounds)
        sim->cost->rounds = step->rounds;
    for (int32_t edge = step->successors, next; edge != GYRE__NO_EDGE; edge = next) {
        gyre__sim_step_t *successor = &member->steps[edge / 2];
        next = successor->next[edge % 2];
        hear(successor, time, step->rounds);
        if (--successor->pending == 0)
            post(sim, member, edge / 2);
    }
    /* Steps with nothing after them may end later than the one that is finished last. */
    member->last_end = later(member->last_end, time);
    if (--member->left == 0)
        finish_member(sim, member, member->last_end);
}

static void run_step(sim_t *sim, double time, int32_t rank, int32_t at)
{
    gyre__sim_member_t *member = sim->members[rank];
    gyre__sim_step_t *step = &member->steps[at];
    double spent = processor_time(sim, member, step);
    double end = spent > 0 ? later(time, member->free_at) + spent : time;
    if (spent > 0)
        member->free_at = end;
    if (step->kind == GYRE__STEP_SEND)
        end = send(sim, member, step);
    if (fills_slot(step))
        publish(sim, member, step, end + sim->machine->node.latency);
    if (step->kind == GYRE__STEP_RELEASE) {
        member->released = step->tag;
        tell_vacancy(sim, member, end);
    }
    finish(sim, member, step, end);
}

static void run_events(sim_t *sim)
{
    gyre__event_t event;
    while (sim->status == GYRE_OK && gyre__queue_take(&sim->queue, &event)) {
        if (event.member == ARRIVAL)
            arrive(sim, event.time, event.step);
        else
            run_step(sim, event.time, event.member, event.step);
    }
}

static void check_all_done(sim_t *sim, int count)
{
    for (int i = 0; i < count && sim->status == GYRE_OK; i++)
        if (!sim->done[i])
            fail(sim, gyre__error(GYRE_ERR_STATE, "the schedule of member %d never ends", i));
}

static void cleanup(sim_t *sim, int count)
{
    for (int i = 0; sim->members && i < count; i++)
        free(sim->members[i]);
    free(sim->members);
    free(sim->done);
    free(sim->flights);
    gyre__queue_cleanup(&sim->queue);
    gyre__letters_cleanup(&sim->letters);
}

gyre_status_t gyre__sim_run(gyre__sim_world_t *world, bool lockstep, gyre__cost_t *cost)
{
    int count = lockstep ? 1 : world->machine->size;
    sim_t sim = {.world = world,
                 .machine = world->machine,
                 .lockstep = lockstep,
                 .flight_unused = GYRE__NOBODY,
                 .cost = cost,
                 .status = GYRE_OK};
    gyre__letters_init(&sim.letters);
    sim.members = calloc((size_t)count, sizeof(gyre__sim_member_t *));
    sim.done = calloc((size_t)count, sizeof(bool));
    if (sim.members && sim.done) {
        for (int i = 0; i < count && sim.status == GYRE_OK; i++)
            start(&sim, i);
        run_events(&sim);
        check_all_done(&sim, count);
    } else {
        fail(&sim, gyre__error(GYRE_ERR_NO_MEMORY, "no memory to simulate %d members", count));
    }
    cleanup(&sim, count);
    return sim.status;
}
