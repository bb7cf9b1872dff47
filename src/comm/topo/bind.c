/* SPDX-License-Identifier: Apache-2.0 */
/* Binding by a list of processors, without a topology: it runs between fork and exec of every
 * worker. The kernel quietly drops processors that it does not have or does not grant; a binding
 * that would be less than what was asked for is undone and is an error. */
#include "base/error.h"

#include <errno.h>
#include <gyre/topo.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CPUS_MAX = 1 << 16 }; /* far above the kernel's own limit of 8192 */

typedef struct mask {
    cpu_set_t *cpus;
    size_t size; /* bytes */
} mask_t;

static gyre_status_t mask_alloc(mask_t *mask)
{
    mask->size = CPU_ALLOC_SIZE(CPUS_MAX);
    mask->cpus = CPU_ALLOC(CPUS_MAX);
    if (!mask->cpus)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a set of processors");
    CPU_ZERO_S(mask->size, mask->cpus);
    return GYRE_OK;
}

/* A number below CPUS_MAX at *text, which moves behind it; -1 when there is none. */
static int parse_number(const char **text)
{
    int number = -1;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        number = (number < 0 ? 0 : number * 10) + (**text - '0');
        if (number >= CPUS_MAX)
            return -1;
    }
    return number;
}

static bool parse_list(const char *text, mask_t *mask)
{
    for (;; text++) {
        int first = parse_number(&text), last = first;
        if (*text == '-') {
            text++;
            last = parse_number(&text);
        }
        if (first < 0 || last < first || (*text && *text != ','))
            return false;
        for (int cpu = first; cpu <= last; cpu++)
            CPU_SET_S((size_t)cpu, mask->size, mask->cpus);
        if (*text == '\0')
            return true;
    }
}

/* old: the binding so far; now: room to read it back. */
static gyre_status_t apply(const char *set, const mask_t *wanted, mask_t *old, mask_t *now)
{
    if (sched_getaffinity(0, old->size, old->cpus) != 0)
        return gyre__error_errno(errno, "cannot read the present binding");
    bool bound = sched_setaffinity(0, wanted->size, wanted->cpus) == 0;
    if (!bound && errno != EINVAL) /* EINVAL: not one of them is there */
        return gyre__error_errno(errno, "cannot bind to processors %s", set);
    if (bound && sched_getaffinity(0, now->size, now->cpus) == 0 &&
        CPU_EQUAL_S(now->size, now->cpus, wanted->cpus))
        return GYRE_OK;
    if (bound)
        sched_setaffinity(0, old->size, old->cpus);
    return gyre__error(GYRE_ERR_NOT_FOUND,
                       "cannot bind to processors %s: some are not there or not allowed", set);
}

gyre_status_t gyre_topo_bind(const char *set)
{
    if (!set)
        return gyre__error(GYRE_ERR_ARG, "set is NULL: expected a list of processors");
    if (set[0] == '\0')
        return GYRE_OK;
    mask_t masks[3] = {{0}};
    gyre_status_t status = GYRE_OK;
    for (int i = 0; status == GYRE_OK && i < 3; i++)
        status = mask_alloc(&masks[i]);
    if (status == GYRE_OK && !parse_list(set, &masks[0]))
        status =
            gyre__error(GYRE_ERR_SYNTAX, "processors \"%s\": expected a list such as 0-3,8", set);
    if (status == GYRE_OK)
        status = apply(set, &masks[0], &masks[1], &masks[2]);
    for (int i = 0; i < 3; i++)
        CPU_FREE(masks[i].cpus);
    return status;
}
