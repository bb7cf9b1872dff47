/* SPDX-License-Identifier: Apache-2.0 */
/* The executor: one run of a program with one set of buffers. */
#ifndef GYRE_HARP_EXECUTE_H
#define GYRE_HARP_EXECUTE_H

#include "comm/request.h"
#include "harp/op.h"
#include "harp/program.h"
#include "harp/team.h"

typedef struct gyre__execution gyre__execution_t;

/* What a run works on. */
typedef struct gyre__work {
    const void *in;
    void *out;
    uint64_t in_length, out_length; /* bytes there, for offers to peers */
    gyre_type_t type;
    size_t element;
    gyre__kernel_t kernel;
} gyre__work_t;

/* Runs a program; inside the context. work is the caller's again when the call returns. */
gyre_status_t gyre__execute(gyre__team_t *team, gyre__program_t *program, const gyre__work_t *work);

/* The same for a request, which its end completes. On error nothing runs. */
gyre_status_t gyre__execute_for(gyre__team_t *team, gyre__program_t *program,
                                const gyre__work_t *work, gyre_request_t *request);

/* Ends everything that runs on the team: with GYRE_ERR_CANCELED, for its communicator goes; or
 * with an error, which breaks the team. */
void gyre__execute_cancel(gyre__team_t *team);
void gyre__execute_break(gyre__team_t *team, gyre_status_t status);

void gyre__execution_free_idle(gyre__program_t *program);

#endif
