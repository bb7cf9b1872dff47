/* SPDX-License-Identifier: Apache-2.0 */
/* One message of more than 4 GiB. Both sides map the same few pages over and over, so
 * that the address space is large and the memory small; their size is no power of two, so that a
 * length cut to 32 bits, or a piece put in a wrong place, shows. */
#include "lib/check.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW ((size_t)61 << 20)
#define LENGTH (((size_t)4 << 30) + 1234567)
#define MAPPED ((LENGTH + WINDOW - 1) / WINDOW * WINDOW)

/* MAPPED bytes of address space over WINDOW bytes of memory. */
static char *map_windows(void)
{
    int fd = memfd_create("wire-big", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)WINDOW) == 0);
    char *base = mmap(NULL, MAPPED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(base != MAP_FAILED);
    for (size_t at = 0; at < MAPPED; at += WINDOW)
        CHECK(mmap(base + at, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
              base + at);
    close(fd);
    return base;
}

static void message(void)
{
    gyre_message_info_t info;
    char *data = map_windows();
    if (check_rank == 0) {
        check_fill(data, WINDOW, 7);
        CHECK_OK(gyre_send(check_world, data, LENGTH, 1, 3));
    } else if (check_rank == 1) {
        CHECK_OK(gyre_recv(check_world, data, MAPPED, 0, 3, &info));
        CHECK_INFO(info, 0, 3, (long long)LENGTH);
        CHECK_CONTENT(data, WINDOW, 7);
    }
    munmap(data, MAPPED);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {{"message", message}};
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 240);
}
