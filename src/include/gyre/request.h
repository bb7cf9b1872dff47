/* SPDX-License-Identifier: Apache-2.0 */
/* Completion of non-blocking operations. See gyre_request(3).
 *
 * The contract of every call that yields a request: an error returned by the starting call means
 * that there is no request and nothing follows; the operation's buffers are the caller's again
 * when the request completes; a request is freed by the test or wait that reports its completion,
 * which also sets the caller's handle to NULL. */
#ifndef GYRE_REQUEST_H
#define GYRE_REQUEST_H

#include <gyre/context.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_request gyre_request_t;

#define GYRE_ANY_SOURCE (-1)
#define GYRE_ANY_TAG (-1)

/* What a receive, or a probe, found. */
typedef struct gyre_message_info {
    int source; /* rank in the communicator */
    int tag;
    size_t length; /* of the message, in bytes, even when the buffer was smaller */
} gyre_message_info_t;

/* GYRE_OK or the operation's error: done, *req is NULL; GYRE_IN_PROGRESS: not yet.
 * *req NULL, or a handle that has been waited for: GYRE_ERR_STATE. info may be NULL. */
GYRE_EXPORT gyre_status_t gyre_test(gyre_request_t **req, gyre_message_info_t *info);

/* Blocks until done. Otherwise as gyre_test. */
GYRE_EXPORT gyre_status_t gyre_wait(gyre_request_t **req, gyre_message_info_t *info);

/* Waits for all; NULL entries are skipped. Returns the first error by index, after all are
 * done. statuses and infos may be NULL, else have count entries. */
GYRE_EXPORT gyre_status_t gyre_wait_all(int count, gyre_request_t **reqs,
                                        gyre_status_t *statuses, gyre_message_info_t *infos);

/* Waits for one of them and gives its index; all NULL: *index = -1 and GYRE_OK. */
GYRE_EXPORT gyre_status_t gyre_wait_any(int count, gyre_request_t **reqs, int *index,
                                        gyre_message_info_t *info);

/* Asks that a receive not yet matched be withdrawn; it then completes with GYRE_ERR_CANCELED.
 * GYRE_IN_PROGRESS: too late, it will complete normally. Other operations cannot be canceled:
 * GYRE_ERR_NOT_SUPPORTED. The request must still be waited for. */
GYRE_EXPORT gyre_status_t gyre_cancel(gyre_request_t *req);

/* Begins a persistent operation. GYRE_ERR_STATE: none, or it runs already. */
GYRE_EXPORT gyre_status_t gyre_start(gyre_request_t *req);

/* Frees a persistent request that does not run, and sets it to NULL. NULL is allowed. */
GYRE_EXPORT gyre_status_t gyre_request_free(gyre_request_t **req);

#ifdef __cplusplus
}
#endif
#endif
