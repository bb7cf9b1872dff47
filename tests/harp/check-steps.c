/* SPDX-License-Identifier: Apache-2.0 */
/* What each step does to the symbols, and what it may not do. */
#include "harp/check-run.h"

#include <stdlib.h>
#include <string.h>

const gyre__step_t *check_step(const check_t *check, uint32_t id)
{
    const member_t *m = &check->members[check->owner[id]];
    return &m->steps->steps[id - m->base - 1];
}

const char *check_step_text(const check_t *check, uint32_t id)
{
    static const char *const kinds[] = {"join",    "send",  "recv",    "copy",  "reduce", "reserve",
                                        "publish", "await", "release", "offer", "accept"};
    static char texts[4][160];
    static int turn;
    char *text = texts[turn++ % 4];
    const gyre__step_t *step = check_step(check, id);
    snprintf(text, sizeof(texts[0]),
             "member %d's step %u (%s, peer %d, tag %u, unit %u, %llu bytes)", check->owner[id],
             id - check->members[check->owner[id]].base - 1, kinds[step->kind], step->peer,
             step->tag, step->unit, (unsigned long long)step->length);
    return text;
}

/* Sets of earlier steps */

uint64_t *check_set(const check_t *check, uint32_t id)
{
    const member_t *m = &check->members[check->owner[id]];
    return m->sets + (id - m->base) * m->words;
}

static uint32_t bit_of(const check_t *check, uint32_t id)
{
    return check->global ? id : id - check->members[check->owner[id]].base;
}

bool check_before(const check_t *check, uint32_t first, uint32_t then)
{
    uint32_t bit = bit_of(check, first);
    if (!check->global && check->owner[first] != check->owner[then])
        return false;
    return check_set(check, then)[bit / 64] >> (bit % 64) & 1;
}

/* then comes after all that came before first, and after first itself if over. */
static void order(const check_t *check, uint32_t first, uint32_t then, bool over)
{
    if (!check->global && check->owner[first] != check->owner[then])
        return;
    uint64_t *to = check_set(check, then), *from = check_set(check, first);
    for (uint64_t i = 0; i < check->members[check->owner[then]].words; i++)
        to[i] |= from[i];
    uint32_t bit = bit_of(check, first);
    if (over)
        to[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* Room for the values of the given number of operands. */
static uint32_t *operands(check_t *check, uint64_t length, int count)
{
    uint64_t room = (length / check->grain + 1) * (uint64_t)count;
    if (room > check->values_room) {
        check->values_room = 2 * room;
        check->values =
            check_need(realloc(check->values, check->values_room * sizeof(*check->values)));
    }
    return check->values;
}

/* Where out and an operand have bytes in common, they must be the same. */
static void check_overlap(check_t *check, uint32_t id, gyre__ref_t from)
{
    const gyre__step_t *step = check_step(check, id);
    if (step->length == 0)
        return;
    const cell_t *a = check_cells(check, id, from, step->length, false);
    const cell_t *out = check_cells(check, id, step->out, step->length, true);
    uint64_t count = step->length / check->grain;
    if (a != out && a < out + count && out < a + count)
        check_fail(check, "%s has overlapping operands", check_step_text(check, id));
}

/* A copy onto itself does nothing. */
static void do_copy(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    if (step->length == 0)
        return;
    check_overlap(check, id, step->a);
    uint32_t *values = operands(check, step->length, 1);
    check_read(check, id, step->a, step->length, values);
    bool itself = check_cells(check, id, step->a, step->length, false) ==
                  check_cells(check, id, step->out, step->length, true);
    if (!itself)
        check_write(check, id, step->out, step->length, values);
}

static void do_reduce(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    uint64_t count = step->length / check->grain;
    uint32_t pieces = (uint32_t)check->pieces;
    check_overlap(check, id, step->a);
    check_overlap(check, id, step->b);
    uint32_t *left = operands(check, step->length, 2), *right = left + count;
    check_read(check, id, step->a, step->length, left);
    check_read(check, id, step->b, step->length, right);
    for (uint64_t i = 0; i < count; i++) {
        if (left[i] % pieces != i % pieces || right[i] % pieces != i % pieces)
            check_fail(check, "%s reduces cut elements", check_step_text(check, id));
        uint32_t term = terms_combine(&check->terms, left[i] / pieces, right[i] / pieces);
        if (!term)
            check_fail(check, "%s reduces different elements, or what it has already",
                       check_step_text(check, id));
        left[i] = term * pieces + (uint32_t)(i % pieces);
    }
    check_write(check, id, step->out, step->length, left);
}

/* Progress */

static void unblock(check_t *check)
{
    while (check->blocked_count)
        check->ready[check->ready_count++] = check->blocked[--check->blocked_count];
}

static void complete(check_t *check, uint32_t id)
{
    member_t *m = &check->members[check->owner[id]];
    for (uint32_t i = check->next_start[id]; i < check->next_start[id + 1]; i++) {
        uint32_t then = check->next[i];
        order(check, id, then, true);
        if (check->depth[then] < check->depth[id])
            check->depth[then] = check->depth[id];
        if (--m->pending[then - m->base] == 0)
            check->ready[check->ready_count++] = then;
    }
    m->pending[id - m->base] = OVER;
    m->left--;
    gyre__step_kind_t kind = id == m->base ? GYRE__STEP_JOIN : check_step(check, id)->kind;
    if (m->left == 0 || kind == GYRE__STEP_PUBLISH || kind == GYRE__STEP_RELEASE ||
        kind == GYRE__STEP_OFFER)
        unblock(check);
}

static void do_message(check_t *check, uint32_t from, uint32_t to)
{
    const gyre__step_t *send = check_step(check, from), *recv = check_step(check, to);
    if (send->length != recv->length)
        check_fail(check, "%s and %s differ in length", check_step_text(check, from),
                   check_step_text(check, to));
    uint32_t *values = operands(check, send->length, 1);
    order(check, from, to, false);
    check_read(check, from, send->a, send->length, values);
    check_write(check, to, recv->out, recv->length, values);
    uint32_t depth = check->depth[from] > check->depth[to] ? check->depth[from] : check->depth[to];
    check->depth[from] = check->depth[to] = depth + 1;
    complete(check, from);
    complete(check, to);
}

static uint32_t *posted(check_t *check, int from, int to, uint32_t tag)
{
    uint64_t key = (uint64_t)tag << 12 | (uint64_t)from << 6 | (uint64_t)to;
    return &check->posted[key * UINT64_C(0x9e3779b97f4a7c15) >> 52];
}

/* Waits among the posted until the other end is there. */
static void try_message(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    bool sends = step->kind == GYRE__STEP_SEND;
    int me = check->owner[id];
    uint32_t *head = posted(check, sends ? me : step->peer, sends ? step->peer : me, step->tag);
    for (uint32_t *at = head, that; (that = *at); at = &check->posted_next[that]) {
        const gyre__step_t *match = check_step(check, that);
        if (match->kind == step->kind || check->owner[that] != step->peer || match->peer != me ||
            match->tag != step->tag)
            continue;
        *at = check->posted_next[that];
        do_message(check, sends ? id : that, sends ? that : id);
        return;
    }
    check->posted_next[id] = *head;
    *head = id;
}

/* Node steps */

static bool released_by(const check_t *check, int rank, uint32_t unit)
{
    const member_t *m = &check->members[rank];
    return m->released > unit || m->left == 0;
}

/* The releases that allow the slot to be taken again are over when it is. */
static void order_after_releases(check_t *check, int rank, uint32_t unit, uint32_t id)
{
    const member_t *m = &check->members[rank];
    for (uint32_t i = 0; i < m->steps->count; i++) {
        const gyre__step_t *step = &m->steps->steps[i];
        bool releases = step->kind == GYRE__STEP_RELEASE && step->unit > unit;
        if ((releases || m->left == 0) && m->pending[i + 1] == OVER)
            order(check, m->base + 1 + i, id, true);
    }
}

/* Whether the slot's last unit has been released by those who read it. */
static bool vacant(check_t *check, uint32_t id, uint32_t unit)
{
    int rank = check->owner[id];
    const member_t *m = &check->members[rank];
    const gyre__places_t *places = &check->world->places[rank];
    while (unit >= GYRE__SLOTS_SURE) {
        unit -= GYRE__SLOTS_SURE;
        const unit_t *last = &m->units[unit];
        for (int i = 0; last->step && i < places->local_size; i++) {
            bool reads = last->reader == GYRE__ALL || last->reader == i;
            if (!reads || i == places->local_rank)
                continue;
            if (!released_by(check, places->local[i], unit))
                return false;
            order_after_releases(check, places->local[i], unit, id);
        }
    }
    return true;
}

static void check_unit_free(check_t *check, uint32_t id, uint32_t taken)
{
    const gyre__step_t *step = check_step(check, id);
    const member_t *m = &check->members[check->owner[id]];
    if (taken)
        check_fail(check, "%s: the unit has been taken before", check_step_text(check, id));
    if (step->length > GYRE__SLOT_SIZE)
        check_fail(check, "%s: more than a slot holds", check_step_text(check, id));
    for (uint32_t u = step->unit + GYRE__SLOTS_SURE; u < m->steps->units; u += GYRE__SLOTS_SURE)
        if (m->units[u].step || m->units[u].reserved)
            check_fail(check, "%s: a later unit has been in the slot", check_step_text(check, id));
}

static void open_unit(check_t *check, unit_t *unit, uint64_t length)
{
    if (!unit->cells)
        unit->cells = check_need(calloc(length / check->grain + 1, sizeof(*unit->cells)));
    unit->length = length;
}

static bool do_reserve(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    unit_t *unit = &check->members[check->owner[id]].units[step->unit];
    check_unit_free(check, id, unit->step + unit->reserved);
    if (!vacant(check, id, step->unit))
        return false;
    open_unit(check, unit, step->length);
    unit->reserved = id;
    return true;
}

/* The slot as it lies, holes and all, or with a copy of a. */
static void fill_unit(check_t *check, uint32_t id, unit_t *unit)
{
    const gyre__step_t *step = check_step(check, id);
    uint64_t count = step->length / check->grain;
    bool lies = step->a.space == GYRE__SLOT && step->a.unit == step->unit && step->a.offset == 0 &&
                step->a.member == (uint32_t)check->world->places[check->owner[id]].local_rank;
    if (lies && (!unit->reserved || step->length > unit->length))
        check_fail(check, "%s: nothing of that length is reserved", check_step_text(check, id));
    if (lies) {
        unit->length = step->length;
        for (uint64_t i = 0; i < count; i++)
            check_touch(check, &unit->cells[i], id, false);
        return;
    }
    uint32_t *values = operands(check, step->length, 1);
    check_read(check, id, step->a, step->length, values);
    open_unit(check, unit, step->length);
    for (uint64_t i = 0; i < count; i++) {
        check_touch(check, &unit->cells[i], id, true);
        unit->cells[i].value = values[i];
    }
}

static bool do_publish(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    unit_t *unit = &check->members[check->owner[id]].units[step->unit];
    check_unit_free(check, id, unit->step);
    if (step->peer != GYRE__ALL &&
        (step->peer < 0 || step->peer >= check->world->places[check->owner[id]].local_size))
        check_fail(check, "%s: no such reader", check_step_text(check, id));
    if (!vacant(check, id, step->unit))
        return false;
    fill_unit(check, id, unit);
    unit->step = id;
    unit->reader = step->peer;
    return true;
}

static bool do_await(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    const gyre__places_t *places = &check->world->places[check->owner[id]];
    if (step->peer < 0 || step->peer >= places->local_size || step->peer == places->local_rank)
        check_fail(check, "%s: awaits no peer", check_step_text(check, id));
    const unit_t *unit = &check->members[places->local[step->peer]].units[step->unit];
    if (!unit->step)
        return false;
    if (unit->reader != GYRE__ALL && unit->reader != places->local_rank)
        check_fail(check, "%s: the unit is for member %d of the node", check_step_text(check, id),
                   unit->reader);
    order(check, unit->step, id, true);
    if (check->depth[id] < check->depth[unit->step] + 1)
        check->depth[id] = check->depth[unit->step] + 1;
    return true;
}

/* All reads of what is released, and its awaits, must come before. */
static void do_release(check_t *check, uint32_t id)
{
    const gyre__step_t *release = check_step(check, id);
    member_t *m = &check->members[check->owner[id]];
    for (uint32_t i = 0; i < m->steps->count; i++) {
        const gyre__step_t *step = &m->steps->steps[i];
        bool uses = step->kind == GYRE__STEP_AWAIT && step->unit < release->unit;
        uses |= (step->kind == GYRE__STEP_COPY || step->kind == GYRE__STEP_SEND ||
                 step->kind == GYRE__STEP_REDUCE || step->kind == GYRE__STEP_PUBLISH) &&
                step->a.space == GYRE__SLOT && step->a.unit < release->unit;
        uses |= step->kind == GYRE__STEP_REDUCE && step->b.space == GYRE__SLOT &&
                step->b.unit < release->unit;
        if (uses && !check_before(check, m->base + 1 + i, id))
            check_fail(check, "%s may come before %s", check_step_text(check, id),
                       check_step_text(check, m->base + 1 + i));
    }
    if (m->released < release->unit)
        m->released = release->unit;
}

static bool do_offer(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    member_t *m = &check->members[check->owner[id]];
    check_unit_free(check, id, m->units[step->unit].step);
    if (!vacant(check, id, step->unit))
        return false;
    m->units[step->unit] = (unit_t){.step = id, .reader = GYRE__ALL};
    return true;
}

static bool do_accept(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    const gyre__places_t *places = &check->world->places[check->owner[id]];
    for (int i = 0; i < places->local_size; i++)
        if (!check->members[places->local[i]].units[step->unit].step)
            return false;
    for (int i = 0; i < places->local_size; i++)
        order(check, check->members[places->local[i]].units[step->unit].step, id, true);
    return true;
}

/* False: has to wait. */
static bool do_step(check_t *check, uint32_t id)
{
    gyre__step_kind_t kind = check_step(check, id)->kind;
    if (kind >= GYRE__STEP_RESERVE && check->world->places[check->owner[id]].local_size == 1)
        check_fail(check, "%s, alone on a node", check_step_text(check, id));
    switch (kind) {
    case GYRE__STEP_COPY:
        do_copy(check, id);
        return true;
    case GYRE__STEP_REDUCE:
        do_reduce(check, id);
        return true;
    case GYRE__STEP_RESERVE:
        return do_reserve(check, id);
    case GYRE__STEP_PUBLISH:
        return do_publish(check, id);
    case GYRE__STEP_AWAIT:
        return do_await(check, id);
    case GYRE__STEP_RELEASE:
        do_release(check, id);
        return true;
    case GYRE__STEP_OFFER:
        return do_offer(check, id);
    case GYRE__STEP_ACCEPT:
        return do_accept(check, id);
    default:
        return true;
    }
}

/* Order by chance; a message takes both ends at once. */
void check_run(check_t *check)
{
    while (check->ready_count) {
        uint32_t pick = (uint32_t)random_below(check->random, check->ready_count);
        uint32_t id = check->ready[pick];
        check->ready[pick] = check->ready[--check->ready_count];
        if (id == check->members[check->owner[id]].base) {
            complete(check, id);
            continue;
        }
        gyre__step_kind_t kind = check_step(check, id)->kind;
        if (kind == GYRE__STEP_SEND || kind == GYRE__STEP_RECV)
            try_message(check, id);
        else if (do_step(check, id))
            complete(check, id);
        else
            check->blocked[check->blocked_count++] = id;
    }
}
