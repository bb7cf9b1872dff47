/* SPDX-License-Identifier: Apache-2.0 */
/* What every call returns: 0 success, positive not finished, negative error. See gyre_status(3). */
#ifndef GYRE_STATUS_H
#define GYRE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#define GYRE_EXPORT __attribute__((visibility("default")))

/* Errors are grouped by what they damage: -1.. an argument, -20.. a resource, -40.. one
 * operation, -50.. a peer, -60.. a communicator, -70.. the whole job. */
#define GYRE_STATUS_MAP(X)                                                     \
    X(GYRE_OK, 0, "success")                                                   \
    X(GYRE_IN_PROGRESS, 1, "not finished yet")                                 \
    X(GYRE_ERR_ARG, -1, "invalid argument")                                    \
    X(GYRE_ERR_RANK, -2, "no such rank")                                       \
    X(GYRE_ERR_RANGE, -3, "outside the allowed range")                         \
    X(GYRE_ERR_STATE, -4, "object is not in a state that allows this")         \
    X(GYRE_ERR_UNKNOWN, -5, "unknown name")                                    \
    X(GYRE_ERR_SYNTAX, -6, "malformed input")                                  \
    X(GYRE_ERR_NOT_SUPPORTED, -7, "not supported")                             \
    X(GYRE_ERR_NO_MEMORY, -20, "out of memory")                                \
    X(GYRE_ERR_NO_RESOURCE, -21, "out of a system resource")                   \
    X(GYRE_ERR_IO, -22, "input or output failed")                              \
    X(GYRE_ERR_SYSTEM, -23, "system call failed")                              \
    X(GYRE_ERR_NOT_FOUND, -24, "not found")                                    \
    X(GYRE_ERR_PERMISSION, -25, "permission denied")                           \
    X(GYRE_ERR_TRUNCATED, -40, "message longer than the receive buffer")       \
    X(GYRE_ERR_CANCELED, -41, "operation canceled")                            \
    X(GYRE_ERR_TIMED_OUT, -42, "timed out")                                    \
    X(GYRE_ERR_PEER_FAILED, -50, "peer failed")                                \
    X(GYRE_ERR_UNREACHABLE, -51, "peer cannot be reached")                     \
    X(GYRE_ERR_STALE, -60, "communicator belongs to an earlier epoch")         \
    X(GYRE_ERR_REVOKED, -61, "communicator has been revoked")                  \
    X(GYRE_ERR_BOOT, -70, "the job could not be wired up")                     \
    X(GYRE_ERR_NET, -71, "the network provider failed")

typedef enum gyre_status {
#define GYRE_STATUS_ENUM(name, code, text) name = (code),
    GYRE_STATUS_MAP(GYRE_STATUS_ENUM)
#undef GYRE_STATUS_ENUM
} gyre_status_t;

/* The constant's name, "GYRE_ERR_RANK"; "GYRE_?" for a number that is none. Static storage. */
GYRE_EXPORT const char *gyre_status_name(gyre_status_t status);

/* The text of a status, "no such rank". Static storage; any thread. */
GYRE_EXPORT const char *gyre_status_string(gyre_status_t status);

/* The calling thread's detail line of its last error: what, which value, what was expected.
 * Never NULL; empty before the first error; valid until the thread's next failing call. */
GYRE_EXPORT const char *gyre_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
