/* SPDX-License-Identifier: Apache-2.0 */
/* Parcels to targets. A parcel becomes a batch where it lies, which gives the parcel back when
 * nobody needs it any more. What a worker sends behind a barrier, or behind its end, waits until
 * all workers have come to theirs, and all targets have been told. */
#include "base/error.h"
#include "batch/buffer.h"
#include "dataflow/range.h"

#include <inttypes.h>
#include <stdlib.h>

void gyre__receive_open(gyre_operator_t *op)
{
    for (int i = 0; i < op->size; i++)
        gyre__list_init(&op->inlets[i].held);
    for (int i = 0; i < op->source_total; i++)
        op->inlets[op->source_ranks[i]].expected = true;
    for (int i = 0; i < op->target_count; i++)
        gyre__list_init(&op->targets[i].waiting);
}

static gyre__delivery_t *next_delivery(gyre__target_t *target)
{
    return gyre__list_empty(&target->waiting)
               ? NULL
               : gyre__container(target->waiting.next, gyre__delivery_t, link);
}

static void delivery_free(gyre__delivery_t *delivery)
{
    gyre__list_remove(&delivery->link);
    gyre_batch_release(delivery->batch);
    free(delivery);
}

static void leave_mark(gyre__inlet_t *inlet)
{
    if (inlet->mark)
        gyre__parcel_release(inlet->mark);
    inlet->mark = NULL;
}

void gyre__receive_close(gyre_operator_t *op)
{
    gyre__link_t *link;
    for (int i = 0; op->inlets && i < op->size; i++) {
        leave_mark(&op->inlets[i]);
        while ((link = gyre__list_pop(&op->inlets[i].held)))
            gyre__parcel_release(gyre__container(link, gyre__parcel_t, link));
    }
    for (int i = 0; i < op->target_count; i++)
        for (gyre__delivery_t *delivery; (delivery = next_delivery(&op->targets[i]));)
            delivery_free(delivery);
}

static void release_parcel(void *parcel, void *data, size_t size)
{
    (void)data;
    (void)size;
    gyre__parcel_release(parcel);
}

/* The parcel is the batch's, or has been released. */
static gyre_status_t unpack(const gyre__side_t *side, gyre__parcel_t *parcel,
                            const gyre_batch_t **batch)
{
    gyre_buffer_t *memory;
    gyre_status_t status = gyre_buffer_adopt((void *)(uintptr_t)parcel->data, parcel->length,
                                             release_parcel, parcel, &memory);
    if (status != GYRE_OK) {
        gyre__parcel_release(parcel);
        return status;
    }
    gyre__buffer_lend(memory);
    size_t length = parcel->length;
    status = gyre_batch_unpack(side->carried, memory, 0, length, batch);
    gyre_buffer_release(memory);
    return status;
}

static gyre_status_t queue(gyre_operator_t *op, const gyre_batch_t *batch,
                           const gyre__label_t *label)
{
    for (int i = 0; i < op->target_count; i++) {
        gyre__target_t *target = &op->targets[i];
        if (label->target != GYRE__ALL_TARGETS && label->target != target->task)
            continue;
        gyre__delivery_t *delivery = malloc(sizeof(*delivery));
        if (!delivery)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a delivery");
        delivery->side = (int)label->value;
        delivery->source = label->source;
        delivery->batch = gyre_batch_retain(batch);
        gyre__list_append(&target->waiting, &delivery->link);
    }
    return GYRE_OK;
}

static gyre_status_t take(gyre_operator_t *op, gyre__parcel_t *parcel)
{
    const gyre_batch_t *batch;
    gyre__label_t label = parcel->label;
    gyre_status_t status = unpack(&op->sides[label.value], parcel, &batch);
    if (status != GYRE_OK)
        return status;
    status = queue(op, batch, &label);
    gyre_batch_release(batch);
    return status;
}

static gyre_status_t meet_barrier(gyre_operator_t *op, const gyre__parcel_t *parcel)
{
    uint64_t id = parcel->label.value;
    for (int i = 0; i < op->size; i++)
        if (op->inlets[i].mark && !gyre__inlet_ended(&op->inlets[i]) && op->barrier != id)
            return gyre__error(GYRE_ERR_STATE,
                               "barrier %" PRIu64 " from rank %d, while rank %d is at %" PRIu64, id,
                               parcel->worker, i, op->barrier);
    op->barrier = id;
    return GYRE_OK;
}

/* Labels come from other processes. */
static bool is_sound(const gyre_operator_t *op, const gyre__parcel_t *parcel)
{
    const gyre__label_t *label = &parcel->label;
    switch (label->kind) {
    case GYRE__PARCEL_ROWS:
        return parcel->length > 0 && label->value < (uint64_t)op->side_count &&
               label->target >= GYRE__ALL_TARGETS && label->target < op->opts.targets &&
               label->source >= GYRE__MANY_SOURCES && label->source < op->source_total;
    case GYRE__PARCEL_SAMPLES:
        return op->range && (label->source == 0 || label->source == 1);
    default:
        return label->kind == GYRE__PARCEL_BARRIER || label->kind == GYRE__PARCEL_END ||
               label->kind == GYRE__PARCEL_WATERMARK;
    }
}

static gyre_status_t hear(gyre_operator_t *op, gyre__inlet_t *inlet, gyre__parcel_t *parcel)
{
    op->moved = true;
    switch (parcel->label.kind) {
    case GYRE__PARCEL_ROWS:
        return take(op, parcel);
    case GYRE__PARCEL_WATERMARK:
        inlet->watermark = (int64_t)parcel->label.value;
        gyre__parcel_release(parcel);
        return gyre__watermark_hear(op);
    case GYRE__PARCEL_BARRIER: {
        gyre_status_t status = meet_barrier(op, parcel);
        inlet->mark = parcel;
        return status;
    }
    default:
        inlet->mark = parcel;
        return gyre__watermark_hear(op);
    }
}

static gyre_status_t hear_all(gyre_operator_t *op)
{
    gyre_status_t status = GYRE_OK;
    gyre__parcel_t *parcel;
    while (status == GYRE_OK && (parcel = gyre__channel_take(op->channel))) {
        gyre__inlet_t *inlet = &op->inlets[parcel->worker];
        if (!is_sound(op, parcel)) {
            status = gyre__error(GYRE_ERR_SYNTAX, "rank %d sent what is nothing to a %s",
                                 parcel->worker, gyre_operator_kind_name(op->opts.kind));
            gyre__parcel_release(parcel);
        } else if (parcel->label.kind == GYRE__PARCEL_SAMPLES)
            status = gyre__range_hear(op, parcel);
        else if (inlet->mark || !gyre__list_empty(&inlet->held))
            gyre__list_append(&inlet->held, &parcel->link);
        else
            status = hear(op, inlet, parcel);
    }
    return status;
}

/* What was held back, up to the next barrier or end. */
static gyre_status_t hear_held(gyre_operator_t *op)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->size; i++) {
        gyre__inlet_t *inlet = &op->inlets[i];
        gyre__link_t *link;
        while (status == GYRE_OK && !inlet->mark && (link = gyre__list_pop(&inlet->held)))
            status = hear(op, inlet, gyre__container(link, gyre__parcel_t, link));
    }
    return status;
}

/* What a target's function returned. */
static gyre_status_t heed(gyre_operator_t *op, const gyre__target_t *target, gyre_status_t status)
{
    op->moved |= status == GYRE_OK;
    op->refused |= status == GYRE_IN_PROGRESS;
    return status < 0 ? gyre__error_by(status, "target", target->task) : status;
}

static gyre_status_t give(gyre_operator_t *op, gyre__target_t *target, int source,
                          const gyre_batch_t *batch)
{
    gyre__error_forget();
    return heed(op, target, op->opts.receive(op->opts.arg, target->task, source, batch));
}

static gyre_status_t pass_barrier(gyre_operator_t *op, gyre__target_t *target)
{
    gyre__error_forget();
    return heed(op, target, op->opts.barrier(op->opts.arg, target->task, op->barrier));
}

static gyre_status_t pass_watermark(gyre_operator_t *op, gyre__target_t *target, int64_t time)
{
    if (!op->opts.watermark)
        return GYRE_OK;
    gyre__error_forget();
    return heed(op, target, op->opts.watermark(op->opts.arg, target->task, time));
}

static gyre_status_t keep(gyre_operator_t *op, gyre__target_t *target,
                          const gyre__delivery_t *delivery)
{
    gyre__keep_t *keep = target->keep;
    if (!delivery->batch) {
        target->watermark = delivery->watermark;
        return GYRE_OK;
    }
    gyre_status_t status =
        keep->kind->take(keep, delivery->side, delivery->source, delivery->batch);
    op->moved |= status == GYRE_IN_PROGRESS;
    return status;
}

static gyre_status_t deliver(gyre_operator_t *op, gyre__target_t *target)
{
    gyre__delivery_t *delivery;
    while ((delivery = next_delivery(target))) {
        const gyre_batch_t *batch = delivery->batch;
        gyre_status_t status = target->keep ? keep(op, target, delivery)
                               : batch      ? give(op, target, delivery->source, batch)
                                            : pass_watermark(op, target, delivery->watermark);
        if (status != GYRE_OK)
            return status;
        op->counts.rows_received += batch ? batch->length : 0;
        delivery_free(delivery);
    }
    return GYRE_OK;
}

/* Whether every worker has come to where it waits for the others. */
static bool all_held(const gyre_operator_t *op, bool *ended)
{
    *ended = true;
    for (int i = 0; i < op->size; i++) {
        const gyre__inlet_t *inlet = &op->inlets[i];
        if (inlet->expected && !inlet->mark)
            return false;
        *ended &= gyre__inlet_ended(inlet) || !inlet->expected;
    }
    return true;
}

/* The next of what was kept, if none is offered. */
static gyre_status_t offer(gyre_operator_t *op, gyre__target_t *target)
{
    gyre__keep_t *keep = target->keep;
    if (target->offered)
        return GYRE_OK;
    gyre_status_t status = keep->kind->next(keep, &target->offered_source, &target->offered);
    op->moved |= status == GYRE_IN_PROGRESS;
    return status;
}

static gyre_status_t give_kept(gyre_operator_t *op, gyre__target_t *target)
{
    gyre_status_t status;
    while ((status = offer(op, target)) == GYRE_OK && target->offered) {
        status = give(op, target, target->offered_source, target->offered);
        if (status != GYRE_OK)
            return status;
        gyre_batch_release(target->offered);
        target->offered = NULL;
    }
    return status;
}

/* In a stream a barrier ends a round of what is kept. */
static gyre_status_t tell(gyre_operator_t *op, gyre__target_t *target, bool ended)
{
    if (target->told)
        return GYRE_OK;
    bool due = target->keep && (ended || op->opts.stream);
    gyre_status_t status = due ? give_kept(op, target) : GYRE_OK;
    if (status == GYRE_OK && due && !ended && target->watermark != INT64_MIN)
        status = pass_watermark(op, target, target->watermark);
    if (status != GYRE_OK)
        return status;
    target->watermark = due ? INT64_MIN : target->watermark;
    if (ended)
        status = give(op, target, GYRE__MANY_SOURCES, NULL);
    else if (op->opts.barrier)
        status = pass_barrier(op, target);
    target->told = status == GYRE_OK;
    return status;
}

/* All targets have been told, and begin anew: with nothing, where they have been given what was
 * kept. */
static gyre_status_t renew(gyre_operator_t *op, bool given)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->target_count && status == GYRE_OK; i++) {
        gyre__keep_t *keep = op->targets[i].keep;
        op->targets[i].told = false;
        status = keep && given ? keep->kind->clear(keep) : GYRE_OK;
    }
    return status;
}

/* Past the barrier that all have come to. */
static gyre_status_t go_on(gyre_operator_t *op)
{
    gyre_status_t status = renew(op, op->opts.stream);
    for (int i = 0; i < op->size; i++)
        if (!gyre__inlet_ended(&op->inlets[i]))
            leave_mark(&op->inlets[i]);
    op->moved = true;
    return status == GYRE_OK ? hear_held(op) : status;
}

/* GYRE_OK: a barrier was passed, and there may be more behind it. */
static gyre_status_t pass(gyre_operator_t *op)
{
    bool ended;
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->target_count && status >= 0; i++) {
        gyre_status_t delivered = deliver(op, &op->targets[i]);
        status = delivered == GYRE_OK ? status : delivered;
    }
    if (status != GYRE_OK || !all_held(op, &ended))
        return status < 0 ? status : GYRE_IN_PROGRESS;
    for (int i = 0; i < op->target_count && status == GYRE_OK; i++)
        status = tell(op, &op->targets[i], ended);
    if (status != GYRE_OK || ended)
        return status < 0 ? status : GYRE_IN_PROGRESS;
    return go_on(op);
}

static gyre_status_t lull(gyre_operator_t *op)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->target_count && status == GYRE_OK; i++) {
        gyre__keep_t *keep = op->targets[i].keep;
        status = keep && keep->kind->lull ? keep->kind->lull(keep) : GYRE_OK;
    }
    return status;
}

gyre_status_t gyre__receive(gyre_operator_t *op)
{
    gyre_status_t status = hear_all(op);
    while (status == GYRE_OK)
        status = pass(op);
    if (status == GYRE_IN_PROGRESS && !op->moved)
        status = lull(op);
    return status < 0 ? status : GYRE_OK;
}

gyre_status_t gyre__receive_reset(gyre_operator_t *op)
{
    gyre_status_t status = renew(op, true);
    for (int i = 0; i < op->size; i++)
        leave_mark(&op->inlets[i]);
    return status == GYRE_OK ? hear_held(op) : status;
}

bool gyre__received(const gyre_operator_t *op)
{
    bool ended;
    if (!all_held(op, &ended) || !ended)
        return false;
    for (int i = 0; i < op->target_count; i++)
        if (!op->targets[i].told)
            return false;
    return true;
}
