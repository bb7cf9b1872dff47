/* SPDX-License-Identifier: Apache-2.0 */
/* One-sided access: regions and their keys, put and get of every size, atomics of all workers on
 * one word, and the refusal of whatever leaves a region or is no key. */
#include "rma.h"

#include <stdlib.h>

window_t window_of(gyre_mem_t *mem)
{
    window_t window = {mem, gyre_mem_address(mem), calloc((size_t)check_size, sizeof(void *))};
    char mine[GYRE_KEY_MAX], theirs[GYRE_KEY_MAX];
    size_t length = sizeof(mine);
    CHECK_OK(gyre_mem_export(mem, mine, &length));
    for (int i = 0; i < check_size; i++) {
        int to = (check_rank + i) % check_size, from = (check_rank + check_size - i) % check_size;
        gyre_message_info_t info;
        CHECK_OK(gyre_sendrecv(check_world, mine, length, to, 1, theirs, sizeof(theirs), from, 1,
                               &info));
        CHECK_OK(gyre_remote_import(check_world, from, theirs, info.length, &window.at[from]));
    }
    return window;
}

window_t window_open(size_t length)
{
    gyre_mem_t *mem;
    CHECK_OK(gyre_mem_alloc(check_ctx, length, &mem));
    return window_of(mem);
}

void window_close(window_t *window)
{
    check_barrier();
    for (int i = 0; i < check_size; i++)
        gyre_remote_release(window->at[i]);
    free(window->at);
    gyre_mem_release(window->mem);
}

static const check_case_t cases[] = {
    {"first-contact", rma_first_contact},
    {"regions", rma_regions},
    {"many-regions", rma_many_regions},
    {"inside", rma_inside},
    {"reuse", rma_reuse},
    {"keys", rma_keys},
    {"key-fuzz", rma_key_fuzz},
    {"sizes", rma_sizes},
    {"plan", rma_plan},
    {"ranges", rma_ranges},
    {"visibility", rma_visibility},
    {"counters", rma_counters},
    {"swaps", rma_swaps},
    {"lock", rma_lock},
    {"atomic-refusals", rma_atomic_refusals},
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 100);
}
