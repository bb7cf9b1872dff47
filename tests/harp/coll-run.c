/* SPDX-License-Identifier: Apache-2.0 */
/* Running a trial at this member. Of both buffers an image is kept of how they have to look after
 * the call, guards around them and gaps between blocks included, and compared as a whole. */
#include "harp/coll.h"

#include <gyre/coll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 64, REGION = 256 << 10, POOL = 16, MARK = 0x77 };

/* Regions of gyre_mem_alloc are used again, as programs do. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static gyre_mem_t *pool[POOL];
static int pooled;

static void take_region(coll_buffer_t *b, size_t length)
{
    pthread_mutex_lock(&lock);
    if (length <= REGION && pooled)
        b->mem = pool[--pooled];
    pthread_mutex_unlock(&lock);
    if (!b->mem)
        CHECK_OK(gyre_mem_alloc(check_ctx, length < REGION ? REGION : length, &b->mem));
    b->base = gyre_mem_address(b->mem);
}

static void give_region(coll_buffer_t *b)
{
    pthread_mutex_lock(&lock);
    bool keep = gyre_mem_length(b->mem) == REGION && pooled < POOL;
    if (keep)
        pool[pooled++] = b->mem;
    pthread_mutex_unlock(&lock);
    if (!keep)
        gyre_mem_release(b->mem);
}

/* Elements of C's types at half of their alignment would not be C. */
static size_t odd_offset(const coll_trial_t *trial)
{
    size_t part = gyre_type_size(trial->type);
    if (!coll_reduces(trial->coll) || trial->op >= GYRE_OP_BUILTIN_COUNT ||
        trial->type >= GYRE_TYPE_BUILTIN_COUNT)
        return 1;
    return trial->type >= GYRE_COMPLEX64 ? part / 2 : part;
}

static void make_buffer(const coll_layout_t *l, coll_buffer_t *b, size_t elements, uint64_t salt)
{
    const coll_trial_t *t = l->trial;
    coll_memory_t memory = t->memory;
    if (memory == COLL_MIXED)
        memory = check_mix(check_mix(t->seed, salt), (uint64_t)check_rank) % COLL_MIXED;
    b->length = elements * l->element;
    size_t room = b->length + 3 * GUARD;
    if (memory == COLL_SHARED)
        take_region(b, room);
    else
        b->base = malloc(room);
    b->image = malloc(room);
    CHECK(b->base && b->image);
    b->data = b->base + GUARD + (memory == COLL_ODD ? odd_offset(t) : 0);
}

static void free_buffer(coll_buffer_t *b)
{
    if (b->mem)
        give_region(b);
    else
        free(b->base);
    free(b->image);
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

void coll_prepare(coll_run_t *run, const coll_group_t *group, const coll_trial_t *trial)
{
    *run = (coll_run_t){.trial = *trial, .group = group};
    coll_layout_t *l = &run->layout;
    coll_layout(group, &run->trial, l);
    make_buffer(l, &run->in, l->in_place ? 0 : l->in.extent, 1);
    make_buffer(l, &run->out, l->in_place ? most(l->in.extent, l->out.extent) : l->out.extent, 2);
}

static void fill_blocks(const coll_layout_t *l, const coll_side_t *side, char *to)
{
    for (int i = 0; i < side->count; i++)
        coll_fill(l, &side->blocks[i], to + side->blocks[i].offset * l->element);
}

static void fill(coll_run_t *run)
{
    const coll_layout_t *l = &run->layout;
    coll_buffer_t *in = &run->in, *out = &run->out;
    memset(in->data - GUARD, 0xa5, in->length + 2 * GUARD);
    memset(out->data - GUARD, 0x5a, out->length + 2 * GUARD);
    fill_blocks(l, &l->in, l->in_place ? out->data : in->data);
    memcpy(in->image, in->data - GUARD, in->length + 2 * GUARD);
    memcpy(out->image, out->data - GUARD, out->length + 2 * GUARD);
    fill_blocks(l, &l->out, out->image + GUARD);
}

void coll_describe(const coll_run_t *run, char text[COLL_TEXT])
{
    static const char *const forms[] = {"blocking", "started", "persistent"};
    static const char *const memories[] = {"malloc", "shared", "odd", "mixed"};
    const coll_trial_t *t = &run->trial;
    bool reduces = coll_reduces(t->coll);
    snprintf(text, COLL_TEXT,
             "%s, member %d of %d, root %d, %s %s, count %zu, %s memory, %s%s, start %d, seed "
             "%#llx, %s",
             gyre__collectives[t->coll]->name, run->group->rank, run->group->size, run->layout.root,
             gyre_type_name(t->type), reduces ? gyre_op_name(t->op) : "", t->count,
             memories[t->memory], forms[t->form], t->in_place ? ", in place" : "", (int)t->round,
             (unsigned long long)t->seed, run->group->rules[t->coll]);
}

/* In place, what follows the result of reduce_scatter is left open. */
static bool left_open(const coll_run_t *run, size_t at)
{
    return run->layout.in_place && at >= run->layout.out.extent * run->layout.element &&
           at < run->out.length && coll_reduces(run->trial.coll);
}

static void compare(const coll_run_t *run, const coll_buffer_t *b, const char *what)
{
    size_t element = run->layout.element ? run->layout.element : 1;
    char text[COLL_TEXT];
    if (memcmp(b->data - GUARD, b->image, b->length + 2 * GUARD) == 0)
        return;
    for (size_t at = 0; at < b->length; at += element)
        if (!coll_same(&run->trial, b->data + at, b->image + GUARD + at) &&
            !(b == &run->out && left_open(run, at))) {
            coll_describe(run, text);
            check_fail(__FILE__, __LINE__, "%s: wrong %s, element %zu of %zu", text, what,
                       at / element, b->length / element);
        }
    if (memcmp(b->data - GUARD, b->image, GUARD) ||
        memcmp(b->data + b->length, b->image + GUARD + b->length, GUARD)) {
        coll_describe(run, text);
        check_fail(__FILE__, __LINE__, "%s: wrote around %s", text, what);
    }
}

static void coll_check(coll_run_t *run)
{
    if (run->status == GYRE_OK) {
        compare(run, &run->in, "input");
        compare(run, &run->out, "output");
    }
}

static void check(coll_run_t *run, gyre_status_t got, const char *what)
{
    char text[COLL_TEXT];
    if (run->excuses && run->excuses(got))
        run->status = got;
    if (run->status == got)
        return;
    coll_describe(run, text);
    check_fail(__FILE__, __LINE__, "%s: %s: %s", text, what, gyre_status_name(got));
}

static void call(coll_run_t *run)
{
    const coll_buffer_t *in = &run->in, *out = &run->out;
    /* Nothing to read or write: then its address may be anything. */
    bool bare = run->trial.seed % 2;
    check(run,
          coll_call(&run->layout, run->trial.form, in->length || !bare ? in->data : NULL,
                    out->length || !bare ? out->data : NULL, &run->request),
          "call");
}

void coll_start(coll_run_t *run)
{
    bool persistent = run->trial.form == COLL_PERSISTENT;
    if (persistent && run->trial.round == 0)
        call(run);
    run->trial.round++;
    fill(run);
    if (!persistent)
        call(run);
    else if (run->status == GYRE_OK)
        check(run, gyre_start(run->request), "gyre_start");
    if (run->trial.form == COLL_BLOCKING)
        coll_check(run);
}

static gyre_status_t wait(const coll_run_t *run, gyre_request_t **request)
{
    gyre_status_t status;
    if (!run->between && check_mix(run->trial.seed, 9) % 2)
        return gyre_wait(request, NULL);
    while ((status = gyre_test(request, NULL)) == GYRE_IN_PROGRESS)
        if (run->between)
            run->between();
    return status;
}

void coll_finish(coll_run_t *run)
{
    gyre_request_t *request = run->request;
    if (run->trial.form == COLL_BLOCKING || run->status != GYRE_OK)
        return;
    check(run, wait(run, &request), "gyre_wait");
    coll_finished(run, request);
}

void coll_finished(coll_run_t *run, gyre_request_t *request)
{
    CHECK(request == (run->trial.form == COLL_PERSISTENT ? run->request : NULL));
    run->request = request;
    coll_check(run);
}

void coll_release(coll_run_t *run)
{
    if (run->request)
        CHECK_OK(gyre_request_free(&run->request));
    free_buffer(&run->in);
    free_buffer(&run->out);
    coll_layout_free(&run->layout);
}

void coll_mark(const coll_run_t *run)
{
    memset(run->in.data, MARK, run->in.length);
    memset(run->out.data, MARK, run->out.length);
}

static void check_mark(const coll_run_t *run, const coll_buffer_t *b)
{
    char text[COLL_TEXT];
    for (size_t at = 0; at < b->length; at++) {
        if (b->data[at] == MARK)
            continue;
        coll_describe(run, text);
        check_fail(__FILE__, __LINE__, "%s: byte %zu of %zu was written late", text, at, b->length);
    }
}

void coll_check_mark(const coll_run_t *run)
{
    check_mark(run, &run->in);
    check_mark(run, &run->out);
}

void coll_try(const coll_group_t *group, const coll_trial_t *trial)
{
    coll_run_t run;
    char text[COLL_TEXT];
    coll_prepare(&run, group, trial);
    coll_describe(&run, text);
    check_step(text, 60);
    for (int i = 0; i < (trial->form == COLL_PERSISTENT ? 3 : 1); i++) {
        coll_start(&run);
        coll_finish(&run);
    }
    coll_release(&run);
}
