/* SPDX-License-Identifier: Apache-2.0 */
/* Watermarks: a worker says the least of those of its sources behind all that these have inserted;
 * a target is told the least of what workers have said, behind all that came before. */
#include "base/error.h"
#include "dataflow/range.h"

#include <stdlib.h>

void gyre__watermark_settle(gyre_operator_t *op)
{
    op->watermark = INT64_MAX;
    for (int i = 0; i < op->source_count; i++) {
        const gyre__source_t *source = &op->sources[i];
        bool gone = source->finished && !source->at_barrier;
        if (!gone && source->watermark < op->watermark)
            op->watermark = source->watermark;
    }
}

/* Before there are bounds sources hold rows back. */
bool gyre__watermark_due(const gyre_operator_t *op)
{
    return op->watermark > op->sent_watermark && op->watermark != INT64_MAX &&
           (!op->range || gyre__range_is_ready(op));
}

/* One that waits already is overtaken. */
static gyre_status_t queue(gyre__target_t *target, int64_t time)
{
    if (!gyre__list_empty(&target->waiting)) {
        gyre__delivery_t *last = gyre__container(target->waiting.prev, gyre__delivery_t, link);
        if (!last->batch) {
            last->watermark = time;
            return GYRE_OK;
        }
    }
    gyre__delivery_t *delivery = malloc(sizeof(*delivery));
    if (!delivery)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a watermark");
    *delivery = (gyre__delivery_t){.watermark = time};
    gyre__list_append(&target->waiting, &delivery->link);
    return GYRE_OK;
}

gyre_status_t gyre__watermark_hear(gyre_operator_t *op)
{
    int64_t least = INT64_MAX;
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < op->size; i++) {
        const gyre__inlet_t *inlet = &op->inlets[i];
        if (inlet->expected && !gyre__inlet_ended(inlet) && inlet->watermark < least)
            least = inlet->watermark;
    }
    if (least == INT64_MAX || least <= op->heard_watermark)
        return GYRE_OK;
    op->heard_watermark = least;
    for (int i = 0; i < op->target_count && status == GYRE_OK; i++)
        status = queue(&op->targets[i], least);
    return status;
}

void gyre__watermark_reset(gyre_operator_t *op)
{
    op->sent_watermark = op->heard_watermark = INT64_MIN;
    for (int i = 0; i < op->size; i++)
        op->inlets[i].watermark = INT64_MIN;
    for (int i = 0; i < op->source_count; i++)
        op->sources[i].watermark = INT64_MIN;
    for (int i = 0; i < op->target_count; i++)
        op->targets[i].watermark = INT64_MIN;
    gyre__watermark_settle(op);
}
