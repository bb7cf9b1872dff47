/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of net.h, checked over any provider: test-net [-t TEST] [-n WORKERS] [-e BYTES]
 * PROVIDER. The environment says which transport it uses; up to so many bytes it shall not make a
 * rendezvous of a message. Messages carry what their receiver must find. */
#include "config.h"

#include "net-fixture.h"

#include "comm/conf.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct header {
    uint32_t from, seed, kind;
    uint32_t spare;
    uint64_t length;
} header_t;

static size_t eager;

enum { PLAIN, LATER, DROP_NOW, DROP_LATER, BOUNCE, REPLY };
enum { KEPT_MAX = 64, BURST = 300, BOUNCES = 500 };

/* What a worker has received, and what it has not fetched yet. */
typedef struct inbox {
    unsigned seen;  /* messages */
    unsigned count; /* of which the data is here, or dropped */
    unsigned kept;
    struct {
        header_t header;
        void *desc;
    } later[KEPT_MAX];
    op_t replies[BOUNCES];
    unsigned replied;
    unsigned char bare[8];
} inbox_t;

typedef struct arrival {
    op_t op;
    header_t header;
    inbox_t *inbox;
    void *data;
} arrival_t;

static void settle(const header_t *header, const void *data, inbox_t *inbox)
{
    CHECK(filled(data, header->length, header->seed), "%lu bytes arrived wrong",
          (unsigned long)header->length);
    inbox->count++;
}

static void arrived(gyre__net_op_t *base, gyre_status_t status)
{
    arrival_t *arrival = (arrival_t *)base;
    CHECK(!arrival->op.calling, "done inside fetch");
    CHECK(status == GYRE_OK, "fetch: %s", gyre_status_name(status));
    settle(&arrival->header, arrival->data, arrival->inbox);
    free(arrival->data);
    free(arrival);
}

static void fetch(world_t *world, const header_t *header, void *desc)
{
    arrival_t *arrival = malloc(sizeof(*arrival));
    CHECK(arrival, "malloc");
    arrival->header = *header;
    arrival->inbox = world->test;
    arrival->data = malloc(header->length);
    gyre__net_op_t *op = op_init(&arrival->op);
    op->done = arrived;
    gyre_status_t status =
        world->ops->fetch(world->net, world->peer[header->from], desc, arrival->data,
                          header->length, op);
    arrival->op.calling = false;
    CHECK(status >= 0, "fetch: %s", gyre_status_name(status));
    if (status == GYRE_OK)
        arrived(op, GYRE_OK);
}

static void drop(world_t *world, void *desc)
{
    inbox_t *inbox = world->test;
    world->ops->drop(world->net, desc);
    inbox->count++;
}

static void keep(inbox_t *inbox, const header_t *header, void *desc)
{
    CHECK(inbox->kept < KEPT_MAX, "too many messages");
    inbox->later[inbox->kept].header = *header;
    inbox->later[inbox->kept++].desc = desc;
}

static void check_message(const world_t *world, const gyre__net_message_t *message)
{
    const header_t *header = message->header;
    CHECK(message->header_length >= sizeof(*header), "header of %zu bytes",
          message->header_length);
    CHECK(header->length == message->length, "%zu bytes announced, %lu sent", message->length,
          (unsigned long)header->length);
    CHECK(header->from < world->size, "from %u", header->from);
    CHECK(filled(header + 1, message->header_length - sizeof(*header), header->seed),
          "header of %zu bytes arrived wrong", message->header_length);
}

static void send_reply(world_t *world, const header_t *header)
{
    inbox_t *inbox = world->test;
    header_t reply = {.kind = REPLY, .from = world->rank};
    op_t *op = &inbox->replies[inbox->replied++];
    op_start(op, world->ops->send(world->net, world->peer[header->from], &reply, sizeof(reply),
                                  NULL, 0, op_init(op)));
}

static void received(world_t *world, const gyre__net_message_t *message)
{
    inbox_t *inbox = world->test;
    header_t header;
    inbox->seen++;
    if (message->header_length == 0) {
        CHECK(message->length == sizeof(inbox->bare) && message->data, "bare message");
        memcpy(inbox->bare, message->data, message->length);
        inbox->count++;
        return;
    }
    check_message(world, message);
    CHECK(!message->desc || message->length == 0 || message->length > eager,
          "%zu bytes came by rendezvous", message->length);
    memcpy(&header, message->header, sizeof(header));
    if (header.kind == BOUNCE)
        send_reply(world, &header);
    if (!message->desc)
        settle(&header, message->data, inbox);
    else if (header.kind == DROP_NOW)
        drop(world, message->desc);
    else if (header.kind == LATER || header.kind == DROP_LATER)
        keep(inbox, &header, message->desc);
    else
        fetch(world, &header, message->desc);
}

static void send_to(world_t *world, unsigned to, unsigned kind, size_t header_length,
                    const void *data, size_t length, unsigned seed, op_t *op)
{
    union {
        header_t header;
        char bytes[GYRE__NET_HEADER_MAX];
    } head;
    head.header = (header_t){world->rank, seed, kind, 0, length};
    fill(&head.header + 1, header_length - sizeof(header_t), seed);
    op_start(op, world->ops->send(world->net, world->peer[to], &head, header_length, data, length,
                                  op_init(op)));
    memset(&head, 0xee, sizeof(head)); /* the provider has its copy */
}

static void test_sizes(world_t *world)
{
    static const size_t sizes[] = {0,    1,    7,     8,     9,     63,     64,    65,
                                   127,  128,  200,   255,   256,   512,    1000,  1024,
                                   4096, 8191, 8192,  8193,  32768, 65536,  65537, 262144,
                                   1000000, 1 << 20, (4 << 20) + 1, 64 << 20};
    inbox_t *inbox = world->test;
    unsigned seed = 0;
    op_t op;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *data = malloc(sizes[i] + 1);
        CHECK(data, "malloc");
        for (size_t head = sizeof(header_t); head <= GYRE__NET_HEADER_MAX; head += 37) {
            if (sizes[i] > 100000 && head > sizeof(header_t))
                break;
            fill(data, sizes[i], ++seed);
            send_to(world, next_of(world), PLAIN, head, data, sizes[i], seed, &op);
            op_wait(world, &op);
            memset(data, 0xdd, sizes[i]);
            wait_until(world, &inbox->count, seed, "a message");
        }
        free(data);
    }
}

static void test_headers(world_t *world)
{
    inbox_t *inbox = world->test;
    char header[GYRE__NET_HEADER_MAX + 1] = "";
    op_t op;
    gyre_status_t status = world->ops->send(world->net, world->peer[0], header, sizeof(header),
                                            NULL, 0, op_init(&op));
    CHECK(status < 0, "a header too long: %s", gyre_status_name(status));
    send_to(world, next_of(world), PLAIN, GYRE__NET_HEADER_MAX, NULL, 0, 5, &op);
    op_wait(world, &op);
    wait_until(world, &inbox->count, 1, "a header");
    barrier(world);
    op_start(&op, world->ops->send(world->net, world->peer[next_of(world)], NULL, 0, "no head",
                                   8, op_init(&op)));
    op_wait(world, &op);
    wait_until(world, &inbox->count, 2, "a message without header");
    CHECK(memcmp(inbox->bare, "no head", 8) == 0, "bare message arrived wrong");
}

/* Every worker sends to every worker, all at once, from one byte to what needs a rendezvous. */
static void test_burst(world_t *world)
{
    static op_t ops[WORKERS_MAX][BURST];
    inbox_t *inbox = world->test;
    char *data = malloc((size_t)BURST * 3000);
    CHECK(data, "malloc");
    fill(data, (size_t)BURST * 3000, 3);
    for (unsigned i = 0; i < BURST; i++)
        for (unsigned to = 0; to < world->size; to++)
            send_to(world, to, PLAIN, 24 + i % 41, data, i % 3 ? i : i * 3000, 3, &ops[to][i]);
    for (unsigned i = 0; i < BURST; i++)
        for (unsigned to = 0; to < world->size; to++)
            op_wait(world, &ops[to][i]);
    wait_until(world, &inbox->count, BURST * world->size, "the burst");
    barrier(world);
    CHECK(inbox->count == BURST * world->size, "%u messages of %u", inbox->count,
          BURST * world->size);
    free(data);
}

static void send_large(world_t *world, unsigned kind, op_t *ops, char *data, size_t length,
                       unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        fill(data + i * length, length, i);
        send_to(world, next_of(world), kind, 40, data + i * length, length, i, &ops[i]);
    }
}

static void test_later(world_t *world)
{
    enum { COUNT = 24, LENGTH = 600000 };
    inbox_t *inbox = world->test;
    op_t ops[COUNT];
    char *data = malloc((size_t)COUNT * LENGTH);
    CHECK(data, "malloc");
    send_large(world, LATER, ops, data, LENGTH, COUNT);
    wait_until(world, &inbox->seen, COUNT, "messages to fetch later");
    for (unsigned i = inbox->kept; i > 0; i--)
        fetch(world, &inbox->later[i - 1].header, inbox->later[i - 1].desc);
    for (unsigned i = 0; i < COUNT; i++)
        op_wait(world, &ops[i]);
    wait_until(world, &inbox->count, COUNT, "messages fetched later");
    barrier(world);
    free(data);
}

static void test_drop(world_t *world)
{
    enum { COUNT = 20, LENGTH = 1 << 20 };
    inbox_t *inbox = world->test;
    op_t ops[COUNT];
    char *data = malloc((size_t)COUNT * LENGTH);
    CHECK(data, "malloc");
    send_large(world, DROP_NOW, ops, data, LENGTH, COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        op_wait(world, &ops[i]);
    wait_until(world, &inbox->count, COUNT, "messages to drop");
    barrier(world);
    send_large(world, DROP_LATER, ops, data, LENGTH, COUNT);
    wait_until(world, &inbox->seen, 2 * COUNT, "messages to drop later");
    for (unsigned i = 0; i < inbox->kept; i++)
        drop(world, inbox->later[i].desc);
    CHECK(inbox->count == 2 * COUNT, "%u messages of %d", inbox->count, 2 * COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        op_wait(world, &ops[i]);
    barrier(world);
    free(data);
}

static void test_bounce(world_t *world)
{
    inbox_t *inbox = world->test;
    static op_t ops[BOUNCES];
    static char data[BOUNCES];
    fill(data, sizeof(data), 9);
    for (unsigned i = 0; i < BOUNCES; i++)
        send_to(world, next_of(world), BOUNCE, 24, data, i, 9, &ops[i]);
    for (unsigned i = 0; i < BOUNCES; i++)
        op_wait(world, &ops[i]);
    wait_until(world, &inbox->count, 2 * BOUNCES, "messages and replies");
    for (unsigned i = 0; i < inbox->replied; i++)
        op_wait(world, &inbox->replies[i]);
    barrier(world);
}

static void with_inbox(world_t *world, void (*run)(world_t *world))
{
    world->test = calloc(1, sizeof(inbox_t));
    CHECK(world->test, "calloc");
    world->received = received;
    barrier(world);
    run(world);
    barrier(world);
    free(world->test);
}

#define INBOX_TEST(name)                                                                           \
    static void run_##name(world_t *world) { with_inbox(world, test_##name); }
INBOX_TEST(sizes)
INBOX_TEST(headers)
INBOX_TEST(burst)
INBOX_TEST(later)
INBOX_TEST(drop)
INBOX_TEST(bounce)

static const test_t message_tests[] = {
    {"sizes", run_sizes, 1, -1, false},   {"headers", run_headers, 1, -1, false},
    {"burst", run_burst, 1, -1, false},   {"later", run_later, 1, -1, false},
    {"drop", run_drop, 1, -1, false},     {"bounce", run_bounce, 1, -1, false},
};

static bool run_all(const gyre__net_ops_t *ops, const test_t *tests, size_t count,
                    unsigned workers, const char *only)
{
    bool well = true;
    for (size_t i = 0; i < count; i++) {
        if ((only && strcmp(only, tests[i].name) != 0) || tests[i].least > workers)
            continue;
        bool passed = test_run(ops, &tests[i], workers);
        printf("%s - %s %s\n", passed ? "ok" : "not ok", ops->name, tests[i].name);
        well = well && passed;
    }
    return well;
}

static int usage(void)
{
    fputs("usage: test-net [-t TEST] [-n WORKERS] [-e BYTES] PROVIDER\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    unsigned long workers = 3;
    for (int option; (option = getopt(argc, argv, "t:n:e:")) != -1;) {
        if (option == 't')
            only = optarg;
        else if (option == 'n')
            workers = strtoul(optarg, NULL, 10);
        else if (option == 'e')
            eager = strtoul(optarg, NULL, 10);
        else
            return usage();
    }
    if (optind != argc - 1 || workers < 1 || workers > WORKERS_MAX)
        return usage();
    if (gyre__conf_load(&gyre__comm_conf_table, &gyre__comm_conf)) {
        fprintf(stderr, "test-net: %s\n", gyre_last_error());
        return 2;
    }
    const gyre__net_ops_t *ops = provider_find(argv[optind]);
    if (!ops) {
        printf("1..0 # SKIP no provider %s in this build\n", argv[optind]);
        return getenv("CI") ? 1 : 77;
    }
    bool well = run_all(ops, message_tests, sizeof(message_tests) / sizeof(message_tests[0]),
                        (unsigned)workers, only);
    if (ops->mem_map != gyre__net_no_mem_map)
        well &= run_all(ops, rma_tests, rma_test_count, (unsigned)workers, only);
    well &= run_all(ops, wait_tests, wait_test_count, (unsigned)workers, only);
    well &= run_all(ops, fault_tests, fault_test_count, (unsigned)workers, only);
    return well ? 0 : 1;
}
