/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of this machine, as peers know each other. */
#ifndef GYRE_COMM_NET_PROCESS_H
#define GYRE_COMM_NET_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct gyre__process {
    uint64_t host;    /* within which pid means something; 0: unknown */
    uint64_t started; /* in ticks of its kernel; 0: unknown */
    int32_t pid, spare;
} gyre__process_t;

void gyre__process_self(gyre__process_t *process);
uint64_t gyre__process_namespace(void);
/* Whether one can watch the other; false also where that is unknown. */
bool gyre__process_near(const gyre__process_t *one, const gyre__process_t *other);
/* A descriptor that is readable once the process, a near one, has ended; -1: see errno, ESRCH if it
 * has. */
int gyre__process_open(const gyre__process_t *process);
/* Also while it is about to: operations on it may fail before its descriptor tells. */
bool gyre__process_ended(const gyre__process_t *process);

/* How often to look at watched ones, for that is a system call: after a sleep, and now and then
 * under steady traffic, which may be with others than the dead. */
typedef struct gyre__process_pace {
    unsigned turns;
    uint64_t next;
} gyre__process_pace_t;

bool gyre__process_look(gyre__process_pace_t *pace, bool slept);

#endif
