/* SPDX-License-Identifier: Apache-2.0 */
/* A job: one loop over the workers' ends and output, the keeper's signals and the PMIx server's
 * news. Whatever happens, the loop is left only when no worker runs, and the process only when it
 * has no descendants. */
#include "launch/job.h"

#include "base/clock.h"
#include "base/error.h"
#include "launch/crew.h"
#include "launch/environ.h"
#include "launch/iof.h"
#include "launch/kin.h"
#include "launch/launch.h"
#include "launch/limits.h"
#include "launch/litter.h"
#include "launch/place.h"
#include "launch/pmix.h"
#include "launch/stdin.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { OUTPUT_PATIENCE_S = 1, TERMINAL_CHECK_MS = 300, AGAIN_MS = 100 };

typedef struct job {
    const gyre__options_t *options;
    const gyre__session_t *session;
    const gyre__signals_t *signals;
    gyre__loop_t loop;
    gyre__source_t control, children, aborts;
    gyre__iof_t iof;
    gyre__stdin_t in;
    gyre__crew_t crew;
    gyre__places_t places;
    gyre__environ_t environ;
    uint64_t time_out_at;  /* 0: never */
    uint64_t interrupt_at; /* when the first SIGINT or SIGTERM came; 0: none has */
    bool abandoned;        /* the keeper is dead */
    bool hurried;          /* the user wants it over now */
} job_t;

static job_t job;

static void on_child(gyre__source_t *source, uint32_t events)
{
    struct signalfd_siginfo info[8];
    (void)!read(source->fd, info, sizeof(info));
    gyre__crew_reap(&job.crew);
}

static void on_abort(gyre__source_t *source, uint32_t events)
{
    gyre__abort_t news;
    if (read(source->fd, &news, sizeof(news)) == sizeof(news))
        gyre__crew_abort(&job.crew, &news);
}

static void kill_all(void)
{
    job.hurried = true;
    gyre__crew_stop(&job.crew, 128 + SIGKILL);
    gyre__crew_signal(&job.crew, SIGKILL);
}

/* A second one kills; but a terminal, or timeout(1), may send the same one twice at once. When no
 * worker runs, it is the output that is not waited for. */
static void on_interrupt(void)
{
    uint64_t now = gyre__clock_ns();
    if (job.crew.running == 0)
        job.hurried = true;
    else if (job.interrupt_at == 0)
        job.interrupt_at = now;
    else if (now - job.interrupt_at > AGAIN_MS * GYRE__MS)
        kill_all();
}

static void on_control(gyre__source_t *source, uint32_t events)
{
    char number;
    ssize_t length = read(source->fd, &number, 1);
    if (length < 0)
        return;
    if (length == 0) {
        gyre__loop_close(&job.loop, source);
        job.abandoned = true;
        kill_all();
        return;
    }
    if (job.options->verbose)
        gyre__say("signal %d (%s) goes to all workers", number, strsignal(number));
    gyre__crew_signal(&job.crew, number);
    if (number == SIGINT || number == SIGTERM)
        on_interrupt();
}

static gyre_status_t watch(gyre__source_t *source, int fd,
                           void (*ready)(gyre__source_t *, uint32_t))
{
    *source = (gyre__source_t){.fd = fd, .ready = ready};
    return gyre__loop_add(&job.loop, source, EPOLLIN);
}

static gyre_status_t watch_children(void)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return gyre__error_errno(errno, "cannot watch for the end of workers");
    return watch(&job.children, fd, on_child);
}

/* The workers' environment first: what comes after changes this process's own. */
static gyre_status_t prepare(int control)
{
    int aborts;
    gyre_status_t status = gyre__environ_init(&job.environ, job.options);
    if (status == GYRE_OK)
        status = gyre__session_create(job.session);
    if (status == GYRE_OK)
        status = watch(&job.control, control, on_control);
    if (status == GYRE_OK)
        status = watch_children();
    if (status == GYRE_OK)
        status = gyre__stdin_open(&job.in, &job.loop);
    if (status == GYRE_OK)
        status = gyre__places_init(&job.places, job.options);
    if (status == GYRE_OK)
        status = gyre__pmix_start(job.session, job.options->workers, &aborts);
    if (status == GYRE_OK)
        status = watch(&job.aborts, aborts, on_abort);
    return status;
}

static void say_started(unsigned rank, const char *set)
{
    if (job.options->verbose)
        gyre__say("rank %u is process %d on %s%s", rank, (int)job.crew.workers[rank].pid,
                  set[0] ? "processors " : "any processor", set);
}

static gyre_status_t start_worker(unsigned rank)
{
    char set[GYRE__PLACE_MAX];
    gyre__environ_t env;
    gyre__worker_plan_t plan = {.program = job.options->program,
                                .argv = job.options->argv,
                                .set = set,
                                .in = gyre__stdin_of(&job.in, rank),
                                .signals = job.signals};
    gyre_status_t status = gyre__places_get(&job.places, rank, set, sizeof(set));
    if (status != GYRE_OK)
        return status;
    status = gyre__environ_derive(&env, &job.environ, rank);
    if (status == GYRE_OK)
        status = gyre__pmix_environ(rank, &env);
    plan.env = env.list;
    if (status == GYRE_OK)
        status = gyre__worker_start(&job.crew.workers[rank], &plan);
    gyre__environ_cleanup(&env);
    if (status != GYRE_OK)
        return status;
    job.crew.started++;
    job.crew.running++;
    say_started(rank, set);
    return gyre__iof_open(&job.iof, rank, plan.out[0], plan.err[0]);
}

/* The loop turns between starts, so that early output, ends and signals are not kept waiting. */
static void start_workers(void)
{
    for (unsigned rank = 0; rank < job.options->workers && !job.crew.failed; rank++) {
        if (start_worker(rank) != GYRE_OK) {
            gyre__say("rank %u does not start: %s", rank, gyre_last_error());
            gyre__crew_stop(&job.crew, GYRE__EXIT_FAILED);
        }
        gyre__loop_turn(&job.loop, 0);
    }
    gyre__stdin_started(&job.in);
}

/* 0: never. */
static uint64_t sooner(uint64_t until, uint64_t then)
{
    return then && then < until ? then : until;
}

static uint64_t next_due(void)
{
    uint64_t until = sooner(sooner(GYRE__NEVER, job.time_out_at), job.crew.kill_at);
    if (job.in.background)
        until = sooner(until, gyre__clock_ns() + TERMINAL_CHECK_MS * GYRE__MS);
    return until;
}

static void do_what_is_due(void)
{
    uint64_t now = gyre__clock_ns();
    if (job.time_out_at && now >= job.time_out_at) {
        job.time_out_at = now + OUTPUT_PATIENCE_S * GYRE__S; /* for the reader of our output */
        gyre__crew_time_out(&job.crew);
    }
    if (job.crew.kill_at && now >= job.crew.kill_at) {
        job.crew.kill_at = 0;
        gyre__crew_signal(&job.crew, SIGKILL);
    }
    gyre__stdin_check(&job.in);
}

/* Ends of output come at once, as nobody is left to hold it open; should somebody outside the job
 * do so, that is not waited for. A full sink is not their fault. */
static void end_streams(uint64_t *patience)
{
    uint64_t now = gyre__clock_ns();
    if (job.iof.out.full || job.iof.err_sink->full)
        *patience = now + OUTPUT_PATIENCE_S * GYRE__S;
    else if (now >= *patience)
        gyre__iof_close(&job.iof);
}

/* No worker runs. What they left behind goes. Our output waits for its reader as any program's
 * would, unless the job has run too long or the user wants it over. */
static void finish_output(void)
{
    gyre__stdin_close(&job.in);
    gyre__kin_kill();
    uint64_t patience = gyre__clock_ns() + OUTPUT_PATIENCE_S * GYRE__S;
    while (!gyre__iof_done(&job.iof) && !job.hurried) {
        uint64_t until = job.iof.open > 0 ? patience : GYRE__NEVER;
        gyre__loop_turn(&job.loop, sooner(until, job.time_out_at));
        end_streams(&patience);
        if (!job.time_out_at || gyre__clock_ns() < job.time_out_at)
            continue;
        gyre__crew_time_out(&job.crew);
        job.hurried = true;
    }
}

static int exit_code(void)
{
    if (job.crew.failed)
        return job.crew.code;
    return job.iof.out.failed || job.iof.err.failed ? GYRE__EXIT_FAILED : 0;
}

static void run(void)
{
    if (job.options->timeout)
        job.time_out_at = gyre__clock_ns() + job.options->timeout;
    start_workers();
    gyre__session_sweep(job.session);
    while (job.crew.running > 0) {
        gyre__loop_turn(&job.loop, next_due());
        do_what_is_due();
    }
    finish_output();
    if (job.crew.failed)
        gyre__litter_sweep();
}

static gyre_status_t open_job(void)
{
    gyre__limits_raise();
    gyre_status_t status = gyre__loop_init(&job.loop);
    if (status == GYRE_OK)
        status = gyre__iof_init(&job.iof, &job.loop, job.options->workers, job.options->tag);
    if (status == GYRE_OK)
        status = gyre__crew_init(&job.crew, job.options, &job.iof);
    return status;
}

int gyre__job_run(const gyre__options_t *options, const gyre__session_t *session,
                  const gyre__signals_t *signals, int control)
{
    job = (job_t){.options = options, .session = session, .signals = signals};
    prctl(PR_SET_NAME, "gyre-job");
    gyre__kin_adopt();
    gyre_status_t status = open_job();
    if (status == GYRE_OK)
        status = prepare(control);
    if (status == GYRE_OK)
        run();
    else
        gyre__say("%s", gyre_last_error());
    if (job.abandoned)
        gyre__session_remove(session);
    return status == GYRE_OK ? exit_code() : GYRE__EXIT_FAILED;
}
