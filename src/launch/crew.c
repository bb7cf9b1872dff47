/* SPDX-License-Identifier: Apache-2.0 */
/* The workers and their ends. Several may have ended when we look; one killed by a signal is then
 * taken for the cause rather than one that exited, which may have failed over its peer's death. */
#include "launch/crew.h"

#include "base/clock.h"
#include "base/error.h"
#include "launch/launch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { GRACE_MS = 400 }; /* between SIGTERM and SIGKILL */

gyre_status_t gyre__crew_init(gyre__crew_t *crew, const gyre__options_t *options, gyre__iof_t *iof)
{
    *crew = (gyre__crew_t){.options = options, .iof = iof};
    crew->workers = calloc(options->workers, sizeof(*crew->workers));
    if (!crew->workers)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %u workers", options->workers);
    return GYRE_OK;
}

void gyre__crew_cleanup(gyre__crew_t *crew)
{
    free(crew->workers);
}

void gyre__crew_signal(gyre__crew_t *crew, int number)
{
    for (unsigned rank = 0; rank < crew->started; rank++)
        gyre__worker_signal(&crew->workers[rank], number);
}

void gyre__crew_stop(gyre__crew_t *crew, int code)
{
    if (crew->failed)
        return;
    crew->failed = true;
    crew->code = code;
    crew->kill_at = gyre__clock_ns() + GRACE_MS * GYRE__MS;
    gyre__crew_signal(crew, SIGTERM);
    gyre__crew_signal(crew, SIGCONT);
}

/* What a worker wrote before it failed comes before what is said of it. */
static void fail(gyre__crew_t *crew, unsigned rank, const char *what, int code)
{
    gyre__iof_drain(crew->iof, rank);
    gyre__say("rank %u (process %d) %s", rank, (int)crew->workers[rank].pid, what);
    gyre__iof_say_last(crew->iof, rank);
    gyre__crew_stop(crew, code);
}

static void fail_by_status(gyre__crew_t *crew, unsigned rank)
{
    char what[128];
    int status = crew->workers[rank].status;
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        snprintf(what, sizeof(what), "was killed by signal %d (%s%s)", number, strsignal(number),
                 WCOREDUMP(status) ? ", core dumped" : "");
        fail(crew, rank, what, 128 + number);
    } else {
        snprintf(what, sizeof(what), "exited with code %d", WEXITSTATUS(status));
        fail(crew, rank, what, WEXITSTATUS(status));
    }
}

/* A worker that wrote to a reader who has left ends as any program would: without a word. */
static bool is_quiet_end(const gyre__crew_t *crew, int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE &&
           (crew->iof->out.broken || crew->iof->err_sink->broken);
}

/* For another reason than a reader who has left; has been said. */
static bool lost_output(const gyre__crew_t *crew)
{
    return crew->iof->out.failed || crew->iof->err.failed;
}

static int rank_of(const gyre__crew_t *crew, pid_t pid)
{
    for (unsigned rank = 0; rank < crew->started; rank++)
        if (crew->workers[rank].running && crew->workers[rank].pid == pid)
            return (int)rank;
    return -1;
}

static void note_end(gyre__crew_t *crew, unsigned rank, int status)
{
    gyre__worker_t *worker = &crew->workers[rank];
    worker->running = false;
    worker->status = status;
    crew->running--;
    if (crew->options->verbose)
        gyre__say("rank %u has ended, %s %d", rank,
                  WIFSIGNALED(status) ? "killed by signal" : "exit code",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* Whether the end of a counts for more than that of b; b -1: none yet. */
static bool is_worse(const gyre__crew_t *crew, int a, int b)
{
    if (b < 0)
        return true;
    return WIFSIGNALED(crew->workers[a].status) && !WIFSIGNALED(crew->workers[b].status);
}

void gyre__crew_reap(gyre__crew_t *crew)
{
    int cause = -1, status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        int rank = rank_of(crew, pid);
        if (rank < 0)
            continue; /* a process that a worker left behind */
        note_end(crew, (unsigned)rank, status);
        if (status != 0 && is_worse(crew, rank, cause))
            cause = rank;
    }
    if (cause < 0 || crew->failed)
        return;
    if (is_quiet_end(crew, crew->workers[cause].status))
        gyre__crew_stop(crew, lost_output(crew) ? GYRE__EXIT_FAILED : 128 + SIGPIPE);
    else
        fail_by_status(crew, (unsigned)cause);
}

void gyre__crew_abort(gyre__crew_t *crew, const gyre__abort_t *news)
{
    char what[320];
    int code = news->status & 0xff;
    if (crew->failed || news->rank >= crew->started)
        return;
    snprintf(what, sizeof(what), "called abort with status %d%s%s", news->status,
             news->text[0] ? ": " : "", news->text);
    fail(crew, news->rank, what, code ? code : GYRE__EXIT_FAILED);
}

/* "0-3,7" of those that run. */
static void list_running(const gyre__crew_t *crew, gyre__buf_t *list)
{
    for (unsigned rank = 0; rank < crew->started; rank++) {
        unsigned first = rank;
        if (!crew->workers[rank].running)
            continue;
        while (rank + 1 < crew->started && crew->workers[rank + 1].running)
            rank++;
        gyre__buf_printf(list, "%s%u", list->length ? "," : "", first);
        if (rank > first)
            gyre__buf_printf(list, "-%u", rank);
    }
}

void gyre__crew_time_out(gyre__crew_t *crew)
{
    gyre__buf_t list;
    if (crew->failed)
        return;
    gyre__buf_init(&list);
    list_running(crew, &list);
    gyre__say("timed out after %s s; still running: rank %s", crew->options->timeout_text,
              list.length ? list.data : "none");
    gyre__buf_cleanup(&list);
    gyre__crew_stop(crew, GYRE__EXIT_TIMED_OUT);
}
