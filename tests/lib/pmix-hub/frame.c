/* SPDX-License-Identifier: Apache-2.0 */
/* Whole frames on a stream socket; a short read or write never shows outside. */
#include "frame.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static bool read_all(int fd, void *bytes, size_t length)
{
    for (char *at = bytes; length;) {
        ssize_t n = recv(fd, at, length, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        length -= (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const void *bytes, size_t length)
{
    for (const char *at = bytes; length;) {
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        length -= (size_t)n;
    }
    return true;
}

bool frame_read(int fd, frame_t *frame, char **bytes)
{
    *bytes = NULL;
    if (!read_all(fd, frame, sizeof(*frame)))
        return false;
    if (!frame->length)
        return true;
    *bytes = malloc(frame->length);
    if (*bytes && read_all(fd, *bytes, frame->length))
        return true;
    free(*bytes);
    *bytes = NULL;
    return false;
}

bool frame_write(int fd, const frame_t *frame, const void *bytes)
{
    return write_all(fd, frame, sizeof(*frame)) && write_all(fd, bytes, frame->length);
}
