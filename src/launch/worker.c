/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a worker. By vfork, so that the size of the launcher does not matter: the child runs in
 * the launcher's memory while the launcher's thread waits, until exec. So it may leave word there
 * of what failed, and must change nothing else. The kernel kills it when the launcher dies. */
#include "launch/worker.h"

#include "base/error.h"
#include "launch/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <gyre/topo.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { STEP_NONE, STEP_PREPARE, STEP_BIND, STEP_EXEC };

/* Written by the child. */
typedef struct failure {
    volatile int step;
    volatile int errnum;
} failure_t;

static _Noreturn void fail(failure_t *failure, int step)
{
    failure->errnum = errno;
    failure->step = step;
    _exit(127);
}

/* A script without "#!" is the shell's, as everywhere. */
static void run_as_script(const gyre__worker_plan_t *plan, char **shell)
{
    shell[0] = "/bin/sh";
    shell[1] = (char *)plan->program;
    execve(shell[0], shell, plan->env);
}

static _Noreturn void become_worker(const gyre__worker_plan_t *plan, pid_t launcher, char **shell,
                                    failure_t *failure)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != launcher)
        _exit(127);
    if (setpgid(0, 0) != 0 || dup2(plan->in, STDIN_FILENO) < 0 ||
        dup2(plan->out[1], STDOUT_FILENO) < 0 || dup2(plan->err[1], STDERR_FILENO) < 0)
        fail(failure, STEP_PREPARE);
    if (gyre_topo_bind(plan->set) != GYRE_OK)
        fail(failure, STEP_BIND);
    gyre__limits_give_back();
    gyre__signals_give_back(plan->signals);
    execve(plan->program, plan->argv, plan->env);
    if (errno == ENOEXEC)
        run_as_script(plan, shell);
    fail(failure, STEP_EXEC);
}

static gyre_status_t explain(const failure_t *failure, const gyre__worker_plan_t *plan)
{
    switch (failure->step) {
    case STEP_NONE:
        return GYRE_OK;
    case STEP_PREPARE:
        return gyre__error_errno(failure->errnum, "cannot prepare a process");
    case STEP_BIND: /* gyre_topo_bind has said why, in this thread's detail line */
        return GYRE_ERR_NO_RESOURCE;
    default:
        return gyre__error_errno(failure->errnum, "%s: cannot be run", plan->program);
    }
}

/* "/bin/sh", the program, its arguments. */
static char **shell_words(char **argv)
{
    size_t count = 0;
    while (argv[count])
        count++;
    char **words = calloc(count + 2, sizeof(*words));
    for (size_t i = 1; words && i < count; i++)
        words[i + 1] = argv[i];
    return words;
}

static pid_t __attribute__((noinline))
launch(const gyre__worker_plan_t *plan, char **shell, failure_t *failure)
{
    pid_t launcher = getpid();
    pid_t pid = vfork();
    if (pid == 0)
        become_worker(plan, launcher, shell, failure);
    return pid;
}

static gyre_status_t open_pipes(gyre__worker_plan_t *plan)
{
    plan->out[0] = plan->out[1] = plan->err[0] = plan->err[1] = -1;
    if (pipe2(plan->out, O_CLOEXEC) != 0 || pipe2(plan->err, O_CLOEXEC) != 0)
        return gyre__error_errno(errno, "cannot create a pipe");
    return GYRE_OK;
}

static void close_pipes(gyre__worker_plan_t *plan, bool all)
{
    close(plan->out[1]);
    close(plan->err[1]);
    if (all) {
        close(plan->out[0]);
        close(plan->err[0]);
    }
}

gyre_status_t gyre__worker_start(gyre__worker_t *worker, gyre__worker_plan_t *plan)
{
    failure_t failure = {STEP_NONE, 0};
    gyre_status_t status = open_pipes(plan);
    char **shell = status == GYRE_OK ? shell_words(plan->argv) : NULL;
    if (status == GYRE_OK && !shell)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory to start a worker");
    if (status == GYRE_OK) {
        worker->pid = launch(plan, shell, &failure);
        status = worker->pid < 0 ? gyre__error_errno(errno, "cannot create a process")
                                 : explain(&failure, plan);
    }
    free(shell);
    close_pipes(plan, status != GYRE_OK);
    worker->running = status == GYRE_OK;
    return status;
}

void gyre__worker_signal(const gyre__worker_t *worker, int number)
{
    if (worker->running)
        kill(-worker->pid, number);
}
