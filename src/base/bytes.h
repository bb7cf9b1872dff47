/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of bytes for people, in the nearest unit: "512 bytes", "1.5 GiB". */
#ifndef GYRE_BASE_BYTES_H
#define GYRE_BASE_BYTES_H

#include <stdint.h>

typedef struct gyre__bytes {
    char text[16];
} gyre__bytes_t;

gyre__bytes_t gyre__bytes(uint64_t bytes);

#endif
