/* SPDX-License-Identifier: Apache-2.0 */
/* What applications do the same way. */
#ifndef EXAMPLES_APPLICATION_H
#define EXAMPLES_APPLICATION_H

#include <errno.h>
#include <gyre/gyre.h>
#include <stdio.h>
#include <stdlib.h>
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

/* A number of an option, 1 or above. */
static inline size_t number_of(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*text >= '1' && *text <= '9' && !*end)
        return number;
    fprintf(stderr, "%s: %s: expected a number, 1 or above\n", program_invocation_short_name, text);
    exit(2);
}

#endif
