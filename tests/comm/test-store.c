/* SPDX-License-Identifier: Apache-2.0 */
/* Shareable memory: spans come zeroed, apart and page-aligned, in whatever order they come and
 * go; places lead back to the bytes, here and in another process; no place, however bad, leads
 * anywhere else. */
#include "config.h"

#include "comm/view.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 10000, PAGE = 4096 };

static gyre__store_t store;

static void set_up(void)
{
    gyre__store_init(&store);
}

static void tear_down(void)
{
    gyre__store_cleanup(&store);
}

TestSuite(store, .init = set_up, .fini = tear_down, .timeout = 60);

static int descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static gyre__span_t *alloc(size_t length)
{
    gyre__span_t *span = NULL;
    cr_assert_eq(gyre__store_alloc(&store, length, &span), GYRE_OK);
    cr_assert_eq((uintptr_t)gyre__span_address(span) % PAGE, 0);
    cr_assert(span->length >= length && span->length < length + PAGE);
    return span;
}

static bool all_are(const char *bytes, size_t length, char value)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

static gyre__mem_place_t place_of(const void *addr, size_t length)
{
    gyre__mem_place_t place;
    cr_assert(gyre__store_describe(&store, addr, length, &place));
    cr_assert(gyre__place_holds(&place, length));
    return place;
}

Test(store, many_small_regions_take_one_descriptor)
{
    static gyre__span_t *spans[MANY];
    int before = descriptors();
    for (int i = 0; i < MANY; i++) {
        spans[i] = alloc(PAGE);
        cr_assert(all_are(gyre__span_address(spans[i]), PAGE, 0));
        memcpy(gyre__span_address(spans[i]), &i, sizeof(i));
    }
    cr_assert_eq(descriptors(), before + 1);
    for (int i = 0; i < MANY; i++) {
        cr_assert_eq(memcmp(gyre__span_address(spans[i]), &i, sizeof(i)), 0);
        gyre__store_release(&store, spans[i]);
    }
}

/* Random regions of all sizes, each full of its own byte while it lives. */
Test(store, regions_stay_apart_in_any_order)
{
    enum { SLOTS = 64, STEPS = 4000 };
    gyre__span_t *spans[SLOTS] = {0};
    size_t lengths[SLOTS];
    srandom(7);
    for (int step = 0; step < STEPS; step++) {
        int i = (int)(random() % SLOTS);
        if (spans[i]) {
            cr_assert(all_are(gyre__span_address(spans[i]), lengths[i], (char)(i + 1)));
            gyre__store_release(&store, spans[i]);
            spans[i] = NULL;
            continue;
        }
        lengths[i] = 1 + (size_t)random() % (step % 50 ? 20000 : 3 << 20);
        spans[i] = alloc(lengths[i]);
        cr_assert(all_are(gyre__span_address(spans[i]), lengths[i], 0), "memory used again");
        memset(gyre__span_address(spans[i]), i + 1, lengths[i]);
    }
    for (int i = 0; i < SLOTS; i++)
        if (spans[i])
            gyre__store_release(&store, spans[i]);
}

/* Whatever was cut is one again: the store does not grow by being used. */
Test(store, free_spans_join)
{
    gyre__span_t *spans[256], *whole = alloc(12 << 20);
    uint64_t end = store.end;
    gyre__store_release(&store, whole);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 256; i++)
            spans[i] = alloc((size_t)(1 + i * 37 % 11) * PAGE);
        for (int i = 0; i < 256; i++)
            gyre__store_release(&store, spans[i * 101 % 256]);
        whole = alloc(12 << 20);
        cr_assert_eq((uintptr_t)gyre__span_address(whole) % GYRE__STORE_UNIT, 0);
        gyre__store_release(&store, whole);
    }
    cr_assert_eq(store.end, end);
    cr_assert_eq(store.spans.used, 1);
}

static long shared_pages(void)
{
    long size, resident, shared = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    cr_assert_eq(fscanf(in, "%ld %ld %ld", &size, &resident, &shared), 3);
    fclose(in);
    return shared;
}

Test(store, released_pages_go_back)
{
    enum { LENGTH = 32 << 20 };
    gyre__span_t *span = alloc(LENGTH);
    long before = shared_pages();
    memset(gyre__span_address(span), 1, LENGTH);
    cr_assert(shared_pages() >= before + LENGTH / PAGE);
    gyre__store_release(&store, span);
    cr_assert(shared_pages() < before + LENGTH / PAGE / 4);
}

Test(store, places_lead_back)
{
    char outside;
    gyre__mem_place_t place;
    gyre__span_t *small = alloc(100), *large = alloc(64 << 20);
    char *addr = gyre__span_address(small) + 7, *far = gyre__span_address(large) + (40 << 20);
    place = place_of(addr, 93);
    cr_assert_eq(gyre__store_at(&store, &place), addr);
    place = place_of(far, 1);
    cr_assert_eq(gyre__store_at(&store, &place), far);
    cr_assert_not(gyre__store_describe(&store, &outside, 1, &place));
    cr_assert_not(gyre__store_describe(&store, addr, SIZE_MAX, &place));
    cr_assert_not(gyre__store_describe(&store, addr, (size_t)1 << 40, &place));
    place.nonce++;
    cr_assert_null(gyre__store_at(&store, &place));
}

Test(store, what_cannot_be_is_refused)
{
    gyre__span_t *span;
    cr_assert_eq(gyre__store_alloc(&store, (size_t)1 << 46, &span), GYRE_ERR_NO_MEMORY);
    alloc(1);
}

/* Beyond the limit the kernel would send SIGXFSZ. */
Test(store, file_sizes_may_be_limited)
{
    struct rlimit limit = {32 << 20, 32 << 20};
    gyre__span_t *span;
    alloc(1 << 20);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(gyre__store_alloc(&store, 64 << 20, &span), GYRE_ERR_NOT_SUPPORTED);
    alloc(1 << 20);
}

Test(store, without_descriptors_there_is_none)
{
    struct rlimit limit, none;
    gyre__span_t *span;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){0, limit.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    gyre_status_t status = gyre__store_alloc(&store, 1, &span);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(status, GYRE_ERR_NOT_SUPPORTED);
}

/* A second mapping of the same bytes, as a peer has it. */
Test(store, views_show_the_same_bytes)
{
    gyre__view_t *views = NULL;
    gyre__span_t *span = alloc(5000), *large = alloc(64 << 20);
    gyre__mem_place_t place = place_of(gyre__span_address(span) + 100, 8);
    int before = descriptors();
    cr_assert_null(gyre__view_find(views, &place));
    cr_assert_eq(gyre__view_open(&views, getpid(), &place), GYRE_OK);
    char *seen = gyre__view_find(views, &place);
    cr_assert_neq(seen, gyre__span_address(span) + 100);
    strcpy(gyre__span_address(span) + 100, "there");
    cr_assert_str_eq(seen, "there");
    place = place_of(gyre__span_address(large), 64 << 20);
    cr_assert_null(gyre__view_find(views, &place));
    cr_assert_eq(gyre__view_open(&views, getpid(), &place), GYRE_OK);
    gyre__span_address(large)[(64 << 20) - 1] = 5;
    cr_assert_eq(((char *)gyre__view_find(views, &place))[(64 << 20) - 1], 5);
    cr_assert_eq(descriptors(), before);
    gyre__view_close(&views);
    cr_assert_null(views);
}

static void refused(pid_t pid, const gyre__mem_place_t *place)
{
    gyre__view_t *views = NULL;
    cr_assert_neq(gyre__view_open(&views, pid, place), GYRE_OK);
    cr_assert_null(views);
}

/* One number of a good place replaced. */
#define REFUSED(good, field, value)                                                                \
    do {                                                                                           \
        gyre__mem_place_t bad_ = good;                                                             \
        bad_.field = value;                                                                        \
        refused(getpid(), &bad_);                                                                  \
    } while (0)

Test(store, bad_places_lead_nowhere)
{
    int before = descriptors(), pipes[2], zero = open("/dev/zero", O_RDWR);
    int plain = memfd_create("plain", 0);
    gyre__mem_place_t good = place_of(gyre__span_address(alloc(5000)), 5000), bad;
    cr_assert_eq(pipe(pipes), 0);
    cr_assert_eq(pwrite(plain, &good.nonce, sizeof(good.nonce), 0), sizeof(good.nonce));
    cr_assert_eq(ftruncate(plain, 1 << 30), 0);
    REFUSED(good, nonce, 0);
    REFUSED(good, nonce, good.nonce + 1);
    REFUSED(good, fd, -1);
    REFUSED(good, fd, 9999);
    REFUSED(good, fd, INT32_MIN);
    REFUSED(good, fd, pipes[0]);
    REFUSED(good, fd, zero);
    REFUSED(good, fd, plain); /* could be cut short under our feet */
    REFUSED(good, chunk, 0);
    REFUSED(good, chunk, good.chunk + 1);
    REFUSED(good, chunk, UINT32_MAX);
    REFUSED(good, size, 0);
    REFUSED(good, size, good.size + 1);
    REFUSED(good, size, UINT32_MAX);
    bad = good;
    bad.offset = good.size * GYRE__STORE_UNIT;
    cr_assert_not(gyre__place_holds(&bad, 1));
    cr_assert_null(gyre__store_at(&store, &bad));
    bad.offset = UINT64_MAX;
    cr_assert_not(gyre__place_holds(&bad, 2));
    cr_assert_not(gyre__place_holds(&good, UINT64_MAX));
    cr_assert_eq(ftruncate(store.fd, PAGE), -1, "the store can be cut short");
    cr_assert_eq(descriptors(), before + 5, "a descriptor was left open");
}

/* What is mapped outlives its owner; what is not cannot be mapped any more. */
Test(store, owners_die)
{
    gyre__view_t *views = NULL;
    gyre__mem_place_t place;
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (!child) {
        char *bytes = gyre__span_address(alloc(PAGE));
        strcpy(bytes, "legacy");
        place = place_of(bytes, PAGE);
        (void)!write(pipes[1], &place, sizeof(place));
        for (;;)
            pause();
    }
    cr_assert_eq(read(pipes[0], &place, sizeof(place)), sizeof(place));
    refused(getpid(), &place);
    cr_assert_eq(gyre__view_open(&views, child, &place), GYRE_OK);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_str_eq(gyre__view_find(views, &place), "legacy");
    refused(child, &place);
    gyre__view_close(&views);
}
