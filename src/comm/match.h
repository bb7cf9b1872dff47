/* SPDX-License-Identifier: Apache-2.0 */
/* Matching of tagged messages with receives, one table per communicator.
 *
 * A receive from one source and its messages are kept in the source's bin; receives from any
 * source in a list of their own; unexpected messages in a second list of all. Numbers tell which
 * of two candidates is older, so that the order is that of the calls and of the arrivals. */
#ifndef GYRE_COMM_MATCH_H
#define GYRE_COMM_MATCH_H

#include "base/list.h"

#include <gyre/status.h>

#include <stdbool.h>
#include <stdint.h>

#define GYRE__MATCH_BINS 32

typedef struct gyre__match {
    gyre__link_t posted[GYRE__MATCH_BINS];
    gyre__link_t posted_any;
    gyre__link_t arrived[GYRE__MATCH_BINS];
    gyre__link_t arrived_all;
    uint64_t posts, arrivals;
} gyre__match_t;

struct gyre_request;
struct gyre__arrival;
struct gyre__envelope;

void gyre__match_init(gyre__match_t *match);

/* The oldest posted receive that takes the message, withdrawn; NULL: none. */
struct gyre_request *gyre__match_message(gyre__match_t *match,
                                         const struct gyre__envelope *envelope);

/* Keeps a message that no receive takes. */
void gyre__match_keep(gyre__match_t *match, struct gyre__arrival *arrival);

/* The oldest kept message for the source (world rank or any) and tag; NULL: none. */
struct gyre__arrival *gyre__match_find(const gyre__match_t *match, int64_t source, int tag);
void gyre__match_take(struct gyre__arrival *arrival);

void gyre__match_post(gyre__match_t *match, struct gyre_request *req);

/* Takes a posted receive back and completes it with status. */
void gyre__match_withdraw(struct gyre_request *req, gyre_status_t status);

/* Withdraws the receives from a source, and those from any: they may wait for it in vain. */
void gyre__match_fail_source(gyre__match_t *match, uint32_t source);
void gyre__match_end_all(gyre__match_t *match, gyre_status_t status);

#endif
