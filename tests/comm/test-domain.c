/* SPDX-License-Identifier: Apache-2.0 */
/* Which domain a set of processors is in, by files as Linux has them. */
#include "comm/topo/domain.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/gyre-domain-XXXXXX";

/* A file below the root and the folders above it. */
static void put(const char *name, const char *text)
{
    char path[512];
    int length = snprintf(path, sizeof(path), "%s/%s", root, name);
    for (int i = (int)sizeof(root); i < length; i++)
        if (path[i] == '/') {
            path[i] = 0;
            mkdir(path, 0700);
            path[i] = '/';
        }
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void make_root(void)
{
    cr_assert(mkdtemp(root));
}

static void remove_root(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", root);
    cr_assert(system(command) == 0);
}

static uint32_t domain(uint64_t low, uint64_t high)
{
    uint64_t cpus[GYRE__CPU_WORDS] = {low, high};
    return gyre__topo_domain(root, cpus);
}

TestSuite(domain, .init = make_root, .fini = remove_root, .timeout = 20);

Test(domain, nothing_is_known)
{
    cr_assert_eq(domain(0, 0), GYRE__NO_DOMAIN);
    cr_assert_eq(domain(1, 0), GYRE__NO_DOMAIN);
}

Test(domain, caches)
{
    put("cpu/cpu0/cache/index3/shared_cpu_list", "0-1,64-65\n");
    put("cpu/cpu1/cache/index3/shared_cpu_list", "0-1,64-65\n");
    put("cpu/cpu2/cache/index3/shared_cpu_list", "2-3\n");
    put("cpu/cpu3/cache/index3/shared_cpu_list", "three\n");
    cr_assert_eq(domain(1, 0), 0);
    cr_assert_eq(domain(2, 3), 0);
    cr_assert_eq(domain(12, 0), 2);
    cr_assert_eq(domain(6, 0), GYRE__NO_DOMAIN);
    cr_assert_eq(domain(8, 0), GYRE__NO_DOMAIN);
}

Test(domain, memory_where_caches_are_not_known)
{
    put("node/node0/cpulist", "\n");
    put("node/node1/cpulist", "0-3\n");
    put("node/node4/cpulist", "4-5,7\n");
    cr_assert_eq(domain(4, 0), 0);
    cr_assert_eq(domain(0xb0, 0), 4);
    cr_assert_eq(domain(0x18, 0), GYRE__NO_DOMAIN);
    cr_assert_eq(domain(0, 1), GYRE__NO_DOMAIN);
}
