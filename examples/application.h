/* SPDX-License-Identifier: Apache-2.0 */
/* What applications do the same way. */
#ifndef EXAMPLES_APPLICATION_H
#define EXAMPLES_APPLICATION_H

#include <errno.h>
#include <gyre/gyre.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A worker that fails ends as it is; others learn of it, and have nothing to say about it. */
static inline void must(gyre_status_t status)
{
    if (status >= 0)
        return;
    if (status != GYRE_ERR_PEER_FAILED)
        fprintf(stderr, "%s: %s\n", program_invocation_short_name, gyre_last_error());
    exit(1);
}

static inline double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A number of an option, least or above. */
static inline size_t number_from(const char *text, size_t least)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && !errno && number >= least)
        return number;
    fprintf(stderr, "%s: %s: expected a number, %zu or above\n", program_invocation_short_name,
            text, least);
    exit(2);
}

static inline size_t number_of(const char *text)
{
    return number_from(text, 1);
}

/* A real number of an option, above 0. */
static inline double real_of(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    if (end != text && !*end && number > 0)
        return number;
    fprintf(stderr, "%s: %s: expected a number above 0\n", program_invocation_short_name, text);
    exit(2);
}

/* What stands between fields, of an option. */
static inline char delimiter_of(const char *text)
{
    if (strcmp(text, "tab") == 0)
        return '\t';
    if (strlen(text) == 1)
        return *text;
    fprintf(stderr, "%s: %s: expected one character, or tab\n", program_invocation_short_name,
            text);
    exit(2);
}

/* What sets live in, from begin to end. */
typedef struct session {
    gyre_context_t *ctx;
    gyre_env_t *env;
    bool speaks; /* of all workers one does */
} session_t;

static inline session_t session_begin(const gyre_env_opts_t *opts)
{
    session_t session;
    must(gyre_init(NULL, &session.ctx));
    gyre_comm_t *world = gyre_comm_world(session.ctx);
    must(gyre_env_create(world, opts, &session.env));
    session.speaks = gyre_comm_rank(world) == 0;
    return session;
}

/* The program's exit status. */
static inline int session_end(session_t *session)
{
    gyre_env_destroy(session->env);
    gyre_finalize(session->ctx);
    return fflush(stdout) != 0;
}

#endif
