/* SPDX-License-Identifier: Apache-2.0 */
/* The checker finds what is wrong: schedules that are sound but for one thing. */
#include "harp/check-schedule.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(checker, .timeout = 20);

/* What the schedules of this test do wrong, and what the checker says to it. */
typedef enum fault {
    NONE,
    NO_RECEIVE,
    LENGTH,
    TAG_TWICE,
    BOTH_WAIT,
    UNINITIALISED,
    RACE,
    INPUT_WRITTEN,
    OUTSIDE,
    CUT,
    ORDER,
    TWICE,
    MISSING,
    PLACE
} fault_t;

static fault_t fault;

/* allreduce of two members by exchange: lower op upper. */
static void exchange(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int peer = 1 - plan->rank;
    uint64_t n = plan->bytes;
    gyre__ref_t got = gyre__schedule_scratch(s, n);
    bool first = plan->rank == 0;
    int32_t sent = gyre__send(s, GYRE__NOW, gyre__in(0), n, peer, 0), received = GYRE__NOW;
    if (fault == TAG_TWICE)
        gyre__send(s, GYRE__NOW, gyre__in(0), n, peer, 0);
    if (fault != NO_RECEIVE || first)
        received = gyre__recv(s, fault == BOTH_WAIT ? sent : GYRE__NOW, got,
                              fault == LENGTH ? n / 2 : n, peer, 0);
    if (fault == TAG_TWICE)
        gyre__recv(s, received, gyre__schedule_scratch(s, n), n, peer, 0);
    int32_t both = gyre__join(s, sent, received);
    bool keep = first || fault == ORDER;
    gyre__ref_t left = keep ? gyre__in(0) : got, right = keep ? got : gyre__in(0);
    gyre__ref_t to = fault == INPUT_WRITTEN ? gyre__in(0) : gyre__out(0);
    if (fault == UNINITIALISED)
        left = gyre__schedule_scratch(s, n);
    if (fault == CUT)
        n -= 1;
    if (fault == OUTSIDE)
        to = gyre__at(to, plan->element);
    if (fault == PLACE)
        left = right = gyre__at(right, plan->element), n -= plan->element;
    int32_t done = gyre__reduce(s, fault == RACE ? sent : both, left, right, to, n);
    if (fault == TWICE)
        gyre__reduce(s, done, gyre__out(0), got, gyre__out(0), n);
    if (fault == MISSING)
        gyre__copy(s, done, gyre__in(0), gyre__out(0), n);
}

static const char *look(gyre__generate_fn generate, unsigned needs, world_spec_t spec)
{
    random_plan_t random = random_start("checker");
    gyre__algorithm_t algorithm = {.name = "test", .generate = generate, .needs = needs};
    world_t world;
    spec.shared = true;
    world_init(&world, &spec, &random);
    const char *wrong = check_algorithm(&algorithm, &world, &random, NULL);
    world_cleanup(&world);
    return wrong;
}

static void expect(const char *wrong, const char *part)
{
    if (!part)
        cr_assert(!wrong, "%s", wrong);
    else
        cr_assert(wrong && strstr(wrong, part), "%s, not \"%s\"", wrong ? wrong : "nothing", part);
}

static const world_spec_t pair = {
    .coll = GYRE__ALLREDUCE, .size = 2, .element = 4, .count = 6, .nodes = 1};

Test(checker, finds_faults)
{
    static const char *const says[] = {
        [NONE] = NULL,
        [NO_RECEIVE] = "",
        [LENGTH] = "differ in length",
        [TAG_TWICE] = "at once",
        [BOTH_WAIT] = "never ends",
        [UNINITIALISED] = "holds nothing",
        [INPUT_WRITTEN] = "writes to the input",
        [OUTSIDE] = "goes to byte",
        [CUT] = "cuts an element",
        [ORDER] = "not in rank order",
        [TWICE] = "what it has already",
        [MISSING] = "not the right members",
        [PLACE] = "what it has already",
    };
    for (fault = NONE; fault <= PLACE; fault++)
        if (fault != RACE)
            expect(look(exchange, 0, pair), says[fault]);
}

/* A race is found whichever way it happens to go: what is read may be there already, or not. */
Test(checker, finds_races)
{
    fault = RACE;
    for (int i = 0; i < 20; i++)
        cr_assert(look(exchange, 0, pair));
}

Test(checker, finds_members_that_differ)
{
    fault = ORDER;
    world_spec_t spec = pair;
    spec.commutative = true;
    expect(look(exchange, 0, spec), "not the same as at member 0");
}

static void leave_early(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int last = plan->size - 1;
    if (plan->rank < last)
        gyre__send(s, GYRE__NOW, gyre__tmp(0), 0, last, 0);
    for (int r = 0; r < last && plan->rank == last; r++)
        gyre__recv(s, GYRE__NOW, gyre__tmp(0), 0, r, 0);
}

Test(checker, finds_barriers_left_early)
{
    expect(look(leave_early, 0,
                (world_spec_t){.coll = GYRE__BARRIER, .size = 3, .element = 1, .nodes = 1}),
           "may leave before");
}

/* bcast within a node, in pieces of an element. */
static enum {
    SOUND,
    EARLY_RELEASE,
    NO_AWAIT,
    NO_RELEASE,
    SAME_UNIT,
    TOO_LARGE,
    WRONG_READER
} unit_fault;

static int32_t publish_all(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t at = GYRE__NOW;
    uint32_t count = (uint32_t)(plan->bytes / plan->element);
    for (uint32_t i = 0; i < count; i++)
        at = gyre__publish(s, at, unit_fault == SAME_UNIT ? 0 : i, gyre__in(i * plan->element),
                           unit_fault == TOO_LARGE ? plan->bytes * 65536 : plan->element,
                           unit_fault == WRONG_READER ? 1 : GYRE__ALL);
    s->units = count;
    return at;
}

static void read_all(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t at = GYRE__NOW;
    for (uint32_t i = 0; i < plan->bytes / plan->element; i++) {
        if (unit_fault != NO_AWAIT)
            at = gyre__await(s, at, i, 0);
        if (unit_fault == EARLY_RELEASE)
            gyre__release(s, at, i + 1);
        at = gyre__copy(s, at, gyre__slot(0, i, 0), gyre__out(i * plan->element), plan->element);
        if (unit_fault != NO_RELEASE)
            at = gyre__release(s, at, i + 1);
    }
    s->units = (uint32_t)(plan->bytes / plan->element);
}

static void spread_units(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    if (plan->places->local_rank == 0)
        publish_all(plan, s);
    else
        read_all(plan, s);
}

Test(checker, knows_units)
{
    static const char *const says[] = {
        [SOUND] = NULL,
        [EARLY_RELEASE] = "release",
        [NO_AWAIT] = "without awaiting",
        [NO_RELEASE] = "never ends",
        [SAME_UNIT] = "taken before",
        [TOO_LARGE] = "more than a slot holds",
        [WRONG_READER] = "the unit is for member 1",
    };
    world_spec_t spec = {.coll = GYRE__BCAST, .size = 4, .element = 8, .count = 30, .nodes = 1};
    for (int i = SOUND; i <= WRONG_READER; i++) {
        unit_fault = i;
        expect(look(spread_units, 0, spec), says[i]);
    }
}

/* bcast by one slot that is written where it lies. */
static enum { WRITTEN, UNRESERVED, LATE, UNFINISHED, SHORT } slot_fault;

static void write_slot(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t n = plan->bytes, half = n / 2;
    gyre__ref_t slot = gyre__slot(0, 0, 0);
    if (plan->rank == 0) {
        int32_t open = GYRE__NOW;
        if (slot_fault != UNRESERVED)
            open = gyre__reserve(s, open, 0, slot_fault == SHORT ? half : n);
        int32_t low = gyre__copy(s, open, gyre__in(0), slot, half);
        int32_t high = slot_fault == UNFINISHED
                           ? GYRE__NOW
                           : gyre__copy(s, open, gyre__in(half), gyre__at(slot, half), n - half);
        gyre__publish(s, slot_fault == LATE ? low : gyre__join(s, low, high), 0, slot, n,
                      GYRE__ALL);
        return;
    }
    gyre__copy(s, gyre__await(s, GYRE__NOW, 0, 0), slot, gyre__out(0), n);
}

Test(checker, knows_reserved_slots)
{
    static const char *const says[] = {
        [WRITTEN] = NULL,      [UNRESERVED] = "not reserved",
        [LATE] = "",           [UNFINISHED] = "holds nothing",
        [SHORT] = "which has",
    };
    world_spec_t spec = {.coll = GYRE__BCAST, .size = 3, .element = 8, .count = 6, .nodes = 1};
    for (int i = WRITTEN; i <= SHORT; i++) {
        slot_fault = i;
        expect(look(write_slot, 0, spec), says[i]);
    }
}

/* bcast out of root's buffer. */
static bool stay, touch_early, no_reach;

static void copy_from_root(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t all = gyre__accept(s, gyre__offer(s, GYRE__NOW, 0), 0,
                               no_reach ? GYRE__REACH_COPY : GYRE__REACH_MAPPED);
    bool root = plan->rank == plan->root;
    if (!root)
        all = gyre__copy(s, touch_early ? GYRE__NOW : all,
                         (gyre__ref_t){.space = GYRE__PEER_IN, .member = (uint32_t)plan->root},
                         gyre__out(0), plan->bytes);
    if (!root && no_reach)
        gyre__send(s, all, (gyre__ref_t){.space = GYRE__PEER_IN, .member = (uint32_t)plan->root},
                   plan->bytes, plan->root, 0);
    for (int r = 0; root && no_reach && r < plan->size; r++)
        if (r != plan->root)
            gyre__recv(s, all, gyre__schedule_scratch(s, plan->bytes), plan->bytes, r, 0);
    if (!stay)
        return;
    int32_t done = all;
    if (!root)
        gyre__publish(s, done, 1, gyre__tmp(0), 0, plan->root);
    for (int r = 0; root && r < plan->size; r++)
        if (r != plan->root)
            done = gyre__await(s, done, 1, (uint32_t)r);
    s->units = 2;
}

Test(checker, knows_peers_buffers)
{
    world_spec_t spec = {.coll = GYRE__BCAST, .size = 3, .element = 8, .count = 5, .nodes = 1};
    stay = true;
    expect(look(copy_from_root, 0, spec), NULL);
    stay = false;
    expect(look(copy_from_root, 0, spec), "may end before");
    touch_early = true;
    expect(look(copy_from_root, 0, spec), "before it is accepted");
    touch_early = false;
    no_reach = true;
    expect(look(copy_from_root, 0, spec), "needs mapped buffers");
}
