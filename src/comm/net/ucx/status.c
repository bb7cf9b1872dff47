/* SPDX-License-Identifier: Apache-2.0 */
/* UCX statuses as ours, and the envelope of what peers hand us. A broken connection is one
 * status for us, whatever the transport calls it: CMA reports a dead process as an I/O error. */
#include "comm/net/ucx/ucx.h"

#include "base/error.h"

#include <string.h>

typedef struct seal {
    uint32_t length; /* of the bytes behind it */
    uint32_t sum;
} seal_t;

static gyre_status_t translate(ucs_status_t status)
{
    if (UCS_IS_ENDPOINT_ERROR(status) || UCS_IS_LINK_ERROR(status))
        return GYRE_ERR_PEER_FAILED;
    switch (status) {
    case UCS_OK:
        return GYRE_OK;
    case UCS_INPROGRESS:
        return GYRE_IN_PROGRESS;
    case UCS_ERR_CONNECTION_RESET:
    case UCS_ERR_NOT_CONNECTED:
    case UCS_ERR_REJECTED:
    case UCS_ERR_TIMED_OUT:
    case UCS_ERR_IO_ERROR:
        return GYRE_ERR_PEER_FAILED;
    case UCS_ERR_CANCELED:
        return GYRE_ERR_CANCELED;
    case UCS_ERR_NO_MEMORY:
        return GYRE_ERR_NO_MEMORY;
    case UCS_ERR_UNREACHABLE:
    case UCS_ERR_SHMEM_SEGMENT:
        return GYRE_ERR_UNREACHABLE;
    case UCS_ERR_MESSAGE_TRUNCATED:
        return GYRE_ERR_TRUNCATED;
    default:
        return GYRE_ERR_NET;
    }
}

gyre_status_t gyre__ucx_error(ucs_status_t status, const char *what)
{
    gyre_status_t ours = translate(status);
    if (ours < 0)
        gyre__error(ours, "UCX: %s: %s", what, ucs_status_string(status));
    return ours;
}

/* FNV-1a. Guards against truncation and mix-ups, not against malice. */
static uint32_t checksum(const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ at[i]) * 16777619u;
    return sum;
}

gyre_status_t gyre__ucx_seal(gyre__buf_t *sealed, const void *bytes, size_t length)
{
    seal_t seal = {(uint32_t)length, checksum(bytes, length)};
    gyre_status_t status = gyre__buf_append(sealed, &seal, sizeof(seal));
    if (status == GYRE_OK)
        status = gyre__buf_append(sealed, bytes, length);
    return status;
}

const void *gyre__ucx_unseal(const void *sealed, size_t length, const char *what)
{
    seal_t seal;
    if (length > sizeof(seal)) {
        const char *bytes = (const char *)sealed + sizeof(seal);
        memcpy(&seal, sealed, sizeof(seal));
        if (seal.length == length - sizeof(seal) && seal.sum == checksum(bytes, seal.length))
            return bytes;
    }
    gyre__error(GYRE_ERR_ARG, "%s of %zu bytes is not one that UCX made", what, length);
    return NULL;
}
