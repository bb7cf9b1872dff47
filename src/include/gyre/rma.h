/* SPDX-License-Identifier: Apache-2.0 */
/* One-sided access to registered memory of other workers. See gyre_put(3).
 *
 * Offsets are bytes from the start of the region; an access that leaves the region is
 * GYRE_ERR_RANGE and touches nothing. A put is complete when buf may be reused and visible at the
 * target after a later gyre_flush; a get and an atomic are complete when the result is there.
 * Operations are not ordered among each other between flushes. */
#ifndef GYRE_RMA_H
#define GYRE_RMA_H

#include <gyre/mem.h>
#include <gyre/request.h>

#ifdef __cplusplus
extern "C" {
#endif

GYRE_EXPORT gyre_status_t gyre_put(gyre_remote_t *remote, uint64_t offset, const void *buf,
                                   size_t length);
GYRE_EXPORT gyre_status_t gyre_iput(gyre_remote_t *remote, uint64_t offset, const void *buf,
                                    size_t length, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_get(gyre_remote_t *remote, uint64_t offset, void *buf,
                                   size_t length);
GYRE_EXPORT gyre_status_t gyre_iget(gyre_remote_t *remote, uint64_t offset, void *buf,
                                    size_t length, gyre_request_t **req);

typedef enum gyre_atomic {
    GYRE_ATOMIC_FETCH_ADD,
    GYRE_ATOMIC_SWAP,
    GYRE_ATOMIC_COMPARE_SWAP /* stores operand where the old value equals compare */
} gyre_atomic_t;

/* width is 4 or 8; offset is a multiple of it. *result receives the old value, zero-extended.
 * Atomic towards other gyre_atomic calls on the same region, not towards the owner's own loads
 * and stores. */
GYRE_EXPORT gyre_status_t gyre_atomic(gyre_remote_t *remote, uint64_t offset, gyre_atomic_t op,
                                      int width, uint64_t operand, uint64_t compare,
                                      uint64_t *result);
GYRE_EXPORT gyre_status_t gyre_iatomic(gyre_remote_t *remote, uint64_t offset, gyre_atomic_t op,
                                       int width, uint64_t operand, uint64_t compare,
                                       uint64_t *result, gyre_request_t **req);

/* Blocks until every earlier put and atomic to rank is visible there. */
GYRE_EXPORT gyre_status_t gyre_flush(gyre_comm_t *comm, int rank);

#ifdef __cplusplus
}
#endif
#endif
