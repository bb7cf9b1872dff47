/* SPDX-License-Identifier: Apache-2.0 */
/* Compression of one block of memory to another, as fast as it goes. */
#ifndef GYRE_BATCH_SQUEEZE_H
#define GYRE_BATCH_SQUEEZE_H

#include "batch/spill.h"

#include <stdbool.h>

gyre_status_t gyre__squeeze_check(gyre__squeeze_t squeeze);

/* Bytes written to to; 0: there is not the room for them. */
size_t gyre__squeeze(gyre__squeeze_t squeeze, const void *from, size_t length, void *to,
                     size_t room);

/* Whether from holds exactly length bytes in that compression, which are then in to. */
bool gyre__unsqueeze(gyre__squeeze_t squeeze, const void *from, size_t from_length, void *to,
                     size_t length);

#endif
