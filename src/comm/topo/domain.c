/* SPDX-License-Identifier: Apache-2.0 */
/* The domain of a worker, from the files of Linux: every worker asks while it starts, and hwloc
 * takes longer to read all of a machine than a worker takes to start. */
#include "comm/topo/domain.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 8192, WORD = 64, CPUS = GYRE__CPU_WORDS * WORD };

static int lowest(const uint64_t *cpus)
{
    for (int i = 0; i < GYRE__CPU_WORDS; i++)
        if (cpus[i])
            return i * WORD + __builtin_ctzll(cpus[i]);
    return -1;
}

/* Of a list such as 0-3,8; false: it is none. */
static bool parse(const char *list, uint64_t *cpus)
{
    memset(cpus, 0, GYRE__CPU_WORDS * sizeof(*cpus));
    for (;;) {
        char *end;
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (end == list)
            return false;
        if (*end == '-') {
            list = end + 1;
            last = strtoul(list, &end, 10);
            if (end == list)
                return false;
        }
        for (unsigned long cpu = first; cpu <= last && cpu < CPUS; cpu++)
            cpus[cpu / WORD] |= UINT64_C(1) << cpu % WORD;
        if (*end != ',')
            return *end == '\n' || *end == 0;
        list = end + 1;
    }
}

static bool read_list(const char *path, uint64_t *cpus)
{
    char list[LIST_MAX];
    FILE *file = fopen(path, "re");
    bool read = file && fgets(list, sizeof(list), file);
    if (file)
        fclose(file);
    return read && parse(list, cpus);
}

static bool cache_of(const char *system, int cpu, uint64_t *cpus)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/cpu/cpu%d/cache/index3/shared_cpu_list", system, cpu);
    return read_list(path, cpus);
}

/* Those near the same memory. Numbers of memory nodes may have gaps, short ones in practice. */
static bool memory_of(const char *system, int cpu, uint64_t *cpus)
{
    char path[512];
    for (int node = 0, missing = 0; missing < GYRE__CPU_WORDS; node++) {
        snprintf(path, sizeof(path), "%s/node/node%d/cpulist", system, node);
        if (!read_list(path, cpus))
            missing++;
        else if (cpus[cpu / WORD] >> cpu % WORD & 1)
            return true;
    }
    return false;
}

uint32_t gyre__topo_domain(const char *system, const uint64_t *cpus)
{
    uint64_t near[GYRE__CPU_WORDS];
    int cpu = lowest(cpus);
    if (cpu < 0 || !(cache_of(system, cpu, near) || memory_of(system, cpu, near)))
        return GYRE__NO_DOMAIN;
    for (int i = 0; i < GYRE__CPU_WORDS; i++)
        if (cpus[i] & ~near[i])
            return GYRE__NO_DOMAIN;
    return (uint32_t)lowest(near);
}
