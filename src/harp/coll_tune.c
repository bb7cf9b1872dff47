/* SPDX-License-Identifier: Apache-2.0 */
/* gyre_coll_tune: rules of a communicator's own. They take effect at all members or at none, since
 * members that chose differently would wait for each other for ever: so all compare first. */
#include "base/error.h"
#include "comm/comm.h"
#include "harp/cache.h"
#include "harp/team.h"

#include <gyre/coll.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST, INVERSE, VALID, VALUES };

/* Whether all members have valid and equal rules; the least digest is then the greatest. */
static gyre_status_t compare(gyre_comm_t *comm, uint64_t digest, bool valid)
{
    uint64_t mine[VALUES] = {digest, ~digest, valid}, least[VALUES];
    gyre_status_t status = gyre_allreduce(comm, mine, least, VALUES, GYRE_UINT64, GYRE_MIN);
    if (status != GYRE_OK || !valid)
        return status;
    if (!least[VALID])
        return gyre__error(GYRE_ERR_ARG, "gyre_coll_tune: another member has malformed rules");
    if (least[DIGEST] != ~least[INVERSE])
        return gyre__error(GYRE_ERR_ARG, "gyre_coll_tune: the members have different rules");
    return GYRE_OK;
}

static gyre_status_t take(gyre_comm_t *comm, const gyre__rules_t *rules)
{
    gyre__team_t *team;
    gyre__enter(comm->ctx);
    gyre_status_t status = gyre__team_of(comm, &team);
    if (status == GYRE_OK) {
        gyre__rules_cleanup(&team->own);
        team->own = *rules;
        gyre__cache_forget(team->cache);
    }
    gyre__leave(comm->ctx);
    return status;
}

gyre_status_t gyre_coll_tune(gyre_comm_t *comm, const char *text)
{
    gyre__rules_t rules = {0};
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre_status_t parsed = gyre__rules_parse(&rules, "gyre_coll_tune", false, text ? text : "");
    char *why = parsed == GYRE_OK ? NULL : strdup(gyre_last_error());
    status = compare(comm, gyre__rules_digest(&rules), parsed == GYRE_OK);
    if (status == GYRE_OK && parsed != GYRE_OK)
        status = gyre__error(parsed, "%s", why ? why : "malformed rules");
    if (status == GYRE_OK)
        status = take(comm, &rules);
    if (status != GYRE_OK)
        gyre__rules_cleanup(&rules);
    free(why);
    return status;
}
