/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes. What append and printf leave is followed by a NUL, so that text needs
 * no copy; room counts it, length does not. */
#include "base/buf.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_MIN = 64 };

void gyre__buf_init(gyre__buf_t *buf)
{
    *buf = (gyre__buf_t){0};
}

void gyre__buf_cleanup(gyre__buf_t *buf)
{
    free(buf->data);
    gyre__buf_init(buf);
}

gyre_status_t gyre__buf_reserve(gyre__buf_t *buf, size_t extra)
{
    if (extra > SIZE_MAX / 2 - buf->length - 1)
        return gyre__error(GYRE_ERR_NO_MEMORY, "a buffer of %zu bytes cannot grow by %zu",
                           buf->length, extra);
    size_t needed = buf->length + extra + 1;
    if (needed <= buf->room)
        return GYRE_OK;
    size_t room = buf->room * 2;
    if (room < needed)
        room = needed < ROOM_MIN ? ROOM_MIN : needed;
    char *data = realloc(buf->data, room);
    if (!data)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a buffer of %zu bytes", room);
    buf->data = data;
    buf->room = room;
    return GYRE_OK;
}

gyre_status_t gyre__buf_append(gyre__buf_t *buf, const void *bytes, size_t length)
{
    gyre_status_t status = gyre__buf_reserve(buf, length);
    if (status != GYRE_OK)
        return status;
    if (length > 0)
        memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
    return GYRE_OK;
}

gyre_status_t gyre__buf_printf(gyre__buf_t *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return gyre__error(GYRE_ERR_ARG, "text in format \"%s\" cannot be made", format);
    gyre_status_t status = gyre__buf_reserve(buf, (size_t)length);
    if (status != GYRE_OK)
        return status;
    va_start(args, format);
    vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
    va_end(args);
    buf->length += (size_t)length;
    return GYRE_OK;
}

void gyre__buf_consume(gyre__buf_t *buf, size_t length)
{
    if (length == 0)
        return;
    if (length > buf->length)
        length = buf->length;
    buf->length -= length;
    if (buf->data) {
        memmove(buf->data, buf->data + length, buf->length);
        buf->data[buf->length] = '\0';
    }
}
