/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules are checked without a wire: what the public calls would start is not there. */
#include "harp/collective.h"

gyre_status_t gyre__collective_run(gyre_comm_t *comm, const gyre__args_t *args)
{
    (void)comm, (void)args;
    return GYRE_ERR_NOT_SUPPORTED;
}

gyre_status_t gyre__collective_start(gyre_comm_t *comm, const gyre__args_t *args,
                                     gyre_request_t **req)
{
    (void)comm, (void)args, (void)req;
    return GYRE_ERR_NOT_SUPPORTED;
}

gyre_status_t gyre__collective_prepare(gyre_comm_t *comm, const gyre__args_t *args,
                                       gyre_request_t **req)
{
    (void)comm, (void)args, (void)req;
    return GYRE_ERR_NOT_SUPPORTED;
}
