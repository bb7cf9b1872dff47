/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes. An append that fails leaves it unchanged. append and printf leave a NUL
 * after the last byte; what they are given must not lie in the buffer itself. */
#ifndef GYRE_BASE_BUF_H
#define GYRE_BASE_BUF_H

#include <gyre/status.h>
#include <stddef.h>

typedef struct gyre__buf {
    char *data; /* NULL until the first byte */
    size_t length, room;
} gyre__buf_t;

void gyre__buf_init(gyre__buf_t *buf);
void gyre__buf_cleanup(gyre__buf_t *buf);
gyre_status_t gyre__buf_reserve(gyre__buf_t *buf, size_t extra);
gyre_status_t gyre__buf_append(gyre__buf_t *buf, const void *bytes, size_t length);
gyre_status_t gyre__buf_printf(gyre__buf_t *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void gyre__buf_consume(gyre__buf_t *buf, size_t length); /* drops bytes at the front */

#endif
