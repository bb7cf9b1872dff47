/* SPDX-License-Identifier: Apache-2.0 */
/* Limits. Each is an upper bound that is known before anything is started; what else runs on the
 * machine may lower it, and then the start of a worker fails with the system's reason. */
#include "launch/limits.h"

#include "launch/launch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Open files: two pipes and the PMIx connection of each worker, and the launcher's own. */
enum { FILES_PER_WORKER = 3, FILES_OWN = 64 };

static struct rlimit files_at_start;

static unsigned long read_number(const char *path)
{
    unsigned long number = ULONG_MAX;
    FILE *file = fopen(path, "re");
    if (!file)
        return ULONG_MAX;
    if (fscanf(file, "%lu", &number) != 1)
        number = ULONG_MAX; /* "max" */
    fclose(file);
    return number;
}

/* The smallest of this process's control group and those around it. */
static unsigned long control_group_limit(void)
{
    char group[PATH_MAX] = "", path[PATH_MAX + 64];
    unsigned long limit = ULONG_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file)
        return limit;
    while (fgets(group, sizeof(group), file) && strncmp(group, "0::/", 4) != 0)
        group[0] = '\0';
    fclose(file);
    group[strcspn(group, "\n")] = '\0';
    for (char *slash; (slash = strrchr(group, '/')); *slash = '\0') {
        snprintf(path, sizeof(path), "/sys/fs/cgroup%s/pids.max", group + 3);
        unsigned long here = read_number(path);
        limit = here < limit ? here : limit;
    }
    return limit;
}

static unsigned long user_limit(void)
{
    struct rlimit limit;
    if (geteuid() == 0 || getrlimit(RLIMIT_NPROC, &limit) != 0)
        return ULONG_MAX;
    return limit.rlim_cur == RLIM_INFINITY ? ULONG_MAX : (unsigned long)limit.rlim_cur;
}

static unsigned long files_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
        return ULONG_MAX;
    unsigned long files = (unsigned long)limit.rlim_max;
    return files < FILES_OWN ? 0 : (files - FILES_OWN) / FILES_PER_WORKER;
}

int gyre__limits_check(unsigned workers)
{
    const struct {
        unsigned long most;
        const char *by;
    } limits[] = {
        {read_number("/proc/sys/kernel/pid_max"), "process ids, kernel.pid_max"},
        {read_number("/proc/sys/kernel/threads-max"), "threads, kernel.threads-max"},
        {control_group_limit(), "processes in its control group, pids.max"},
        {user_limit(), "processes of the user, ulimit -u"},
        {files_limit(), "open files, ulimit -Hn"},
    };
    size_t least = 0;
    for (size_t i = 1; i < sizeof(limits) / sizeof(limits[0]); i++)
        if (limits[i].most < limits[least].most)
            least = i;
    if (workers <= limits[least].most)
        return -1;
    gyre__say("-n %u: at most %lu workers can run here (limit of %s)", workers, limits[least].most,
              limits[least].by);
    return GYRE__EXIT_FAILED;
}

void gyre__limits_raise(void)
{
    if (getrlimit(RLIMIT_NOFILE, &files_at_start) != 0)
        return;
    struct rlimit raised = {files_at_start.rlim_max, files_at_start.rlim_max};
    setrlimit(RLIMIT_NOFILE, &raised);
}

void gyre__limits_give_back(void)
{
    if (files_at_start.rlim_max > 0)
        setrlimit(RLIMIT_NOFILE, &files_at_start);
}
