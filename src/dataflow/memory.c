/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/memory.h"

#include "dataflow/conf.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static size_t limit = SIZE_MAX;
static atomic_size_t used, peak;

/* The bound of the control group, where there is one. */
static size_t group_limit(void)
{
    size_t bytes = SIZE_MAX;
    FILE *file = fopen("/sys/fs/cgroup/memory.max", "r");
    if (file) {
        if (fscanf(file, "%zu", &bytes) != 1)
            bytes = SIZE_MAX;
        fclose(file);
    }
    return bytes;
}

/* Half of what there is, shared by the workers of the node. */
static size_t usual(unsigned local_workers)
{
    size_t physical = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    size_t group = group_limit();
    return (group < physical ? group : physical) / 2 / local_workers;
}

void gyre__memory_open(size_t bytes, unsigned local_workers)
{
    limit = bytes ? bytes : usual(local_workers);
}

static void note_peak(size_t now)
{
    size_t highest = atomic_load_explicit(&peak, memory_order_relaxed);
    while (now > highest && !atomic_compare_exchange_weak(&peak, &highest, now))
        ;
}

bool gyre__memory_take(size_t bytes)
{
    size_t before = atomic_load_explicit(&used, memory_order_relaxed);
    do {
        if (bytes > limit || before > limit - bytes)
            return false;
    } while (!atomic_compare_exchange_weak(&used, &before, before + bytes));
    note_peak(before + bytes);
    return true;
}

void gyre__memory_force(size_t bytes)
{
    note_peak(atomic_fetch_add(&used, bytes) + bytes);
}

void gyre__memory_give(size_t bytes)
{
    atomic_fetch_sub(&used, bytes);
}

void gyre__hold_sure(gyre__hold_t *hold, size_t bytes)
{
    if (bytes <= hold->bytes)
        gyre__memory_give(hold->bytes - bytes);
    else
        gyre__memory_force(bytes - hold->bytes);
    hold->bytes = bytes;
}

bool gyre__hold(gyre__hold_t *hold, size_t bytes)
{
    if (bytes <= hold->bytes || bytes <= gyre__dataflow_conf.page)
        gyre__hold_sure(hold, bytes);
    else if (gyre__memory_take(bytes - hold->bytes))
        hold->bytes = bytes;
    else
        return false;
    return true;
}

size_t gyre__memory_limit(void)
{
    return limit;
}

size_t gyre__memory_used(void)
{
    return atomic_load_explicit(&used, memory_order_relaxed);
}

size_t gyre__memory_peak(void)
{
    return atomic_load_explicit(&peak, memory_order_relaxed);
}
