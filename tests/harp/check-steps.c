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
    static const char *const kinds[] = {"join",    "send",  "recv",    "copy",  "reduce",
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

/* Memory */

static void touch(check_t *check, cell_t *cell, uint32_t id, bool write)
{
    if (cell->writer && cell->writer != id && !check_before(check, cell->writer, id))
        check_fail(check, "%s and %s touch the same bytes in no order",
                   check_step_text(check, cell->writer), check_step_text(check, id));
    if (!write) {
        if (cell->readers && check->readers[cell->readers].step == id)
            return;
        if (check->reader_count >= check->reader_room) {
            check->reader_room = 2 * check->reader_room + 1024;
            check->readers =
                check_need(realloc(check->readers, check->reader_room * sizeof(*check->readers)));
        }
        check->readers[check->reader_count] = (reader_t){id, cell->readers};
        cell->readers = check->reader_count++;
        return;
    }
    for (uint32_t i = cell->readers; i; i = check->readers[i].next)
        if (check->readers[i].step != id && !check_before(check, check->readers[i].step, id))
            check_fail(check, "%s reads while %s writes the same bytes",
                       check_step_text(check, check->readers[i].step), check_step_text(check, id));
    cell->writer = id;
    cell->readers = 0;
}

static void check_peer_access(check_t *check, uint32_t id, bool write)
{
    const gyre__step_t *step = check_step(check, id);
    const member_t *m = &check->members[check->owner[id]];
    bool accepted = false;
    for (uint32_t i = 0; i < m->steps->count && !accepted; i++)
        accepted = m->steps->steps[i].kind == GYRE__STEP_ACCEPT &&
                   check_before(check, m->base + 1 + i, id);
    if (!accepted)
        check_fail(check, "%s uses a peer's buffer before it is accepted",
                   check_step_text(check, id));
    if (m->steps->reach == GYRE__REACH_READ && (step->kind != GYRE__STEP_COPY || write))
        check_fail(check, "%s needs mapped buffers", check_step_text(check, id));
}

static void visit(check_t *check, uint32_t id, int owner)
{
    if (check->visit_count == check->visit_room) {
        check->visit_room = 2 * check->visit_room + 64;
        check->visits =
            check_need(realloc(check->visits, check->visit_room * sizeof(*check->visits)));
    }
    check->visits[check->visit_count].step = id;
    check->visits[check->visit_count++].owner = owner;
}

/* Start of the bytes in the memory of the member that owns them. */
static cell_t *cells_at(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length, bool write)
{
    int rank = check->owner[id];
    bool peers = ref.space == GYRE__PEER_IN || ref.space == GYRE__PEER_OUT;
    if (peers) {
        const gyre__places_t *places = &check->world->places[rank];
        if (ref.member >= (uint32_t)places->local_size)
            check_fail(check, "%s names member %u of the node", check_step_text(check, id),
                       ref.member);
        check_peer_access(check, id, write);
        rank = places->local[ref.member];
        visit(check, id, rank);
    }
    const member_t *m = &check->members[rank];
    const buffers_t *buffers = &check->world->buffers[rank];
    uint64_t at = m->tmp_at, room = m->steps->scratch;
    if (ref.space == GYRE__IN || ref.space == GYRE__PEER_IN)
        at = buffers->in_at, room = buffers->in_bytes;
    if (ref.space == GYRE__OUT || ref.space == GYRE__PEER_OUT)
        at = buffers->out_at, room = buffers->out_bytes;
    if (write && (ref.space == GYRE__IN || ref.space == GYRE__PEER_IN))
        check_fail(check, "%s writes to the input", check_step_text(check, id));
    if (ref.offset > room || length > room - ref.offset)
        check_fail(check, "%s goes to byte %llu of %llu of space %d", check_step_text(check, id),
                   (unsigned long long)(ref.offset + length), (unsigned long long)room, ref.space);
    if (ref.offset % check->grain)
        check_fail(check, "%s begins inside an element", check_step_text(check, id));
    return m->cells + (at + ref.offset) / check->grain;
}

static void read_slot(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length,
                      uint32_t *values)
{
    int rank = check->owner[id];
    const member_t *m = &check->members[rank];
    const gyre__places_t *places = &check->world->places[rank];
    if (ref.member >= (uint32_t)places->local_size || ref.unit >= m->steps->units)
        check_fail(check, "%s: no unit %u of member %u", check_step_text(check, id), ref.unit,
                   ref.member);
    const unit_t *unit = &check->members[places->local[ref.member]].units[ref.unit];
    bool awaited = unit->step && check_before(check, unit->step, id);
    for (uint32_t i = 0; i < m->steps->count; i++) {
        const gyre__step_t *step = &m->steps->steps[i];
        uint32_t other = m->base + 1 + i;
        if (step->kind == GYRE__STEP_AWAIT && step->peer == (int32_t)ref.member &&
            step->unit == ref.unit && check_before(check, other, id))
            awaited = true;
        if (step->kind == GYRE__STEP_RELEASE && step->unit > ref.unit &&
            check_before(check, other, id))
            check_fail(check, "%s reads unit %u after its release", check_step_text(check, id),
                       ref.unit);
    }
    for (uint32_t u = ref.unit + GYRE__SLOTS; u < m->steps->units; u += GYRE__SLOTS)
        if (check->members[places->local[ref.member]].units[u].step)
            check_fail(check, "%s reads unit %u, whose slot has been taken again",
                       check_step_text(check, id), ref.unit);
    if (!awaited || !unit->step)
        check_fail(check, "%s reads unit %u of member %u without awaiting it",
                   check_step_text(check, id), ref.unit, ref.member);
    if (!unit->values || ref.offset % check->grain || ref.offset + length > unit->length)
        check_fail(check, "%s reads bytes %llu on of unit %u, which has %llu",
                   check_step_text(check, id), (unsigned long long)ref.offset, ref.unit,
                   (unsigned long long)unit->length);
    memcpy(values, unit->values + ref.offset / check->grain,
           length / check->grain * sizeof(*values));
}

static void read_bytes(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length,
                       uint32_t *values)
{
    if (ref.space == GYRE__SLOT) {
        read_slot(check, id, ref, length, values);
        return;
    }
    cell_t *cells = cells_at(check, id, ref, length, false);
    for (uint64_t i = 0; i < length / check->grain; i++) {
        if (!cells[i].value)
            check_fail(check, "%s reads byte %llu of space %d, which holds nothing",
                       check_step_text(check, id),
                       (unsigned long long)(ref.offset + i * check->grain), ref.space);
        touch(check, &cells[i], id, false);
        values[i] = cells[i].value;
    }
}

static void write_bytes(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length,
                        const uint32_t *values)
{
    if (ref.space == GYRE__SLOT)
        check_fail(check, "%s writes to a slot", check_step_text(check, id));
    cell_t *cells = cells_at(check, id, ref, length, true);
    for (uint64_t i = 0; i < length / check->grain; i++) {
        touch(check, &cells[i], id, true);
        cells[i].value = values[i];
    }
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
    if (from.space == GYRE__SLOT || step->length == 0)
        return;
    const cell_t *a = cells_at(check, id, from, step->length, false);
    const cell_t *out = cells_at(check, id, step->out, step->length, true);
    uint64_t count = step->length / check->grain;
    if (a != out && a < out + count && out < a + count)
        check_fail(check, "%s has overlapping operands", check_step_text(check, id));
}

static void do_copy(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    check_overlap(check, id, step->a);
    uint32_t *values = operands(check, step->length, 1);
    read_bytes(check, id, step->a, step->length, values);
    write_bytes(check, id, step->out, step->length, values);
}

static void do_reduce(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    uint64_t count = step->length / check->grain;
    uint32_t pieces = (uint32_t)check->pieces;
    check_overlap(check, id, step->a);
    check_overlap(check, id, step->b);
    uint32_t *left = operands(check, step->length, 2), *right = left + count;
    read_bytes(check, id, step->a, step->length, left);
    read_bytes(check, id, step->b, step->length, right);
    for (uint64_t i = 0; i < count; i++) {
        if (left[i] % pieces != i % pieces || right[i] % pieces != i % pieces)
            check_fail(check, "%s reduces cut elements", check_step_text(check, id));
        uint32_t term = terms_combine(&check->terms, left[i] / pieces, right[i] / pieces);
        if (!term)
            check_fail(check, "%s reduces different elements, or what it has already",
                       check_step_text(check, id));
        left[i] = term * pieces + (uint32_t)(i % pieces);
    }
    write_bytes(check, id, step->out, step->length, left);
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
    read_bytes(check, from, send->a, send->length, values);
    write_bytes(check, to, recv->out, recv->length, values);
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
    while (unit >= GYRE__SLOTS) {
        unit -= GYRE__SLOTS;
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

static void check_unit_free(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    const member_t *m = &check->members[check->owner[id]];
    if (m->units[step->unit].step)
        check_fail(check, "%s: the unit has been published before", check_step_text(check, id));
    for (uint32_t u = step->unit + GYRE__SLOTS; u < m->steps->units; u += GYRE__SLOTS)
        if (m->units[u].step)
            check_fail(check, "%s: a later unit has been in the slot", check_step_text(check, id));
}

static bool do_publish(check_t *check, uint32_t id)
{
    const gyre__step_t *step = check_step(check, id);
    member_t *m = &check->members[check->owner[id]];
    check_unit_free(check, id);
    if (step->length > GYRE__SLOT_SIZE)
        check_fail(check, "%s: more than a slot holds", check_step_text(check, id));
    if (step->peer != GYRE__ALL &&
        (step->peer < 0 || step->peer >= check->world->places[check->owner[id]].local_size))
        check_fail(check, "%s: no such reader", check_step_text(check, id));
    if (!vacant(check, id, step->unit))
        return false;
    unit_t *unit = &m->units[step->unit];
    *unit = (unit_t){.length = step->length, .step = id, .reader = step->peer};
    unit->values = check_need(calloc(step->length / check->grain + 1, sizeof(*unit->values)));
    read_bytes(check, id, step->a, step->length, unit->values);
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
    check_unit_free(check, id);
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
    switch (check_step(check, id)->kind) {
    case GYRE__STEP_COPY:
        do_copy(check, id);
        return true;
    case GYRE__STEP_REDUCE:
        do_reduce(check, id);
        return true;
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
