/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody receives what was sent, large and small, on a communicator that the receiver has destroyed
 * and on one that it has: gyre_finalize ends all the same, for no receive can come any more. */
#include "lib/check.h"

#include <stdlib.h>
#include <string.h>

enum { LARGE = 1 << 20, SMALL = 100 };

int main(void)
{
    gyre_comm_t *gone;
    gyre_request_t *requests[4];
    char *buffer = malloc(LARGE);
    check_open(GYRE_THREAD_SINGLE);
    check_step("unread", 60);
    int to = (check_rank + 1) % check_size;
    memset(buffer, check_rank, LARGE);
    CHECK_OK(gyre_comm_dup(check_world, &gone));
    /* Odd ranks destroy it before anything is sent to them, the others when they have sent. */
    if (check_rank % 2)
        gyre_comm_destroy(gone);
    check_barrier();
    CHECK(gyre_isend(check_world, buffer, LARGE, to, 1, &requests[0]) >= 0);
    CHECK(gyre_isend(check_world, buffer, SMALL, to, 2, &requests[1]) >= 0);
    if (check_rank % 2 == 0) {
        CHECK(gyre_isend(gone, buffer, LARGE, to, 1, &requests[2]) >= 0);
        CHECK(gyre_isend(gone, buffer, SMALL, to, 2, &requests[3]) >= 0);
    }
    check_close();
    free(buffer);
    return 0;
}
