/* SPDX-License-Identifier: Apache-2.0 */
/* Channels: every parcel arrives once, whole and in its sender's order, whatever its size, however
 * long receivers keep what they got and however small the pages' share of memory is; a sender stops
 * at the window; a channel may close with its pages still read by others. */
#include "dataflow/channel_state.h"

#include "dataflow/conf.h"
#include "dataflow/memory.h"
#include "lib/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { KIND_DATA, KIND_END };

typedef struct traffic {
    gyre__channel_t *channel;
    uint64_t random;
    uint64_t to_send;          /* parcels */
    uint64_t *sent, *received; /* numbers of parcels, by worker */
    int ended;                 /* workers from which nothing more comes */
    size_t keep;               /* parcels that the receiver holds on to */
    gyre__parcel_t *kept[64];
    size_t kept_count;
} traffic_t;

static uint64_t key_of(int from, int to, uint64_t number)
{
    return check_mix((uint64_t)from * 1000 + (uint64_t)to, number);
}

static size_t length_of(uint64_t key, size_t room)
{
    uint64_t draw = check_mix(key, 77);
    size_t most = draw % 4 == 0 ? room : draw % 4 == 1 ? 8000 : draw % 4 == 2 ? 4096 : 64;
    return 1 + check_mix(key, 78) % (draw % 64 == 0 ? 3 * room : most);
}

/* Sends one, unless its receiver must be waited for. */
static bool send_one(traffic_t *t, int to)
{
    gyre__page_t *page;
    uint64_t key = key_of(check_rank, to, t->sent[to]);
    size_t length = length_of(key, gyre__channel_room(t->channel));
    gyre_status_t status = gyre__channel_page(t->channel, &to, 1, length, &page);
    if (status == GYRE_IN_PROGRESS)
        return false;
    CHECK_OK(status);
    check_fill(page->data, length, key);
    gyre__label_t label = {KIND_DATA, check_rank, to, t->sent[to]++};
    CHECK_OK(gyre__channel_send(t->channel, &to, 1, &label, page, length));
    t->to_send--;
    return true;
}

static void release_oldest(traffic_t *t)
{
    gyre__parcel_t *parcel = t->kept[0];
    uint64_t key = key_of(parcel->worker, check_rank, parcel->label.value);
    CHECK_CONTENT(parcel->data, parcel->length, key); /* as it was all the time */
    memmove(t->kept, t->kept + 1, --t->kept_count * sizeof(t->kept[0]));
    gyre__parcel_release(parcel);
}

static void receive(traffic_t *t, gyre__parcel_t *parcel)
{
    int from = parcel->worker;
    CHECK_EQ(parcel->label.source, from);
    CHECK_EQ(parcel->label.target, check_rank);
    if (parcel->label.kind == KIND_END) {
        CHECK_EQ(parcel->label.value, t->received[from]);
        t->ended++;
        gyre__parcel_release(parcel);
        return;
    }
    uint64_t number = t->received[from]++, key = key_of(from, check_rank, number);
    CHECK_EQ(parcel->label.value, number);
    CHECK_EQ(parcel->length, length_of(key, gyre__channel_room(t->channel)));
    CHECK_EQ((uintptr_t)parcel->data % 64, 0);
    CHECK_CONTENT(parcel->data, parcel->length, key);
    t->kept[t->kept_count++] = parcel;
    while (t->kept_count > t->keep)
        release_oldest(t);
}

static void end_all(traffic_t *t)
{
    for (int to = 0; to < check_size; to++) {
        gyre__label_t label = {KIND_END, check_rank, to, t->sent[to]};
        CHECK_OK(gyre__channel_mark(t->channel, to, &label));
    }
}

static void run(uint64_t parcels, size_t keep)
{
    traffic_t t = {.random = check_mix(check_share(check_seed()), (uint64_t)check_rank),
                   .to_send = parcels,
                   .keep = keep};
    size_t size = (size_t)check_size * sizeof(uint64_t);
    bool ending = false;
    t.sent = calloc(1, size);
    t.received = calloc(1, size);
    CHECK_OK(gyre__channel_open(check_world, &t.channel));
    while (!ending || t.ended < check_size || t.kept_count || !gyre__channel_idle(t.channel)) {
        bool moved = false;
        while (t.to_send && send_one(&t, (int)check_below(&t.random, (uint64_t)check_size)))
            moved = true;
        if (t.to_send == 0 && !ending) {
            end_all(&t);
            ending = moved = true;
        }
        CHECK_OK(gyre__channel_progress(t.channel));
        gyre__parcel_t *parcel;
        while ((parcel = gyre__channel_take(t.channel))) {
            receive(&t, parcel);
            moved = true;
        }
        /* Whoever keeps what nothing follows keeps its sender from ending. */
        if (!moved && t.kept_count)
            release_oldest(&t);
        else if (!moved)
            CHECK_OK(gyre__channel_wait(t.channel));
    }
    gyre__channel_close(t.channel);
    free(t.sent);
    free(t.received);
}

static void busy(void)
{
    run(300, 0);
}

static void keeping(void)
{
    run(200, 5);
}

static void together(void)
{
    for (int i = 0; i < 20; i++)
        run(20, 2);
    CHECK_EQ(gyre__memory_used(), 0);
}

/* NULL: something has happened, but none has come. */
static gyre__parcel_t *next_parcel(gyre__channel_t *channel)
{
    CHECK_OK(gyre__channel_progress(channel));
    gyre__parcel_t *parcel = gyre__channel_take(channel);
    if (!parcel)
        CHECK_OK(gyre__channel_wait(channel));
    return parcel;
}

/* Nobody takes anything: what a worker can send ends at the window, and memory with it. */
static void window(void)
{
    gyre__channel_t *channel;
    CHECK_OK(gyre__channel_open(check_world, &channel));
    int to = (check_rank + 1) % check_size;
    size_t room = gyre__channel_room(channel), sent = 0;
    gyre__page_t *page;
    gyre_status_t status;
    gyre__label_t label = {KIND_DATA, check_rank, to, 0};
    while ((status = gyre__channel_page(channel, &to, 1, room, &page)) == GYRE_OK) {
        memset(page->data, 1, room);
        CHECK_OK(gyre__channel_send(channel, &to, 1, &label, page, room));
        sent += room;
        CHECK_OK(gyre__channel_progress(channel));
    }
    CHECK_IS(status, GYRE_IN_PROGRESS);
    CHECK(sent >= room && sent <= gyre__dataflow_conf.window);
    check_barrier();
    size_t received = 0;
    while (received < sent || !gyre__channel_idle(channel)) {
        gyre__parcel_t *parcel = next_parcel(channel);
        if (parcel) {
            received += parcel->length;
            gyre__parcel_release(parcel);
        }
    }
    gyre__channel_close(channel);
}

/* One page to all, also to its sender. */
static void to_all(void)
{
    gyre__channel_t *channel;
    int *workers = malloc((size_t)check_size * sizeof(int)), ended = 0;
    CHECK_OK(gyre__channel_open(check_world, &channel));
    for (int i = 0; i < check_size; i++)
        workers[i] = i;
    for (uint64_t i = 0; i < 3; i++) {
        gyre__page_t *page;
        size_t length = i == 1 ? 100 : gyre__channel_room(channel);
        gyre__label_t label = {KIND_DATA, check_rank, -1, i};
        while (gyre__channel_page(channel, workers, check_size, length, &page) == GYRE_IN_PROGRESS)
            CHECK_OK(gyre__channel_progress(channel));
        check_fill(page->data, length, key_of(check_rank, 0, i));
        CHECK_OK(gyre__channel_send(channel, workers, check_size, &label, page, length));
    }
    while (ended < 3 * check_size || !gyre__channel_idle(channel)) {
        gyre__parcel_t *parcel = next_parcel(channel);
        if (parcel) {
            CHECK_CONTENT(parcel->data, parcel->length,
                          key_of(parcel->worker, 0, parcel->label.value));
            gyre__parcel_release(parcel);
            ended++;
        }
    }
    gyre__channel_close(channel);
    free(workers);
}

/* A reader's pages stay as they are when their sender has closed its channel and opened others. */
static void orphaned(void)
{
    gyre__channel_t *channel, *next;
    gyre__page_t *page;
    gyre__parcel_t *parcel = NULL;
    int to = (check_rank + 1) % check_size, from = (check_rank + check_size - 1) % check_size;
    CHECK_OK(gyre__channel_open(check_world, &channel));
    size_t room = gyre__channel_room(channel);
    CHECK_OK(gyre__channel_page(channel, &to, 1, room, &page));
    check_fill(page->data, room, key_of(check_rank, to, 9));
    gyre__label_t label = {KIND_DATA, check_rank, to, 0};
    CHECK_OK(gyre__channel_send(channel, &to, 1, &label, page, room));
    while (!(parcel = next_parcel(channel)))
        ;
    check_barrier();
    /* Rank 0 reads on while the one in front of it closes. */
    if (check_rank != 0) {
        gyre__parcel_release(parcel);
        gyre__channel_close(channel);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_OK(gyre__channel_open(check_world, &next));
        if (gyre__channel_page(next, &to, 1, room, &page) == GYRE_OK) {
            memset(page->data, 0xee, room);
            gyre__channel_give_back(next, page);
        }
        gyre__channel_close(next);
    }
    check_barrier();
    if (check_rank == 0) {
        CHECK_CONTENT(parcel->data, parcel->length, key_of(from, 0, 9));
        gyre__parcel_release(parcel);
        gyre__channel_close(channel);
    }
    while (gyre__memory_used())
        gyre_progress(check_ctx);
}

/* Channels of an epoch that has ended: one was closed with a page still read by a peer, one is open
 * with parcels that nobody has taken. Nothing of them is left. */
static void reopened(void)
{
    gyre__channel_t *closed, *open;
    gyre__page_t *page;
    int to = (check_rank + 1) % check_size;
    gyre__channel_t **channels[] = {&closed, &open};
    for (int i = 0; i < 2; i++) {
        gyre__label_t label = {KIND_DATA, check_rank, to, 0};
        CHECK_OK(gyre__channel_open(check_world, channels[i]));
        size_t room = gyre__channel_room(*channels[i]);
        CHECK_OK(gyre__channel_page(*channels[i], &to, 1, room, &page));
        check_fill(page->data, room, 1);
        CHECK_OK(gyre__channel_send(*channels[i], &to, 1, &label, page, room));
    }
    gyre__parcel_t *parcel;
    while (!(parcel = next_parcel(closed)))
        ;
    gyre__channel_close(closed);
    check_barrier();
    CHECK_OK(gyre_reopen(check_ctx, NULL, 0));
    check_reopened();
    /* The others may have been seen to leave before this one left. */
    gyre_status_t status = gyre__channel_progress(open);
    if (status != GYRE_ERR_PEER_FAILED)
        CHECK_IS(status, GYRE_ERR_CANCELED);
    gyre__parcel_release(parcel);
    gyre__channel_close(open);
    gyre_progress(check_ctx);
    CHECK_EQ(gyre__memory_used(), 0);
}

/* A page that cannot be reached, here since no file can be opened, is sent as a message. */
static void refused(void)
{
    gyre__channel_t *channel;
    gyre__page_t *page;
    gyre__parcel_t *parcel;
    struct rlimit files, none;
    int to = (check_rank + 1) % check_size, from = (check_rank + check_size - 1) % check_size;
    CHECK_OK(gyre__channel_open(check_world, &channel));
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
    none = (struct rlimit){0, files.rlim_max};
    for (uint64_t i = 0; i < 3; i++) {
        size_t length = gyre__channel_room(channel) * (i + 1) / 2;
        gyre__label_t label = {KIND_DATA, check_rank, to, i};
        while (gyre__channel_page(channel, &to, 1, length, &page) == GYRE_IN_PROGRESS)
            CHECK_OK(gyre__channel_progress(channel));
        check_fill(page->data, length, key_of(check_rank, to, i));
        check_barrier();
        CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
        CHECK_OK(gyre__channel_send(channel, &to, 1, &label, page, length));
        while (!(parcel = next_parcel(channel)))
            ;
        CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
        CHECK_EQ(parcel->worker, from);
        CHECK_CONTENT(parcel->data, parcel->length, key_of(from, check_rank, i));
        gyre__parcel_release(parcel);
        while (!gyre__channel_idle(channel))
            CHECK_OK(gyre__channel_progress(channel));
    }
    check_barrier();
    gyre__channel_close(channel);
}

static void draw_head(uint64_t *random, gyre__head_t *head, size_t *behind)
{
    static const uint64_t odd[] = {0,          1,         SHORT_MAX, SHORT_MAX + 1,
                                   UINT32_MAX, INT64_MAX, UINT64_MAX};
    *head = (gyre__head_t){.kind = (uint32_t)check_below(random, 8)};
    head->count =
        (uint32_t)(check_below(random, 2) ? odd[check_below(random, 7)] : check_below(random, 600));
    head->length = check_below(random, 2) ? odd[check_below(random, 7)] : check_below(random, 5000);
    head->serial = check_random(random);
    head->label = (gyre__label_t){(int32_t)check_random(random), (int32_t)check_random(random),
                                  (int32_t)check_random(random), check_random(random)};
    *behind = check_below(random, 2) ? check_below(random, SHORT_MAX + 1)
                                     : check_below(random, 2) * head->length % (SHORT_MAX + 1);
}

/* Heads of any content: those that are none end the channel with an error that names the sender;
 * releases and refusals of what was never sent are nothing. */
static void hostile(void)
{
    uint64_t random = check_share(check_seed());
    char *data = calloc(1, HEAD_BYTES);
    for (int i = 0; i < 300; i++) {
        gyre__channel_t *channel;
        gyre__head_t head;
        size_t behind;
        draw_head(&random, &head, &behind);
        bool sound = gyre__head_sound(&head, sizeof(head) + behind);
        bool answers = head.kind == GYRE__HEAD_RELEASE || head.kind == GYRE__HEAD_REFUSED;
        if (sound && !answers)
            continue; /* data is promised */
        gyre__label_t end = {.kind = KIND_END};
        int to = (check_rank + 1) % check_size;
        CHECK_OK(gyre__channel_open(check_world, &channel));
        if (to != check_rank) {
            gyre__enter(check_ctx);
            gyre__channel_post(channel, to, &head, data, behind);
            gyre__leave(check_ctx);
            CHECK_OK(gyre__channel_mark(channel, to, &end));
            gyre_status_t status = GYRE_OK;
            gyre__parcel_t *parcel = NULL;
            while (status == GYRE_OK && !parcel) {
                status = gyre__channel_progress(channel);
                parcel = gyre__channel_take(channel);
            }
            CHECK_EQ(status, sound ? GYRE_OK : GYRE_ERR_SYNTAX);
            if (parcel)
                gyre__parcel_release(parcel);
        }
        check_barrier();
        gyre__channel_close(channel);
    }
    free(data);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {
        {"busy", busy},       {"keeping", keeping}, {"together", together},
        {"window", window},   {"to all", to_all},   {"orphaned", orphaned},
        {"refused", refused}, {"hostile", hostile}, {"reopened", reopened},
    };
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 120);
}
