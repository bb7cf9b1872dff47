/* SPDX-License-Identifier: Apache-2.0 */
/* Has the schedules made, looks at each by itself, runs them, and looks at what came of it. */
#include "harp/check-run.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static char failure[1024];

_Noreturn void check_fail(check_t *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(failure, sizeof(failure), format, args);
    va_end(args);
    longjmp(check->fail, 1);
}

void *check_need(void *memory)
{
    cr_assert(memory, "out of memory");
    return memory;
}

static void *zeroed(size_t count, size_t size)
{
    return check_need(calloc(count + 1, size));
}

bool check_applies(const gyre__algorithm_t *algorithm, const world_t *world)
{
    const gyre__places_t *places = world->places;
    unsigned needs = algorithm->needs;
    int size = world->spec.size;
    bool even = places->local_size_max == places->local_size_min;
    return !((needs & GYRE__ALG_COMMUTATIVE && !world->spec.commutative) ||
             (!(needs & GYRE__ALG_ORDERED) && world->spec.ordered) ||
             (needs & GYRE__ALG_POWER_OF_TWO && (size & (size - 1))) ||
             (needs & GYRE__ALG_NODE && (places->nodes != 1 || !places->shared)) ||
             (needs & (GYRE__ALG_NODES | GYRE__ALG_GROUPS) &&
              (places->nodes == 1 || places->local_size_max == 1)) ||
             (needs & GYRE__ALG_NODES && !places->slots) ||
             (needs & GYRE__ALG_RANGES && !places->ranges) ||
             (needs & GYRE__ALG_BY_NODE && !places->ranges && !world->spec.commutative) ||
             (needs & (GYRE__ALG_NODE | GYRE__ALG_NODES) &&
              world->spec.element * (uint64_t)places->local_size_max > GYRE__SLOT_SIZE) ||
             (needs & GYRE__ALG_DOMAINS && places->domains == 1) ||
             (needs & GYRE__ALG_EVEN && !even) || (needs & GYRE__ALG_PAIRS && size % 2));
}

/* Making */

static void check_ref(check_t *check, uint32_t id, gyre__ref_t ref)
{
    const gyre__step_t *step = check_step(check, id);
    bool elements = ref.space != GYRE__TMP && ref.space != GYRE__SLOT;
    if ((elements && ref.offset % check->world->spec.element) ||
        step->length % check->world->spec.element)
        check_fail(check, "%s cuts an element", check_step_text(check, id));
}

static void check_made_step(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    const member_t *m = &check->members[check->owner[id]];
    int32_t index = (int32_t)(id - m->base - 1);
    bool message = step->kind == GYRE__STEP_SEND || step->kind == GYRE__STEP_RECV;
    for (int i = 0; i < 2; i++)
        if (step->after[i] != GYRE__NOW && (step->after[i] < 0 || step->after[i] >= index))
            check_fail(check, "%s comes after step %d", check_step_text(check, id), step->after[i]);
    if (message &&
        (step->peer < 0 || step->peer >= check->world->spec.size || step->peer == check->owner[id]))
        check_fail(check, "%s has no such peer", check_step_text(check, id));
    if (step->kind >= GYRE__STEP_RESERVE &&
        step->unit >= m->steps->units + (step->kind == GYRE__STEP_RELEASE))
        check_fail(check, "%s has a unit above %u", check_step_text(check, id), m->steps->units);
    check_ref(check, id, step->a);
    check_ref(check, id, step->b);
    check_ref(check, id, step->out);
}

/* What does not wait for the peers' buffers must leave no trace: the alternative may follow. */
static void check_before_accept(check_t *check, const member_t *m)
{
    const gyre__schedule_t *s = m->steps;
    if (!s->otherwise)
        return;
    bool *accepted = zeroed(s->count, sizeof(*accepted)), sound = true;
    for (uint32_t i = 0; i < s->count; i++) {
        accepted[i] = s->steps[i].kind == GYRE__STEP_ACCEPT;
        for (int k = 0; k < 2; k++)
            accepted[i] |= s->steps[i].after[k] >= 0 && accepted[s->steps[i].after[k]];
        sound &= accepted[i] || s->steps[i].kind == GYRE__STEP_OFFER ||
                 s->steps[i].kind == GYRE__STEP_JOIN;
    }
    free(accepted);
    if (!sound)
        check_fail(check, "a step other than an offer does not wait for accept");
}

static void check_made(check_t *check)
{
    for (int r = 0; r < check->world->spec.size; r++) {
        const member_t *m = &check->members[r], *leader;
        leader = &check->members[check->world->places[r].local[0]];
        if (m->steps->status != GYRE_OK)
            check_fail(check, "member %d's schedule: %s", r, gyre_status_name(m->steps->status));
        if (m->steps->units != leader->steps->units)
            check_fail(check, "member %d counts %u units, others of its node %u", r,
                       m->steps->units, leader->steps->units);
        if (!m->steps->otherwise != !leader->steps->otherwise)
            check_fail(check, "member %d and its node differ in having an alternative", r);
        for (uint32_t i = 0; i < m->steps->count; i++)
            check_made_step(check, m->base + 1 + i);
        check_before_accept(check, m);
    }
}

static bool uses_peers(const gyre__schedule_t *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == GYRE__STEP_ACCEPT)
            return true;
    return false;
}

/* Setting up */

static void number(check_t *check)
{
    check->total = 0;
    check->global = check->world->spec.coll == GYRE__BARRIER;
    for (int r = 0; r < check->world->spec.size; r++) {
        member_t *m = &check->members[r];
        m->base = check->total;
        check->total += m->steps->count + 1;
        check->global |= uses_peers(m->steps);
    }
    check->owner = zeroed(check->total, sizeof(int));
    for (int r = 0; r < check->world->spec.size; r++)
        for (uint32_t i = 0; i <= check->members[r].steps->count; i++)
            check->owner[check->members[r].base + i] = r;
}

/* Predecessors of a step, the start where it has none. */
static int predecessors(const member_t *m, uint32_t i, uint32_t ids[2])
{
    int count = 0;
    for (int k = 0; k < 2; k++)
        if (m->steps->steps[i].after[k] != GYRE__NOW)
            ids[count++] = m->base + 1 + (uint32_t)m->steps->steps[i].after[k];
    if (count == 0)
        ids[count++] = m->base;
    return count;
}

static void link_steps(check_t *check)
{
    check->next_start = zeroed(check->total + 1, sizeof(uint32_t));
    check->next = zeroed(2 * (size_t)check->total, sizeof(uint32_t));
    uint32_t ids[2];
    for (int pass = 0; pass < 2; pass++) {
        for (int r = 0; r < check->world->spec.size; r++) {
            member_t *m = &check->members[r];
            for (uint32_t i = 0; i < m->steps->count; i++) {
                int count = predecessors(m, i, ids);
                m->pending[i + 1] = (uint32_t)count;
                for (int k = 0; k < count; k++)
                    if (pass == 0)
                        check->next_start[ids[k]]++;
                    else
                        check->next[--check->next_start[ids[k]]] = m->base + 1 + i;
            }
        }
        for (uint32_t i = 0; i < check->total && pass == 0; i++)
            check->next_start[i + 1] += check->next_start[i];
    }
}

static uint64_t user_bytes(const buffers_t *b)
{
    uint64_t in = b->in_at + b->in_bytes, out = b->out_at + b->out_bytes;
    return in > out ? in : out;
}

static void fill_input(check_t *check, int rank)
{
    const buffers_t *b = &check->world->buffers[rank];
    member_t *m = &check->members[rank];
    uint64_t element = check->world->spec.element;
    check->inputs[rank] = terms_add_inputs(&check->terms, rank, b->in_bytes / element);
    for (uint64_t i = 0; i < b->in_bytes / check->grain && b->in_given; i++)
        m->cells[b->in_at / check->grain + i].value =
            (uint32_t)(check->inputs[rank] * check->pieces + i);
}

static void set_up(check_t *check)
{
    number(check);
    check->ready = zeroed(check->total, sizeof(uint32_t));
    check->blocked = zeroed(check->total, sizeof(uint32_t));
    check->posted_next = zeroed(check->total, sizeof(uint32_t));
    check->depth = zeroed(check->total, sizeof(uint32_t));
    check->reader_count = 1;
    memset(check->posted, 0, sizeof(check->posted));
    terms_clear(&check->terms);
    for (int r = 0; r < check->world->spec.size; r++) {
        member_t *m = &check->members[r];
        m->tmp_at = (user_bytes(&check->world->buffers[r]) + 63) / 64 * 64;
        m->cells = zeroed((m->tmp_at + m->steps->scratch) / check->grain, sizeof(cell_t));
        m->words = ((check->global ? check->total : m->steps->count + 1) + 63) / 64;
        m->sets = zeroed((m->steps->count + 1) * m->words, sizeof(uint64_t));
        m->left = m->steps->count + 1;
        m->units = zeroed(m->steps->units, sizeof(unit_t));
        m->released = 0;
        m->pending = zeroed(m->steps->count + 1, sizeof(uint32_t));
        fill_input(check, r);
        check->ready[check->ready_count++] = m->base;
    }
    check_made(check);
    link_steps(check);
}

static void tear_down(check_t *check)
{
    free(check->owner);
    free(check->ready);
    free(check->blocked);
    free(check->posted_next);
    free(check->depth);
    free(check->next_start);
    free(check->next);
    check->owner = NULL;
    check->ready = check->blocked = check->posted_next = check->depth = NULL;
    check->next_start = check->next = NULL;
    check->ready_count = check->blocked_count = check->visit_count = 0;
    for (int r = 0; r < check->world->spec.size; r++) {
        member_t *m = &check->members[r];
        for (uint32_t u = 0; m->units && u < m->steps->units; u++)
            free(m->units[u].cells);
        free(m->units);
        free(m->cells);
        free(m->sets);
        free(m->pending);
        m->units = NULL;
        m->cells = NULL;
        m->sets = NULL;
        m->pending = NULL;
    }
}

/* Looking at the end */

static void check_all_over(check_t *check)
{
    for (uint32_t id = 0; id < check->total; id++) {
        const member_t *m = &check->members[check->owner[id]];
        if (id != m->base && m->pending[id - m->base] == 0)
            check_fail(check, "%s never ends", check_step_text(check, id));
    }
}

static int by_name(const void *a, const void *b, void *context)
{
    const check_t *check = context;
    const gyre__step_t *s = check_step(check, *(const uint32_t *)a);
    const gyre__step_t *t = check_step(check, *(const uint32_t *)b);
    if (s->kind != t->kind)
        return s->kind < t->kind ? -1 : 1;
    if (s->peer != t->peer)
        return s->peer < t->peer ? -1 : 1;
    if (s->tag != t->tag)
        return s->tag < t->tag ? -1 : 1;
    return s < t ? -1 : s > t;
}

/* Messages of one name must not be under way at once. */
static void check_names(check_t *check, const member_t *m)
{
    uint32_t *ids = check->ready, count = 0; /* nothing is ready any more */
    for (uint32_t i = 0; i < m->steps->count; i++) {
        gyre__step_kind_t kind = m->steps->steps[i].kind;
        if (kind == GYRE__STEP_SEND || kind == GYRE__STEP_RECV)
            ids[count++] = m->base + 1 + i;
    }
    qsort_r(ids, count, sizeof(*ids), by_name, check);
    for (uint32_t i = 1; i < count; i++) {
        const gyre__step_t *a = check_step(check, ids[i - 1]), *b = check_step(check, ids[i]);
        if (a->kind == b->kind && a->peer == b->peer && a->tag == b->tag &&
            !check_before(check, ids[i - 1], ids[i]))
            check_fail(check, "%s and %s may be under way at once",
                       check_step_text(check, ids[i - 1]), check_step_text(check, ids[i]));
    }
}

/* Whether step is over, or begun, when the member's schedule ends. */
static bool known_at_end(const check_t *check, const member_t *m, uint32_t step)
{
    if (step >= m->base && step <= m->base + m->steps->count)
        return true;
    for (uint32_t i = m->steps->count + 1; i > 0; i--) /* the last know most */
        if (check_before(check, step, m->base + i - 1))
            return true;
    return false;
}

static void check_ends(check_t *check)
{
    for (uint32_t i = 0; i < check->visit_count; i++)
        if (!known_at_end(check, &check->members[check->visits[i].owner], check->visits[i].step))
            check_fail(check, "member %d may end before %s", check->visits[i].owner,
                       check_step_text(check, check->visits[i].step));
    if (check->world->spec.coll != GYRE__BARRIER)
        return;
    for (int r = 0; r < check->world->spec.size; r++)
        for (int other = 0; other < check->world->spec.size; other++)
            if (!known_at_end(check, &check->members[r], check->members[other].base))
                check_fail(check, "member %d may leave before %d enters", r, other);
}

static const char *wrong_term(const check_t *check, const expected_t *expected, uint32_t number)
{
    unsigned needs = check->algorithm->needs;
    const term_t *term = &check->terms.all[number];
    if (expected->kind == INPUT)
        return number == check->inputs[expected->rank] + expected->index ? NULL : "another input";
    if (term->index != expected->index)
        return "another element";
    if (term->members != (UINT64_MAX >> (63 - expected->rank)))
        return "not the right members";
    if (!check->world->spec.commutative && !term->in_order)
        return "not in rank order";
    if (needs & GYRE__ALG_ORDERED && !(term->leftwards && term->in_order))
        return "not strictly from the left";
    return NULL;
}

static void check_result(check_t *check, int rank, const expected_t *expected)
{
    const buffers_t *b = &check->world->buffers[rank];
    const cell_t *cells = check->members[rank].cells + b->out_at / check->grain;
    const cell_t *first = check->members[0].cells + check->world->buffers[0].out_at / check->grain;
    for (uint64_t i = 0; i < b->out_bytes / check->grain; i++) {
        const expected_t *e = &expected[i / check->pieces];
        const char *wrong = NULL;
        if (e->kind == UNTOUCHED)
            wrong = cells[i].writer ? "a gap has been written to" : NULL;
        else if (!cells[i].value)
            wrong = "nothing";
        else if (cells[i].value % check->pieces != i % check->pieces)
            wrong = "a cut element";
        else
            wrong = wrong_term(check, e, cells[i].value / (uint32_t)check->pieces);
        if (!wrong && check->world->spec.coll == GYRE__ALLREDUCE &&
            cells[i].value != first[i].value)
            wrong = "not the same as at member 0";
        if (wrong)
            check_fail(check, "member %d's element %llu of the output: %s", rank,
                       (unsigned long long)(i / check->pieces), wrong);
    }
}

static void check_results(check_t *check)
{
    for (int r = 0; r < check->world->spec.size; r++) {
        uint64_t count = check->world->buffers[r].out_bytes / check->world->spec.element;
        expected_t *expected = world_alloc((world_t *)check->world, count, sizeof(*expected));
        world_expect(check->world, r, expected);
        check_result(check, r, expected);
    }
}

/* Counting */

static void keep_most(uint32_t *most, uint32_t count)
{
    *most = *most > count ? *most : count;
}

static check_counts_t count_member(const check_t *check, const member_t *m)
{
    check_counts_t c = {.sends = 0};
    for (uint32_t i = 0; i < m->steps->count; i++) {
        const gyre__step_t *step = &m->steps->steps[i];
        c.sends += step->kind == GYRE__STEP_SEND;
        c.receives += step->kind == GYRE__STEP_RECV;
        c.reduces += step->kind == GYRE__STEP_REDUCE;
        c.sent += step->kind == GYRE__STEP_SEND ? step->length : 0;
        c.reduced += step->kind == GYRE__STEP_REDUCE ? step->length : 0;
        keep_most(&c.rounds, check->depth[m->base + 1 + i]);
    }
    return c;
}

/* The n-th step of a kind, NULL where there are fewer. */
static const gyre__step_t *nth(const check_t *check, int rank, gyre__step_kind_t kind, uint32_t n)
{
    const gyre__schedule_t *s = check->members[rank].steps;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == kind && n-- == 0)
            return &s->steps[i];
    return NULL;
}

/* Each receive takes what its peer's send of the same number gives. */
static void check_symmetry(check_t *check)
{
    uint32_t sends = count_member(check, &check->members[0]).sends;
    for (int r = 0; r < check->world->spec.size; r++) {
        const gyre__step_t *recv, *send;
        if (count_member(check, &check->members[r]).sends != sends)
            check_fail(check, "member %d does not send as many messages as member 0", r);
        for (uint32_t n = 0; (recv = nth(check, r, GYRE__STEP_RECV, n)); n++) {
            send = nth(check, recv->peer, GYRE__STEP_SEND, n);
            if (!send || send->peer != r || send->tag != recv->tag)
                check_fail(check, "member %d's receive %u is not its peer's send %u", r, n, n);
        }
    }
}

static void count(check_t *check, check_counts_t *all)
{
    *all = (check_counts_t){.sends = 0};
    for (int r = 0; r < check->world->spec.size; r++) {
        check_counts_t c = count_member(check, &check->members[r]);
        keep_most(&all->sends, c.sends);
        keep_most(&all->receives, c.receives);
        keep_most(&all->reduces, c.reduces);
        keep_most(&all->rounds, c.rounds);
        all->sent = c.sent > all->sent ? c.sent : all->sent;
        all->reduced = c.reduced > all->reduced ? c.reduced : all->reduced;
        all->sent_by_all += c.sent;
        all->messages += c.sends;
    }
}

static void run_all(check_t *check, check_counts_t *counts)
{
    check_counts_t unused;
    set_up(check);
    check_run(check);
    check_all_over(check);
    for (int r = 0; r < check->world->spec.size; r++)
        check_names(check, &check->members[r]);
    check_ends(check);
    check_results(check);
    if (check->algorithm->needs & GYRE__ALG_SYMMETRIC && world_is_even(check->world->spec.coll))
        check_symmetry(check);
    count(check, counts ? counts : &unused);
    tear_down(check);
}

static bool can_accept(const check_t *check, const gyre__schedule_t *s)
{
    return s->reach != GYRE__REACH_INPUTS || !check->world->spec.in_place;
}

/* Alternatives are taken node by node: that many times on those whose bit is set. */
static void choose(check_t *check, int times, uint64_t nodes)
{
    for (int r = 0; r < check->world->spec.size; r++) {
        member_t *m = &check->members[r];
        int left = nodes >> check->world->places[r].node & 1 ? times : 0;
        m->steps = &m->schedule;
        while (m->steps->otherwise && (left-- > 0 || !can_accept(check, m->steps)))
            m->steps = m->steps->otherwise;
    }
}

static int alternatives(const gyre__schedule_t *s)
{
    return s->otherwise ? 1 + alternatives(s->otherwise) : 0;
}

static void run_choices(check_t *check, check_counts_t *counts)
{
    int times = 0;
    for (int r = 0; r < check->world->spec.size; r++) {
        int here = alternatives(&check->members[r].schedule);
        times = here > times ? here : times;
    }
    choose(check, 0, 0);
    run_all(check, counts);
    for (int i = 1; i <= times; i++) {
        choose(check, i, UINT64_MAX);
        run_all(check, NULL);
        choose(check, i, random_next(check->random));
        run_all(check, NULL);
    }
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

const char *check_algorithm(const gyre__algorithm_t *algorithm, const world_t *world,
                            random_plan_t *random, check_counts_t *counts)
{
    static check_t check; /* survives the jump */
    memset(&check, 0, sizeof(check));
    check.world = world;
    check.algorithm = algorithm;
    check.random = random;
    check.grain = common_divisor(world->spec.element, 64);
    check.pieces = world->spec.element / check.grain;
    terms_init(&check.terms);
    for (int r = 0; r < world->spec.size; r++) {
        gyre__schedule_init(&check.members[r].schedule);
        algorithm->generate(&world->plans[r], &check.members[r].schedule);
    }
    bool failed = setjmp(check.fail);
    if (failed)
        tear_down(&check);
    else
        run_choices(&check, counts);
    for (int r = 0; r < world->spec.size; r++)
        gyre__schedule_cleanup(&check.members[r].schedule);
    terms_cleanup(&check.terms);
    free(check.readers);
    free(check.values);
    free(check.visits);
    return failed ? failure : NULL;
}
