/* SPDX-License-Identifier: Apache-2.0 */
/* Counts beyond 2^31 elements. As in wire-big a large address space lies over a small memory, here
 * one for each block, so that what comes from one member cannot pass for what the other gives. */
#include "lib/check.h"

#include <gyre/coll.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, KEY = 11 };

#define WINDOW ((size_t)61 << 20)
#define COUNT  (((size_t)1 << 31) + 17)
#define SHIFT  (COUNT % PAGE) /* block 1 begins within a page, which is block 0's as well */
#define BLOCK  ((COUNT + WINDOW) / WINDOW * WINDOW)

static char *reserve(size_t length)
{
    char *base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(base != MAP_FAILED);
    return base;
}

/* BLOCK bytes of address space at base over WINDOW bytes of memory. */
static void map_windows(char *base)
{
    int fd = memfd_create("coll-big", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)WINDOW) == 0);
    for (size_t at = 0; at < BLOCK; at += WINDOW)
        CHECK(mmap(base + at, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
              base + at);
    close(fd);
}

static void bcast(void)
{
    char *data = reserve(BLOCK);
    map_windows(data);
    if (check_rank == 0)
        check_fill(data, WINDOW, KEY);
    CHECK_OK(gyre_bcast(check_world, data, COUNT, GYRE_INT8, 0));
    CHECK_CONTENT(data, WINDOW, KEY);
    munmap(data, BLOCK);
}

/* Block 1 of out has its memory from the page on in which it begins. The bytes before it there are
 * block 0's in the first window and block 1's in all others. */
static void allgather(void)
{
    char *in = reserve(BLOCK), *out = reserve(2 * BLOCK), *second = out + COUNT - SHIFT;
    map_windows(in);
    map_windows(out);
    map_windows(second);
    check_fill(in, WINDOW, KEY + (uint64_t)check_rank);
    CHECK_OK(gyre_allgather(check_world, check_rank ? in + SHIFT : in, out, COUNT, GYRE_INT8));
    check_fill(second, SHIFT, KEY + 1);
    CHECK_CONTENT(out, WINDOW, KEY);
    CHECK_CONTENT(second, WINDOW, KEY + 1);
    munmap(in, BLOCK);
    munmap(out, 2 * BLOCK);
}

static void by_default(void)
{
    bcast();
    allgather();
}

/* Those that need no memory of their own. */
static void by_all(void)
{
    static const char *const rules[] = {"bcast:@node_direct,allgather:@node_direct",
                                        "bcast:@scatter_allgather,allgather:@ring"};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        CHECK_OK(gyre_coll_tune(check_world, rules[i]));
        by_default();
    }
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {{"default", by_default}, {"all", by_all}};
    if (sizeof(size_t) < 8)
        check_skip("needs addresses of 64 bits");
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 240);
}
