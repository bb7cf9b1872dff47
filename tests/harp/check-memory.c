/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bytes of a step are, and whether it may touch them now. */
#include "harp/check-run.h"

#include <stdlib.h>

void check_touch(check_t *check, cell_t *cell, uint32_t id, bool write)
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

static void check_peer_access(check_t *check, uint32_t id, gyre__space_t space)
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
    if (m->steps->reach == GYRE__REACH_COPY && step->kind != GYRE__STEP_COPY)
        check_fail(check, "%s needs mapped buffers", check_step_text(check, id));
    if (m->steps->reach == GYRE__REACH_INPUTS && space != GYRE__PEER_IN)
        check_fail(check, "%s needs more than inputs", check_step_text(check, id));
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

/* Of another member: it is there from the await to the release. What comes before a step has a
 * lower number. */
static void check_unit_open(check_t *check, uint32_t id, gyre__ref_t ref)
{
    const member_t *m = &check->members[check->owner[id]];
    bool awaited = false;
    for (uint32_t other = m->base + 1; other < id; other++) {
        const gyre__step_t *step = &m->steps->steps[other - m->base - 1];
        if (step->kind == GYRE__STEP_AWAIT && step->peer == (int32_t)ref.member &&
            step->unit == ref.unit && check_before(check, other, id))
            awaited = true;
        if (step->kind == GYRE__STEP_RELEASE && step->unit > ref.unit &&
            check_before(check, other, id))
            check_fail(check, "%s reads unit %u after its release", check_step_text(check, id),
                       ref.unit);
    }
    if (!awaited)
        check_fail(check, "%s reads unit %u of member %u without awaiting it",
                   check_step_text(check, id), ref.unit, ref.member);
}

/* Of this member: it may write what it has reserved until it publishes it, then read it. */
static void check_own_unit(check_t *check, uint32_t id, const unit_t *unit, bool write)
{
    bool reserved = unit->reserved && check_before(check, unit->reserved, id);
    bool published = unit->step && check_before(check, unit->step, id);
    if ((!reserved && !published) || (published && write))
        check_fail(check, "%s touches a unit of its own that is not reserved",
                   check_step_text(check, id));
}

static cell_t *slot_at(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length, bool write)
{
    const member_t *m = &check->members[check->owner[id]];
    const gyre__places_t *places = &check->world->places[check->owner[id]];
    bool own = ref.member == (uint32_t)places->local_rank;
    if (ref.member >= (uint32_t)places->local_size || ref.unit >= m->steps->units)
        check_fail(check, "%s: no unit %u of member %u", check_step_text(check, id), ref.unit,
                   ref.member);
    if (write && !own)
        check_fail(check, "%s writes to another's slot", check_step_text(check, id));
    const unit_t *units = check->members[places->local[ref.member]].units, *unit = &units[ref.unit];
    for (uint32_t u = ref.unit + GYRE__SLOTS_SURE; u < m->steps->units; u += GYRE__SLOTS_SURE)
        if (units[u].step || units[u].reserved)
            check_fail(check, "%s: unit %u's slot has been taken again", check_step_text(check, id),
                       ref.unit);
    if (own)
        check_own_unit(check, id, unit, write);
    else
        check_unit_open(check, id, ref);
    if (!unit->cells || ref.offset % check->grain || ref.offset + length > unit->length)
        check_fail(check, "%s: bytes %llu on of unit %u, which has %llu",
                   check_step_text(check, id), (unsigned long long)ref.offset, ref.unit,
                   (unsigned long long)unit->length);
    return unit->cells + ref.offset / check->grain;
}

/* Start of the bytes in the memory of the member that owns them. */
cell_t *check_cells(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length, bool write)
{
    if (ref.space == GYRE__SLOT)
        return slot_at(check, id, ref, length, write);
    int rank = check->owner[id];
    bool peers = ref.space == GYRE__PEER_IN || ref.space == GYRE__PEER_OUT;
    if (peers) {
        const gyre__places_t *places = &check->world->places[rank];
        if (ref.member >= (uint32_t)places->local_size)
            check_fail(check, "%s names member %u of the node", check_step_text(check, id),
                       ref.member);
        check_peer_access(check, id, ref.space);
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

void check_read(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length, uint32_t *values)
{
    if (length == 0)
        return;
    cell_t *cells = check_cells(check, id, ref, length, false);
    bool own = ref.space != GYRE__SLOT ||
               ref.member == (uint32_t)check->world->places[check->owner[id]].local_rank;
    for (uint64_t i = 0; i < length / check->grain; i++) {
        if (!cells[i].value)
            check_fail(check, "%s reads byte %llu of space %d, which holds nothing",
                       check_step_text(check, id),
                       (unsigned long long)(ref.offset + i * check->grain), ref.space);
        if (own)
            check_touch(check, &cells[i], id, false);
        values[i] = cells[i].value;
    }
}

void check_write(check_t *check, uint32_t id, gyre__ref_t ref, uint64_t length,
                 const uint32_t *values)
{
    if (length == 0)
        return;
    cell_t *cells = check_cells(check, id, ref, length, true);
    for (uint64_t i = 0; i < length / check->grain; i++) {
        check_touch(check, &cells[i], id, true);
        cells[i].value = values[i];
    }
}
