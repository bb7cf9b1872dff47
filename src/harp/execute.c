/* SPDX-License-Identifier: Apache-2.0 */
/* When steps run. A serial program, what small collectives within a node are, is a loop over its
 * steps; any other counts predecessors. Executions that count units take turns in the order in
 * which they were started, the same at every member of the node.
 *
 * A blocking call that needs nothing but slots first runs by itself, for as long as a line needs to
 * come from a busy peer. Only then, and where messages are to be waited for, does it become known
 * to others as an execution, and joins the wait for everything. */
#include "harp/execution.h"

#include "base/cpu.h"
#include "base/error.h"
#include "comm/conf.h"
#include "comm/match.h"
#include "comm/wait.h"
#include "harp/conf.h"

#include <stdlib.h>

enum { POLLS = 2000, CROWDED_POLLS = 30, IDLE_SCRATCH_MAX = 64 << 20 };

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Room for the steps of a program or of any alternative, in one piece. */
static gyre_status_t make_room(gyre__execution_t *x, const gyre__program_t *program)
{
    size_t steps = 1, messages = 0;
    for (const gyre__program_t *p = program; p; p = p->otherwise) {
        steps = most(steps, p->schedule.count + 1);
        messages = most(messages, p->messages);
        x->tmp_size = most(x->tmp_size, p->schedule.scratch);
    }
    x->ready = calloc(steps, 3 * sizeof(uint32_t) + 1);
    x->messages = messages ? calloc(messages, sizeof(gyre_request_t)) : NULL;
    x->tmp = x->tmp_size ? aligned_alloc(64, (x->tmp_size + 63) & ~(uint64_t)63) : NULL;
    if (!x->ready || (messages && !x->messages) || (x->tmp_size && !x->tmp))
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu steps and %llu bytes", steps,
                           (unsigned long long)x->tmp_size);
    x->polled = x->ready + steps;
    x->finished = x->polled + steps;
    x->pending = (uint8_t *)(x->finished + steps);
    return GYRE_OK;
}

static void execution_free(gyre__execution_t *x)
{
    free(x->ready);
    free(x->messages);
    free(x->peers);
    free(x->tmp);
    free(x);
}

static gyre_status_t execution_new(gyre__program_t *program, gyre__execution_t **out)
{
    gyre__execution_t *x = calloc(1, sizeof(*x));
    if (!x)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an execution");
    x->whole = program;
    gyre__list_init(&x->poller.link);
    gyre__list_init(&x->running);
    gyre__list_init(&x->turn);
    gyre_status_t status = make_room(x, program);
    if (status == GYRE_OK)
        *out = x;
    else
        execution_free(x);
    return status;
}

void gyre__execution_free_idle(gyre__program_t *program)
{
    gyre__execution_t *x;
    while ((x = program->idle)) {
        program->idle = x->next_idle;
        execution_free(x);
    }
}

void gyre__execution_enter(gyre__execution_t *x, gyre__program_t *program, uint64_t base_unit)
{
    const gyre__schedule_t *s = &program->schedule;
    x->program = program;
    x->base_unit = base_unit;
    x->left = s->count;
    x->ready_count = x->polled_count = x->finished_count = 0;
    if (program->serial)
        return;
    for (uint32_t i = s->count; i-- > 0;) {
        const gyre__step_t *step = &s->steps[i];
        x->pending[i] = (uint8_t)((step->after[0] >= 0) + (step->after[1] >= 0));
        if (x->pending[i] == 0)
            x->ready[x->ready_count++] = i;
    }
}

static inline gyre_status_t get(gyre__program_t *program, gyre__execution_t **x)
{
    *x = program->idle;
    if (__builtin_expect(!*x, 0))
        return execution_new(program, x);
    program->idle = (*x)->next_idle;
    return GYRE_OK;
}

/* Kept for the next run, without which large scratch memory would be faulted in anew each time, but
 * not if that is very large. */
static inline void put_away(gyre__execution_t *x)
{
    gyre__program_t *program = x->whole;
    if (x->tmp_size > IDLE_SCRATCH_MAX) {
        execution_free(x);
    } else {
        x->next_idle = program->idle;
        program->idle = x;
    }
    if (program->once)
        gyre__program_free(program);
}

/* The run is over and nobody looks at it any more. */
static void put_back(gyre__execution_t *x)
{
    x->whole->runs--;
    put_away(x);
}

static void finish(gyre__execution_t *x)
{
    gyre__team_t *team = x->team;
    if (x->whole->units && x->status == GYRE_OK)
        gyre__team_release(team, x->first_unit + x->whole->units);
    gyre__list_remove(&x->poller.link);
    gyre__list_remove(&x->running);
    gyre__list_remove(&x->turn);
    x->done = true;
    if (x->status != GYRE_OK && x->status != GYRE_ERR_CANCELED && team->broken == GYRE_OK)
        gyre__execute_break(team, x->status);
    if (x->request) {
        gyre_request_t *request = x->request;
        gyre_status_t status = x->status;
        put_back(x);
        gyre__request_done(request, status);
    }
}

/* After an error: nothing more starts, and it ends when the messages under way have. */
static void stop(gyre__execution_t *x)
{
    if (!x->stopping) {
        x->stopping = true;
        for (uint32_t i = 0; i < x->program->messages; i++)
            if (x->messages[i].state == GYRE__REQUEST_ACTIVE && x->messages[i].posted)
                gyre__match_withdraw(&x->messages[i], GYRE_ERR_CANCELED);
    }
    if (x->in_flight == 0 && !x->done)
        finish(x);
}

void gyre__execution_message_done(gyre_request_t *req)
{
    gyre__execution_t *x = req->owner;
    x->in_flight--;
    if (!x->team) {
        if (x->in_flight == 0)
            execution_free(x);
        return;
    }
    if (req->status < 0 && x->status == GYRE_OK)
        x->status = req->status;
    x->finished[x->finished_count++] = req->step;
}

static bool has_turn(const gyre__execution_t *x)
{
    return x->whole->units == 0 || x->team->turns.next == &x->turn;
}

static unsigned advance_serial(gyre__execution_t *x)
{
    const gyre__program_t *program = x->program;
    uint32_t count = program->schedule.count, before = x->left;
    if (x->finished_count) {
        x->finished_count = 0;
        x->left--;
    } else if (x->in_flight) {
        return 0;
    }
    while (x->left && x->program == program) {
        gyre__progressed_t progressed = gyre__step_try(x, count - x->left);
        if (progressed == GYRE__STEP_DONE) {
            x->left--;
        } else if (progressed == GYRE__STEP_ASYNC && x->finished_count) {
            x->finished_count = 0;
            x->left--;
        } else if (progressed != GYRE__STEP_TURNED) {
            break;
        }
        if (x->status != GYRE_OK)
            break;
    }
    return x->program == program ? before - x->left : 1;
}

static void complete(gyre__execution_t *x, uint32_t step)
{
    const gyre__program_t *p = x->program;
    x->left--;
    for (uint32_t i = p->next_start[step]; i < p->next_start[step + 1]; i++)
        if (--x->pending[p->next[i]] == 0)
            x->ready[x->ready_count++] = p->next[i];
}

/* Steps that wait for others, once each. */
static bool try_polled(gyre__execution_t *x)
{
    bool any = false;
    for (uint32_t i = 0; i < x->polled_count && x->status == GYRE_OK;) {
        uint32_t step = x->polled[i];
        gyre__progressed_t progressed = gyre__step_try(x, step);
        if (progressed == GYRE__STEP_TURNED)
            return true;
        if (progressed != GYRE__STEP_DONE) {
            i++;
            continue;
        }
        x->polled[i] = x->polled[--x->polled_count];
        complete(x, step);
        any = true;
    }
    return any;
}

static void run_ready(gyre__execution_t *x)
{
    while (x->ready_count && x->status == GYRE_OK) {
        uint32_t step = x->ready[--x->ready_count];
        gyre__progressed_t progressed = gyre__step_try(x, step);
        if (progressed == GYRE__STEP_DONE)
            complete(x, step);
        else if (progressed == GYRE__STEP_LATER)
            x->polled[x->polled_count++] = step;
    }
}

static unsigned advance_graph(gyre__execution_t *x)
{
    uint32_t before = x->left;
    const gyre__program_t *program = x->program;
    do {
        while (x->finished_count)
            complete(x, x->finished[--x->finished_count]);
        run_ready(x);
    } while (x->status == GYRE_OK && (x->finished_count || try_polled(x)) && x->program == program);
    return x->program == program ? before - x->left : 1;
}

/* What was read in the memory of a member that has given up may be anything. It says so before it
 * has its buffers back. */
static gyre_status_t doubt(const gyre__execution_t *x)
{
    const gyre__team_t *team = x->team;
    gyre_status_t status = GYRE_OK;
    if (!x->program->otherwise) /* it has accepted no offers */
        return GYRE_OK;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    for (int i = 0; i < team->places.local_size && status == GYRE_OK; i++)
        status = __atomic_load_n(&gyre__team_page(team, (uint32_t)i)->broken, __ATOMIC_RELAXED);
    return status;
}

static unsigned advance(gyre__execution_t *x)
{
    unsigned events = 0;
    if (x->status == GYRE_OK) {
        if (!has_turn(x))
            return 0;
        const gyre__program_t *program;
        do {
            program = x->program;
            events += program->serial ? advance_serial(x) : advance_graph(x);
        } while (x->program != program);
    }
    if (x->status != GYRE_OK) {
        stop(x);
        return 1;
    }
    if (x->left == 0) {
        x->status = doubt(x);
        finish(x);
    } else if (__builtin_expect(gyre__harp_conf.timeout != UINT64_MAX, 0))
        gyre__execution_look_at_clock(x, events > 0);
    return events;
}

static unsigned poll(gyre__poller_t *poller)
{
    return advance(gyre__container(poller, gyre__execution_t, poller));
}

static void begin(gyre__execution_t *x, gyre__team_t *team, const gyre__work_t *work,
                  gyre_request_t *request)
{
    x->team = team;
    x->kept = *work;
    x->work = &x->kept;
    x->request = request;
    x->poller.poll = poll;
    x->poller.closed = NULL;
    x->status = GYRE_OK;
    x->since = x->gone_since = 0;
    x->asked = false;
    x->done = x->stopping = false;
    x->in_flight = 0;
    x->first_unit = team->units;
    team->units += x->whole->units;
    x->whole->runs++;
    x->tag = team->tags++;
    gyre__list_append(&team->running, &x->running);
    if (x->whole->units)
        gyre__list_append(&team->turns, &x->turn);
    gyre__execution_enter(x, x->whole, x->first_unit);
}

gyre_status_t gyre__execute_for(gyre__team_t *team, gyre__program_t *program,
                                const gyre__work_t *work, gyre_request_t *request)
{
    gyre__execution_t *x;
    gyre_status_t status = get(program, &x);
    if (status != GYRE_OK)
        return status;
    begin(x, team, work, request);
    gyre__list_append(&team->comm->ctx->pollers, &x->poller.link);
    advance(x); /* whose end may free the execution */
    return GYRE_OK;
}

static int patience(const gyre_context_t *ctx)
{
    if (gyre__comm_conf.wait != GYRE__WAIT_AUTO)
        return 1;
    return ctx->crowded ? CROWDED_POLLS : POLLS;
}

/* Whether a run can take its turn at once, with slots as its only need. */
static inline bool is_alone(const gyre__team_t *team, const gyre__program_t *program)
{
    return program->local && gyre__list_empty(&team->turns);
}

/* Returns the first step that is not done. */
static inline uint32_t run_alone(gyre__execution_t *x, gyre__team_t *team, const gyre__work_t *work,
                                 int polls)
{
    x->team = team;
    x->work = work;
    x->program = x->whole;
    x->base_unit = team->units;
    return gyre__steps_run(x, 0, polls);
}

static inline void end_alone(gyre__execution_t *x)
{
    gyre__team_t *team = x->team;
    team->units += x->whole->units;
    team->tags++;
    if (x->whole->units)
        gyre__team_release(team, team->units);
    put_away(x);
}

static bool is_done(void *arg)
{
    return ((gyre__execution_t *)arg)->done;
}

static gyre_status_t wait_for(gyre__execution_t *x, int polls)
{
    gyre_context_t *ctx = x->team->comm->ctx;
    advance(x);
    if (!x->done)
        gyre__list_append(&ctx->pollers, &x->poller.link);
    while (!x->done && x->in_flight == 0 && polls-- > 0)
        advance(x);
    gyre_status_t status = x->done ? GYRE_OK : gyre__wait(ctx, is_done, x);
    if (status != GYRE_OK)
        return status;
    status = x->status;
    put_back(x);
    return status;
}

gyre_status_t gyre__execute(gyre__team_t *team, gyre__program_t *program, const gyre__work_t *work)
{
    gyre__execution_t *x;
    uint32_t step = 0, steps = program->schedule.count;
    int polls = patience(team->comm->ctx);
    gyre_status_t status = get(program, &x);
    if (status != GYRE_OK)
        return status;
    if (is_alone(team, program)) {
        step = run_alone(x, team, work, polls);
        if (__builtin_expect(step == steps, 1)) {
            end_alone(x);
            return GYRE_OK;
        }
        polls = 0;
    }
    begin(x, team, work, NULL);
    x->left = steps - step;
    return wait_for(x, polls);
}

static void end_all(gyre__team_t *team, gyre_status_t status)
{
    gyre__list_each(at, &team->running)
    {
        gyre__execution_t *x = gyre__container(at, gyre__execution_t, running);
        if (x->status == GYRE_OK)
            x->status = status;
        if (!x->stopping)
            stop(x);
    }
}

/* Its messages under way outlive it: the last one frees it. */
static void orphan(gyre__execution_t *x)
{
    gyre_request_t *request = x->request;
    gyre__list_remove(&x->poller.link);
    gyre__list_remove(&x->running);
    gyre__list_remove(&x->turn);
    x->whole->runs--;
    x->team = NULL;
    if (request)
        gyre__request_done(request, GYRE_ERR_CANCELED);
}

void gyre__execute_cancel(gyre__team_t *team)
{
    end_all(team, GYRE_ERR_CANCELED);
    gyre__list_each(at, &team->running) orphan(gyre__container(at, gyre__execution_t, running));
}

void gyre__execute_break(gyre__team_t *team, gyre_status_t status)
{
    if (team->broken == GYRE_OK)
        team->broken = status;
    if (team->pages) {
        uint32_t me = (uint32_t)team->places.local_rank;
        __atomic_store_n(&gyre__team_page(team, me)->broken, status, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    end_all(team, status);
}
