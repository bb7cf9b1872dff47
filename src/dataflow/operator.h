/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an operator. Tasks are labels: what must be waited for, an end or a barrier, is
 * said once from worker to worker, when all sources of the one have come to it, and holds for all
 * targets of the other. */
#ifndef GYRE_DATAFLOW_OPERATOR_H
#define GYRE_DATAFLOW_OPERATOR_H

#include "batch/sheet.h"
#include "dataflow/buckets.h"
#include "dataflow/channel.h"
#include "dataflow/deal.h"
#include "dataflow/keep.h"
#include "dataflow/recycle.h"

#include <gyre/operator.h>
#include <gyre/pack.h>

enum {
    GYRE__PARCEL_ROWS,
    GYRE__PARCEL_BARRIER,
    GYRE__PARCEL_END,
    GYRE__PARCEL_SAMPLES,
    GYRE__PARCEL_WATERMARK
};
enum { GYRE__ALL_TARGETS = -1, GYRE__MANY_SOURCES = -1 };

/* Rows on their way to a task, or to all, piece by piece. */
typedef struct gyre__shipment {
    const gyre_batch_t *batch; /* NULL: none */
    size_t row;                /* the next to be sent */
} gyre__shipment_t;

/* So many of its rows have gone. */
static inline void gyre__shipment_advance(gyre__shipment_t *shipment, size_t rows)
{
    shipment->row += rows;
    if (shipment->row < shipment->batch->length)
        return;
    gyre_batch_release(shipment->batch);
    *shipment = (gyre__shipment_t){0};
}

/* Rows collected for a target, by partition: first those in the page, then the shipment's, then the
 * builder's. */
typedef struct gyre__outlet {
    bool direct;         /* rows may go to a page at once */
    gyre__page_t *page;  /* that is being filled; NULL: none */
    gyre__sheet_t sheet; /* in the page */
    gyre__shipment_t shipment;
    gyre_builder_t *builder;
} gyre__outlet_t;

/* What goes in by one entrance: a join has two, all others one. */
typedef struct gyre__side {
    int number;
    const gyre_schema_t *schema;  /* of what sources insert */
    const gyre_schema_t *carried; /* of what travels, and is kept */
    size_t *keys;                 /* columns of that */
    size_t row_bytes;             /* of a row, about */
    gyre__outlet_t *outlets;      /* of partition: one for each target */
} gyre__side_t;

enum { GYRE__SIDES = 2 };

/* A source of this worker. */
typedef struct gyre__source {
    int task;
    gyre__side_t *side;
    gyre__shipment_t shipment;
    size_t runs; /* that it has dealt out, when balancing; modulo the targets */
    int64_t watermark;
    bool finished, at_barrier;
} gyre__source_t;

/* A worker with sources, as this one sees it. */
typedef struct gyre__inlet {
    bool expected;        /* it has sources */
    gyre__parcel_t *mark; /* the barrier, or end, that it is at; NULL: none */
    gyre__link_t held;    /* parcels that came behind that */
    int64_t watermark;
} gyre__inlet_t;

static inline bool gyre__inlet_ended(const gyre__inlet_t *inlet)
{
    return inlet->mark && inlet->mark->label.kind == GYRE__PARCEL_END;
}

typedef struct gyre__delivery {
    gyre__link_t link;
    int side, source;
    const gyre_batch_t *batch; /* NULL: a watermark */
    int64_t watermark;
} gyre__delivery_t;

/* A target of this worker. */
typedef struct gyre__target {
    int task;
    gyre__link_t waiting;        /* deliveries */
    bool told;                   /* of the barrier, or the end */
    gyre__keep_t *keep;          /* what it gets is kept there first; NULL: nothing is */
    const gyre_batch_t *offered; /* of what was kept: not taken yet */
    int offered_source;
    int64_t watermark; /* that waits for what is kept */
} gyre__target_t;

typedef struct gyre__range gyre__range_t;
typedef struct gyre__combiner gyre__combiner_t;

struct gyre_operator {
    gyre_operator_opts_t opts;
    int size, rank; /* of the communicator */
    gyre__side_t sides[GYRE__SIDES];
    int side_count;
    const gyre_schema_t *received; /* by targets */
    int *source_ranks, *target_ranks;
    int source_total; /* of all sides: those of the second have the higher numbers */
    int *receivers;   /* workers with targets, the next one after this first */
    int receiver_count;
    gyre__source_t *sources;
    gyre__target_t *targets;
    int source_count, target_count; /* of this worker */
    gyre__recycle_t recycle;        /* of the outlets' builders */
    gyre__spill_t *spill;           /* of what targets keep; NULL before the first need */
    size_t spilled;                 /* runs */
    gyre__inlet_t *inlets;          /* by rank */
    gyre__channel_t *channel;
    gyre_status_t status; /* first error */
    char *why;            /* the text of it; NULL: there was no memory for one */
    int finished;         /* sources of this worker */
    bool end_sent;
    bool moved, refused;    /* in this progress: something happened; a target asks for later */
    uint64_t barrier;       /* that inlets are at */
    uint64_t sent_barrier;  /* that sources are at */
    int64_t watermark;      /* of this worker's sources; INT64_MIN: none yet */
    int64_t sent_watermark; /* to receivers */
    int64_t heard_watermark;
    gyre__deal_t deal;      /* of partition, and of what targets keep */
    int first_target;       /* that this worker sends to first: not all begin with the same */
    gyre_sort_key_t *order; /* in which targets get rows */
    size_t order_count;
    gyre__range_t *range;       /* of a partition by it */
    gyre__combiner_t *combiner; /* of reduce */
    gyre_operator_counts_t counts;
};

static inline bool gyre__reduces(const gyre_operator_t *op)
{
    return op->opts.kind == GYRE_REDUCE || op->opts.kind == GYRE_ALLREDUCE;
}

/* Whether rows find their targets one by one. */
static inline bool gyre__partitions(const gyre_operator_t *op)
{
    return op->sides[0].outlets != NULL;
}

/* Whether it has heard something since it was last moved on. */
bool gyre__operator_has_news(const gyre_operator_t *op);
/* Ends it at all members, with what gyre_last_error says. */
void gyre__operator_fail(gyre_operator_t *op, gyre_status_t status);

/* ship.c: sends what is left of a shipment. GYRE_OK: all of it; GYRE_IN_PROGRESS: not yet. */
gyre_status_t gyre__ship(gyre_operator_t *op, gyre__side_t *side, gyre__shipment_t *shipment,
                         const int *ranks, int count, int source, int target);

/* A packed batch, in a page of its own; else as gyre__ship. */
gyre_status_t gyre__ship_packed(gyre_operator_t *op, const gyre_packed_t *packed, const int *ranks,
                                int count, const gyre__label_t *label);

/* Whether no source of this worker inserts more now: all have finished or come to a barrier. */
bool gyre__all_stand(const gyre_operator_t *op);

/* partition.c: from a source's shipment into outlets, and those on. */
gyre_status_t gyre__partition_open(gyre_operator_t *op);
void gyre__partition_close(gyre_operator_t *op);
gyre_status_t gyre__partition_push(gyre_operator_t *op, gyre__source_t *source);
/* Sends what outlets have: pages that are full; also others, to workers to which nothing is under
 * way; all. */
typedef enum gyre__flush { GYRE__FLUSH_FULL, GYRE__FLUSH_IDLE, GYRE__FLUSH_ALL } gyre__flush_t;
gyre_status_t gyre__partition_flush(gyre_operator_t *op, gyre__flush_t flush);

/* reduce.c: rows into the worker's combiner, which goes on to the targets when it has grown, or all
 * is to leave. */
gyre_status_t gyre__reduce_open(gyre_operator_t *op);
void gyre__reduce_close(gyre_operator_t *op);
gyre_status_t gyre__reduce_push(gyre_operator_t *op, gyre__source_t *source);
gyre_status_t gyre__reduce_drain(gyre_operator_t *op);

/* join.c: what the sides carry, and targets receive. */
gyre_status_t gyre__join_open(gyre_operator_t *op);

/* watermark.c: whether that of this worker's sources has grown, and may go its way. */
bool gyre__watermark_due(const gyre_operator_t *op);
/* A source has said one, has finished, or has passed a barrier. */
void gyre__watermark_settle(gyre_operator_t *op);
/* An inlet's has grown, or the inlet has ended: to all targets, where it was the least. */
gyre_status_t gyre__watermark_hear(gyre_operator_t *op);
/* There are none yet. */
void gyre__watermark_reset(gyre_operator_t *op);

/* keep.c: what each target keeps, by the kind of the operator. */
gyre_status_t gyre__keeps_open(gyre_operator_t *op);
void gyre__keeps_close(gyre_operator_t *op);

/* receive.c: from parcels to targets. */
void gyre__receive_open(gyre_operator_t *op);
void gyre__receive_close(gyre_operator_t *op);
gyre_status_t gyre__receive(gyre_operator_t *op);
/* Whether all is received, and targets know. */
bool gyre__received(const gyre_operator_t *op);
/* For the next run. */
gyre_status_t gyre__receive_reset(gyre_operator_t *op);

#endif
