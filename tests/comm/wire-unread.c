/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody takes what was sent, large and small: messages on a communicator that the receiver has
 * destroyed and on one that it has, active messages without a function, some of them when the
 * receiver is leaving already. gyre_finalize ends all the same, for nobody can take them any more.
 */
#include "lib/check.h"

#include <stdlib.h>
#include <string.h>

enum { LARGE = 1 << 20, SMALL = 100 };

int main(void)
{
    gyre_comm_t *gone;
    gyre_request_t *requests[6];
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
    CHECK(gyre_iam_send(check_world, to, 1, NULL, 0, buffer, LARGE, &requests[4]) >= 0);
    if (check_rank % 2)
        CHECK_OK(
            gyre_send(check_world, buffer, 1, check_rank - 1, 3)); /* the last before it leaves */
    else if (to % 2)
        CHECK_OK(gyre_recv(check_world, buffer, 1, to, 3, NULL));
    if (check_rank % 2 == 0)
        CHECK(gyre_iam_send(check_world, to, 2, NULL, 0, buffer, LARGE, &requests[5]) >= 0);
    check_close();
    free(buffer);
    return 0;
}
