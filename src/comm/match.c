/* SPDX-License-Identifier: Apache-2.0 */
/* The matching table. */
#include "comm/match.h"

#include "comm/request.h"

void gyre__match_init(gyre__match_t *match)
{
    for (int i = 0; i < GYRE__MATCH_BINS; i++) {
        gyre__list_init(&match->posted[i]);
        gyre__list_init(&match->arrived[i]);
    }
    gyre__list_init(&match->posted_any);
    gyre__list_init(&match->arrived_all);
    match->posts = match->arrivals = 0;
}

/* Any tag means any of the user's: Gyre's own are negative and never guessed. */
static bool tag_fits(int wanted, int tag)
{
    return wanted == tag || (wanted == GYRE_ANY_TAG && tag >= 0);
}

static gyre_request_t *first_posted(gyre__link_t *list, const gyre__envelope_t *envelope)
{
    for (gyre__link_t *at = list->next; at != list; at = at->next) {
        gyre_request_t *req = gyre__container(at, gyre_request_t, link);
        if (tag_fits(req->tag, envelope->tag) &&
            (req->source == GYRE_ANY_SOURCE || req->source == (int64_t)envelope->source))
            return req;
    }
    return NULL;
}

gyre_request_t *gyre__match_message(gyre__match_t *match, const gyre__envelope_t *envelope)
{
    gyre__link_t *bin = &match->posted[envelope->source % GYRE__MATCH_BINS];
    gyre_request_t *req = first_posted(bin, envelope);
    if (!gyre__list_empty(&match->posted_any)) {
        gyre_request_t *any = first_posted(&match->posted_any, envelope);
        if (any && (!req || any->number < req->number))
            req = any;
    }
    if (req) {
        gyre__list_remove(&req->link);
        req->posted = false;
    }
    return req;
}

void gyre__match_keep(gyre__match_t *match, gyre__arrival_t *arrival)
{
    arrival->number = match->arrivals++;
    gyre__list_append(&match->arrived[arrival->envelope.source % GYRE__MATCH_BINS],
                      &arrival->link);
    gyre__list_append(&match->arrived_all, &arrival->all);
}

static gyre__arrival_t *find_from(const gyre__link_t *bin, int64_t source, int tag)
{
    for (const gyre__link_t *at = bin->next; at != bin; at = at->next) {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, link);
        if ((int64_t)arrival->envelope.source == source && tag_fits(tag, arrival->envelope.tag))
            return arrival;
    }
    return NULL;
}

gyre__arrival_t *gyre__match_find(const gyre__match_t *match, int64_t source, int tag)
{
    if (source != GYRE_ANY_SOURCE)
        return find_from(&match->arrived[source % GYRE__MATCH_BINS], source, tag);
    const gyre__link_t *list = &match->arrived_all;
    for (const gyre__link_t *at = list->next; at != list; at = at->next) {
        gyre__arrival_t *arrival = gyre__container(at, gyre__arrival_t, all);
        if (tag_fits(tag, arrival->envelope.tag))
            return arrival;
    }
    return NULL;
}

void gyre__match_take(gyre__arrival_t *arrival)
{
    gyre__list_remove(&arrival->link);
    gyre__list_remove(&arrival->all);
}

void gyre__match_post(gyre__match_t *match, gyre_request_t *req)
{
    req->number = match->posts++;
    req->posted = true;
    gyre__list_append(req->source == GYRE_ANY_SOURCE
                          ? &match->posted_any
                          : &match->posted[req->source % GYRE__MATCH_BINS],
                      &req->link);
}

void gyre__match_withdraw(gyre_request_t *req, gyre_status_t status)
{
    gyre__list_remove(&req->link);
    req->posted = false;
    gyre__request_done(req, status);
}

static bool waits_for(const gyre_request_t *req, int64_t source)
{
    return source == GYRE_ANY_SOURCE || req->source == GYRE_ANY_SOURCE || req->source == source;
}

/* First gathered, then ended one by one: what follows from an end may withdraw others. */
static void end_from(gyre__link_t *list, int64_t source, gyre_status_t status)
{
    gyre__link_t ended;
    gyre__list_init(&ended);
    gyre__list_each(at, list) {
        if (!waits_for(gyre__container(at, gyre_request_t, link), source))
            continue;
        gyre__list_remove(at);
        gyre__list_append(&ended, at);
    }
    while (!gyre__list_empty(&ended))
        gyre__match_withdraw(gyre__container(ended.next, gyre_request_t, link), status);
}

void gyre__match_fail_source(gyre__match_t *match, uint32_t source)
{
    end_from(&match->posted[source % GYRE__MATCH_BINS], source, GYRE_ERR_PEER_FAILED);
    end_from(&match->posted_any, source, GYRE_ERR_PEER_FAILED);
}

void gyre__match_end_all(gyre__match_t *match, gyre_status_t status)
{
    for (int i = 0; i < GYRE__MATCH_BINS; i++)
        end_from(&match->posted[i], GYRE_ANY_SOURCE, status);
    end_from(&match->posted_any, GYRE_ANY_SOURCE, status);
}
