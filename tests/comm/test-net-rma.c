/* SPDX-License-Identifier: Apache-2.0 */
/* Registered memory, put, get, atomics and flush. Every worker owns a region and publishes its
 * key; worker r works on the region of r + 1. */
#include "net-fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REGION = 9 << 20, ROUNDS = 200, ADDS = 2000, IN_FLIGHT = 8 };

static gyre__net_mem_t *region_map(world_t *world, void *addr, size_t length)
{
    gyre__net_mem_t *mem;
    const void *key;
    size_t key_length;
    gyre_status_t status = world->ops->mem_map(world->net, addr, length, &mem);
    CHECK(status == GYRE_OK, "mem_map: %s", gyre_status_name(status));
    CHECK(mem->length == length && (!addr || mem->addr == addr), "mem_map: another region");
    status = world->ops->mem_key(world->net, mem, &key, &key_length);
    CHECK(status == GYRE_OK, "mem_key: %s", gyre_status_name(status));
    CHECK(key_length <= KEY_MAX, "a key of %zu bytes", key_length);
    world->shared->key[world->rank].addr = (uintptr_t)mem->addr;
    world->shared->key[world->rank].length = key_length;
    memcpy(world->shared->key[world->rank].bytes, key, key_length);
    barrier(world);
    return mem;
}

static gyre__net_key_t *key_of(world_t *world, unsigned owner)
{
    gyre__net_key_t *key;
    gyre_status_t status =
        world->ops->key_import(world->net, world->peer[owner], world->shared->key[owner].bytes,
                               world->shared->key[owner].length, &key);
    CHECK(status == GYRE_OK, "key_import: %s", gyre_status_name(status));
    return key;
}

static void put(world_t *world, gyre__net_key_t *key, uint64_t addr, const void *data,
                size_t length)
{
    op_t op;
    op_start(&op, world->ops->put(world->net, world->peer[next_of(world)], key, addr, data, length,
                                  op_init(&op)));
    op_wait(world, &op);
}

static void get(world_t *world, gyre__net_key_t *key, uint64_t addr, void *data, size_t length)
{
    op_t op;
    op_start(&op, world->ops->get(world->net, world->peer[next_of(world)], key, addr, data, length,
                                  op_init(&op)));
    op_wait(world, &op);
}

static void flush(world_t *world, gyre__net_peer_t *peer)
{
    op_t op;
    op_start(&op, world->ops->flush(world->net, peer, op_init(&op)));
    op_wait(world, &op);
}

static void put_and_get(world_t *world, gyre__net_mem_t *mem)
{
    static const size_t sizes[] = {1,    2,    4,     7,     8,      9,      64,      100,    1000,
                                   4096, 8192, 10000, 65536, 100001, 262144, 1 << 20, 8 << 20};
    uint64_t base = world->shared->key[next_of(world)].addr;
    gyre__net_key_t *key = key_of(world, next_of(world));
    char *data = malloc(REGION);
    CHECK(data, "malloc");
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t offset = i * 3;
        fill(data, sizes[i], i);
        put(world, key, base + offset, data, sizes[i]);
        memset(data, 0, sizes[i]);
        flush(world, i % 2 ? world->peer[next_of(world)] : NULL);
        barrier(world);
        CHECK(filled((char *)mem->addr + offset, sizes[i], i), "put of %zu bytes", sizes[i]);
        get(world, key, base + offset, data, sizes[i]);
        CHECK(filled(data, sizes[i], i), "get of %zu bytes", sizes[i]);
        barrier(world);
    }
    world->ops->key_release(world->net, key);
    free(data);
}

static bool all_zero(const char *data, size_t length)
{
    return data[0] == 0 && memcmp(data, data + 1, length - 1) == 0;
}

static void test_memory(world_t *world)
{
    gyre__net_mem_t *mem = region_map(world, NULL, REGION);
    CHECK((uintptr_t)mem->addr % (uintptr_t)sysconf(_SC_PAGESIZE) == 0, "not page-aligned");
    CHECK(all_zero(mem->addr, REGION), "not zeroed");
    barrier(world);
    put_and_get(world, mem);
    world->ops->mem_unmap(world->net, mem);
    barrier(world);
    char *data = malloc(REGION);
    mem = region_map(world, data, REGION);
    put_and_get(world, mem);
    world->ops->mem_unmap(world->net, mem);
    free(data);
}

/* What was flushed is there without further help of the owner's progress. */
static void test_flush(world_t *world)
{
    gyre__net_mem_t *mem = region_map(world, NULL, 1 << 16);
    gyre__net_key_t *key = key_of(world, next_of(world));
    char *data = malloc(1 << 16);
    CHECK(data, "malloc");
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t length = 1 + i * 37 % 3000;
        if (world->rank == 0) {
            fill(data, length, i);
            put(world, key, world->shared->key[next_of(world)].addr, data, length);
            flush(world, world->peer[next_of(world)]);
            atomic_store(&world->shared->phase, i + 1);
        }
        while (atomic_load(&world->shared->phase) <= i)
            world->ops->progress(world->net);
        if (world->rank == 1 % world->size)
            CHECK(filled(mem->addr, length, i), "round %u: flushed %zu bytes", i, length);
        barrier(world);
    }
    free(data);
    world->ops->key_release(world->net, key);
    barrier(world);
    world->ops->mem_unmap(world->net, mem);
}

static uint64_t atomic_on(world_t *world, unsigned owner, gyre__net_key_t *key, size_t offset,
                          gyre_atomic_t code, int width, uint64_t operand, uint64_t compare)
{
    op_t op;
    uint64_t result = UINT64_MAX;
    op_start(&op, world->ops->atomic(world->net, world->peer[owner], key,
                                     world->shared->key[owner].addr + offset, code, width, operand,
                                     compare, &result, op_init(&op)));
    op_wait(world, &op);
    return result;
}

static void check_width(world_t *world, gyre__net_key_t *key, int width)
{
    unsigned owner = next_of(world);
    uint64_t mask = width == 4 ? UINT32_MAX : UINT64_MAX, old;
    size_t at = 64;
    old = atomic_on(world, owner, key, at, GYRE_ATOMIC_SWAP, width, 0x1122334455667788, 0);
    CHECK(old == 0, "swap found %lx", (unsigned long)old);
    old = atomic_on(world, owner, key, at, GYRE_ATOMIC_FETCH_ADD, width, UINT64_MAX, 0);
    CHECK(old == (0x1122334455667788 & mask), "add found %lx", (unsigned long)old);
    old = atomic_on(world, owner, key, at, GYRE_ATOMIC_COMPARE_SWAP, width, 1, 2);
    CHECK(old == (0x1122334455667787 & mask), "compare-swap found %lx", (unsigned long)old);
    old =
        atomic_on(world, owner, key, at, GYRE_ATOMIC_COMPARE_SWAP, width, 0xfedcba9876543210, old);
    CHECK(old == (0x1122334455667787 & mask), "compare-swap found %lx", (unsigned long)old);
    old = atomic_on(world, owner, key, at, GYRE_ATOMIC_SWAP, width, 0, 0);
    CHECK(old == (0xfedcba9876543210 & mask), "swap found %lx", (unsigned long)old);
}

static void test_widths(world_t *world)
{
    gyre__net_mem_t *mem = region_map(world, NULL, 4096);
    gyre__net_key_t *key = key_of(world, next_of(world));
    check_width(world, key, 4);
    check_width(world, key, 8);
    flush(world, NULL);
    barrier(world);
    CHECK(all_zero(mem->addr, 4096), "an atomic wrote beside its word");
    world->ops->key_release(world->net, key);
    barrier(world);
    world->ops->mem_unmap(world->net, mem);
}

/* All workers add to the same word of worker 0, several at a time: every old value is seen once. */
static void add_up(world_t *world, gyre__net_key_t *key, int width, uint64_t *sum)
{
    op_t ops[IN_FLIGHT];
    uint64_t old[IN_FLIGHT];
    uint64_t addr = world->shared->key[0].addr + (uint64_t)width;
    for (unsigned i = 0; i < ADDS / IN_FLIGHT; i++) {
        for (unsigned j = 0; j < IN_FLIGHT; j++)
            op_start(&ops[j], world->ops->atomic(world->net, world->peer[0], key, addr,
                                                 GYRE_ATOMIC_FETCH_ADD, width, 1, 0, &old[j],
                                                 op_init(&ops[j])));
        for (unsigned j = 0; j < IN_FLIGHT; j++) {
            op_wait(world, &ops[j]);
            *sum += old[j];
        }
    }
}

static void test_adds(world_t *world)
{
    gyre__net_mem_t *mem = region_map(world, NULL, 4096);
    gyre__net_key_t *key = key_of(world, 0);
    uint64_t total = (uint64_t)ADDS * world->size, sum = 0;
    add_up(world, key, 4, &sum);
    add_up(world, key, 8, &sum);
    atomic_fetch_add(&world->shared->counter, (unsigned)sum);
    barrier(world);
    if (world->rank == 0) {
        CHECK(((uint32_t *)mem->addr)[1] == total, "32 bits: %u", ((uint32_t *)mem->addr)[1]);
        CHECK(((uint64_t *)mem->addr)[1] == total, "64 bits: %lu",
              (unsigned long)((uint64_t *)mem->addr)[1]);
        CHECK(atomic_load(&world->shared->counter) == total * (total - 1), "a value seen twice");
    }
    world->ops->key_release(world->net, key);
    barrier(world);
    world->ops->mem_unmap(world->net, mem);
}

static void refuse_key(world_t *world, const char *bytes, size_t length)
{
    gyre__net_key_t *key;
    gyre_status_t status =
        world->ops->key_import(world->net, world->peer[next_of(world)], bytes, length, &key);
    CHECK(status < 0, "a wrong key of %zu bytes taken", length);
}

static void test_bad_bytes(world_t *world)
{
    gyre__net_mem_t *mem = region_map(world, NULL, 4096);
    gyre__net_peer_t *peer;
    char bytes[GYRE__NET_ADDRESS_MAX + 64] = "";
    size_t length = world->shared->key[next_of(world)].length;
    memcpy(bytes, world->shared->key[next_of(world)].bytes, length);
    for (size_t i = 0; i < length; i++)
        refuse_key(world, bytes, i);
    refuse_key(world, bytes, length + 1);
    length = world->shared->address[0].length;
    memcpy(bytes, world->shared->address[0].bytes, length);
    for (size_t i = 0; i < length; i++)
        CHECK(world->ops->connect(world->net, 0, bytes, i, &peer) < 0, "an address of %zu bytes",
              i);
    CHECK(length == 0 || world->ops->connect(world->net, 0, bytes, length + 1, &peer) < 0,
          "an address too long");
    barrier(world);
    world->ops->mem_unmap(world->net, mem);
}

const test_t rma_tests[] = {
    {"memory", test_memory, 1, -1, false},       {"flush", test_flush, 1, -1, false},
    {"widths", test_widths, 1, -1, false},       {"adds", test_adds, 1, -1, false},
    {"bad-bytes", test_bad_bytes, 1, -1, false},
};
const size_t rma_test_count = sizeof(rma_tests) / sizeof(rma_tests[0]);
