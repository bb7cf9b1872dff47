/* SPDX-License-Identifier: Apache-2.0 */
/* gyre run is two processes: the keeper, which the user started and signals, and its child, which
 * does the work (job.c). Each outlives the other long enough to clear up: the child sees the end
 * of the control pipe when the keeper dies, the keeper sees its child's end; both adopt what the
 * workers leave behind. So even kill -9 of either leaves no process and no file. Bytes on the
 * control pipe are signals for the workers. */
#include "launch/keeper.h"

#include "base/error.h"
#include "launch/job.h"
#include "launch/kin.h"
#include "launch/launch.h"
#include "launch/litter.h"
#include "launch/session.h"
#include "launch/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct keeper {
    gyre__session_t session;
    gyre__signals_t signals;
    int control[2];
    pid_t job;
} keeper_t;

static void pass_on(const keeper_t *keeper, int number)
{
    char byte = (char)number;
    (void)!write(keeper->control[1], &byte, 1);
    if (number == SIGTSTP)
        raise(SIGSTOP);
}

/* Waits for the child's end and passes signals on meanwhile. */
static int wait_for_job(const keeper_t *keeper)
{
    sigset_t awaited;
    int status;
    gyre__signals_awaited(&keeper->signals, &awaited);
    for (;;) {
        int number = sigwaitinfo(&awaited, NULL);
        if (number == SIGCHLD && waitpid(keeper->job, &status, WNOHANG) == keeper->job)
            return status;
        if (number > 0 && number != SIGCHLD)
            pass_on(keeper, number);
    }
}

static int clear_up(const keeper_t *keeper, int status)
{
    if (WIFEXITED(status)) {
        gyre__session_remove(&keeper->session);
        return WEXITSTATUS(status);
    }
    gyre__say("the process that holds the job was killed by signal %d (%s)", WTERMSIG(status),
              strsignal(WTERMSIG(status)));
    gyre__kin_kill();
    gyre__litter_sweep();
    gyre__session_remove(&keeper->session);
    return 128 + WTERMSIG(status);
}

static int start(keeper_t *keeper)
{
    if (gyre__session_name(&keeper->session) != GYRE_OK) {
        gyre__say("%s", gyre_last_error());
        return -1;
    }
    if (pipe2(keeper->control, O_CLOEXEC) != 0) {
        gyre__say("cannot create a pipe: %s", strerror(errno));
        return -1;
    }
    gyre__signals_take(&keeper->signals);
    gyre__kin_adopt();
    keeper->job = fork();
    if (keeper->job < 0)
        gyre__say("cannot create a process: %s", strerror(errno));
    return keeper->job < 0 ? -1 : 0;
}

int gyre__keeper_run(const gyre__options_t *options)
{
    keeper_t keeper;
    if (start(&keeper) != 0)
        return GYRE__EXIT_FAILED;
    if (keeper.job == 0) {
        close(keeper.control[1]);
        _exit(gyre__job_run(options, &keeper.session, &keeper.signals, keeper.control[0]));
    }
    close(keeper.control[0]);
    return clear_up(&keeper, wait_for_job(&keeper));
}
