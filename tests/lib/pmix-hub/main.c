/* SPDX-License-Identifier: Apache-2.0 */
/* pmix-hub: a PMIx server of several nodes for tests. One process is the hub; each node, real or
 * pretended, has an agent that hosts a PMIx server and the node's workers. Everything below one
 * temporary directory, removed at the end whatever happened to the agents. */
#include "config.h"

#include "hub.h"

#include <ftw.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[256];
static pid_t owner; /* agents inherit the exit handler, but not the duty */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    return remove(path);
}

static void make_base(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(base, sizeof(base), "%s/pmix-hub.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(base))
        die("%s: cannot be made", base);
}

static void clean_base(void)
{
    if (getpid() == owner)
        nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* An agent in a process of its own; it ends by itself when the hub does. */
static pid_t start_agent(plan_t *plan, int node, int fd, const int *others)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork failed");
    if (pid)
        return pid;
    for (int i = 0; others && i < node; i++)
        close(others[i]);
    char dir[300];
    snprintf(dir, sizeof(dir), "%s/%d", base, node);
    mkdir(dir, 0700);
    _exit(agent_run(plan, node, fd, dir));
}

static int run_hub(plan_t *plan)
{
    int *fds = calloc((size_t)plan->nodes, sizeof(int)), local = plan->listen ? 1 : plan->nodes;
    snprintf(plan->job, sizeof(plan->job), "gyre.test.%d", (int)getpid());
    for (int i = 0; i < plan->nodes; i++)
        fds[i] = -1;
    for (int i = 0; i < local; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
            die("socketpair failed");
        fds[i] = pair[0];
        start_agent(plan, i, pair[1], fds);
        close(pair[1]);
    }
    int code = hub_run(plan, fds);
    while (wait(NULL) > 0)
        continue;
    free(fds);
    return code;
}

/* Tries until the hub listens: the hosts of a test start in any order. */
static int dial(const plan_t *plan)
{
    char *host = strdup(plan->join), *port = strrchr(host, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (!port)
        die("--join %s: expected address:port", plan->join);
    *port++ = 0;
    if (getaddrinfo(host, port, &hints, &list))
        die("--join %s: unknown address", plan->join);
    for (int tries = plan->timeout * 10; tries; tries--) {
        int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (!connect(fd, list->ai_addr, list->ai_addrlen)) {
            freeaddrinfo(list);
            free(host);
            return fd;
        }
        close(fd);
        usleep(100000);
    }
    die("--join %s: nobody listens there", plan->join);
}

static int run_joined(plan_t *plan)
{
    int fd = dial(plan), status;
    pid_t pid = start_agent(plan, plan->node, fd, NULL);
    close(fd);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

int main(int argc, char **argv)
{
    plan_t plan;
    plan_parse(&plan, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    owner = getpid();
    make_base();
    atexit(clean_base);
    int code = plan.join ? run_joined(&plan) : run_hub(&plan);
    free(plan.per_node);
    return code;
}
