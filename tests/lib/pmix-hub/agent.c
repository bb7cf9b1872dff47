/* SPDX-License-Identifier: Apache-2.0 */
/* An agent: one node's PMIx server and its workers. Workers die with their agent, and an agent
 * whose hub is gone kills them and ends. */
#include "config.h"

#include "agent.h"
#include "hub.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct worker {
    pid_t pid; /* 0: gone */
    int fd;    /* readable when it ends */
} worker_t;

extern char **environ;

void agent_send(const frame_t *frame, const void *bytes)
{
    static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&writing);
    frame_write(agent.hub, frame, bytes);
    pthread_mutex_unlock(&writing);
}

static void open_server(const char *dir)
{
    char host[32], nspace[96];
    pmix_rank_t rank = (pmix_rank_t)agent.node;
    pmix_info_t *info;
    snprintf(host, sizeof(host), "node%d", agent.node);
    snprintf(nspace, sizeof(nspace), "%s.agents", agent.plan->job);
    PMIX_INFO_CREATE(info, 4);
    PMIX_INFO_LOAD(&info[0], PMIX_SERVER_TMPDIR, dir, PMIX_STRING);
    PMIX_INFO_LOAD(&info[1], PMIX_HOSTNAME, host, PMIX_STRING);
    PMIX_INFO_LOAD(&info[2], PMIX_SERVER_NSPACE, nspace, PMIX_STRING);
    PMIX_INFO_LOAD(&info[3], PMIX_SERVER_RANK, &rank, PMIX_PROC_RANK);
    setenv("PMIX_MCA_gds", "hash", 1);
    setenv("PMIX_MCA_psec", "native", 1);
    pmix_status_t status = PMIx_server_init(&module, info, 4);
    PMIX_INFO_FREE(info, 4);
    if (status != PMIX_SUCCESS)
        die("PMIx server: %s", PMIx_Error_string(status));
}

static void become(char **env, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(125);
    close_range(3, ~0U, 0);
    execvpe(agent.plan->program[0], agent.plan->program, env);
    dprintf(2, "pmix-hub: %s: %s\n", agent.plan->program[0], strerror(errno));
    _exit(127);
}

static char **worker_env(int slot)
{
    int epoch = plan_next(agent.plan, slot, 0);
    char **env = NULL, name[96], *epochs = plan_describe(agent.plan, agent.node, slot);
    pmix_proc_t proc;
    pmix_status_t status;
    setenv("TEST_EPOCHS", epochs, 1);
    free(epochs);
    for (char **e = environ; *e; e++)
        PMIX_ARGV_APPEND(status, env, *e);
    plan_nspace(agent.plan, epoch, name, sizeof(name));
    PMIX_LOAD_PROCID(&proc, name, (pmix_rank_t)plan_rank(agent.plan, epoch, agent.node, slot));
    status = PMIx_server_setup_fork(&proc, &env);
    if (status != PMIX_SUCCESS)
        die("setup_fork: %s", PMIx_Error_string(status));
    return env;
}

static void start_worker(worker_t *worker, int slot)
{
    char **env = worker_env(slot);
    pid_t parent = getpid();
    worker->pid = fork();
    if (!worker->pid)
        become(env, parent);
    PMIX_ARGV_FREE(env);
    worker->fd = worker->pid < 0 ? -1 : pidfd_open(worker->pid, 0);
    if (worker->fd < 0)
        die("worker %d: %s", slot, strerror(errno));
}

static void reap(worker_t *worker, int slot)
{
    int status;
    waitpid(worker->pid, &status, 0);
    close(worker->fd);
    *worker = (worker_t){0, -1};
    agent_send(
        &(frame_t){.type = FRAME_EXIT,
                   .node = agent.node,
                   .rank = slot,
                   .status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)},
        NULL);
}

static void kill_all(worker_t *workers)
{
    for (int i = 0; i < agent.plan->slots; i++)
        if (workers[i].pid)
            kill(workers[i].pid, SIGKILL);
}

/* False: the job is over. */
static bool take_frame(worker_t *workers, int *code)
{
    frame_t frame;
    char *bytes;
    if (!frame_read(agent.hub, &frame, &bytes)) {
        *code = 125;
        return false;
    }
    switch (frame.type) {
    case FRAME_FENCED:
    case FRAME_FOUND:
        module_reply(&frame, bytes);
        return true;
    case FRAME_QUERY:
        module_query(&frame);
        break;
    case FRAME_KILL:
        kill_all(workers);
        break;
    default:
        *code = frame.status;
    }
    free(bytes);
    return frame.type != FRAME_BYE;
}

static int serve(worker_t *workers)
{
    int slots = agent.plan->slots, code = 0;
    struct pollfd *fds = calloc((size_t)slots + 1, sizeof(*fds));
    for (bool going = true; going;) {
        for (int i = 0; i < slots; i++)
            fds[i] = (struct pollfd){workers[i].fd, POLLIN, 0};
        fds[slots] = (struct pollfd){agent.hub, POLLIN, 0};
        poll(fds, (nfds_t)slots + 1, -1);
        for (int i = 0; i < slots; i++)
            if (fds[i].revents)
                reap(&workers[i], i);
        if (fds[slots].revents)
            going = take_frame(workers, &code);
    }
    kill_all(workers);
    for (int i = 0; i < slots; i++)
        if (workers[i].pid)
            waitpid(workers[i].pid, NULL, 0);
    free(fds);
    return code;
}

/* The hub names the job once all agents are there. False: it ended before. */
static bool join(plan_t *plan)
{
    frame_t frame;
    char *name;
    agent_send(&(frame_t){.type = FRAME_HELLO, .node = agent.node, .count = plan->nodes}, NULL);
    if (!frame_read(agent.hub, &frame, &name) || frame.type != FRAME_START)
        return false;
    snprintf(plan->job, sizeof(plan->job), "%s", name);
    free(name);
    return true;
}

/* Only after a good end: OpenPMIx 4.2.2 keeps a lock for ever when a client dies while it
 * connects, and would hang here. The hub removes the files either way. */
static void close_server(void)
{
    nspace_deregister_all();
    PMIx_server_finalize();
}

int agent_run(plan_t *plan, int node, int hub, const char *dir)
{
    agent = (agent_t){plan, node, hub};
    if (!join(plan))
        return 125;
    worker_t *workers = calloc((size_t)plan->slots, sizeof(*workers));
    for (int i = 0; i < plan->slots; i++)
        workers[i].fd = -1;
    open_server(dir);
    nspace_register_all();
    for (int i = 0; i < plan->slots; i++)
        start_worker(&workers[i], i);
    int code = serve(workers);
    free(workers);
    if (!code)
        close_server();
    return code;
}
