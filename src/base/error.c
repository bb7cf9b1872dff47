/* SPDX-License-Identifier: Apache-2.0 */
/* The thread's detail line, in a buffer of its own: nothing to free and nothing to fail. A line
 * that is too long ends in "...", never inside a UTF-8 sequence. The text is made aside first,
 * because the arguments may be the previous detail line. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DETAIL_MAX = 1024 };

static _Thread_local char detail[DETAIL_MAX];

const char *gyre_last_error(void)
{
    return detail;
}

static void end_in_dots(char *line)
{
    size_t at = DETAIL_MAX - sizeof("...");
    while (at > 0 && ((unsigned char)line[at] & 0xc0) == 0x80)
        at--;
    strcpy(line + at, "...");
}

/* Length of what is in line after the call. */
static size_t format_line(char *line, const char *format, va_list args)
{
    int length = vsnprintf(line, DETAIL_MAX, format, args);
    if (length < 0)
        line[0] = '\0';
    else if (length >= DETAIL_MAX)
        end_in_dots(line);
    return strlen(line);
}

gyre_status_t gyre__error(gyre_status_t status, const char *format, ...)
{
    char line[DETAIL_MAX];
    va_list args;
    va_start(args, format);
    size_t length = format_line(line, format, args);
    va_end(args);
    memcpy(detail, line, length + 1);
    return status;
}

void gyre__error_forget(void)
{
    detail[0] = '\0';
}

gyre_status_t gyre__error_by(gyre_status_t status, const char *who, int number)
{
    return gyre__error(status, "%s %d failed: %s", who, number,
                       detail[0] ? detail : gyre_status_string(status));
}

static gyre_status_t status_of(int errnum)
{
    switch (errnum) {
    case ENOMEM:
        return GYRE_ERR_NO_MEMORY;
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EAGAIN:
    case ENOBUFS:
        return GYRE_ERR_NO_RESOURCE;
    case EIO:
    case EPIPE:
    case ECONNRESET:
        return GYRE_ERR_IO;
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
    case ESRCH:
        return GYRE_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return GYRE_ERR_PERMISSION;
    case ENOSYS:
    case EOPNOTSUPP:
        return GYRE_ERR_NOT_SUPPORTED;
    case ETIMEDOUT:
        return GYRE_ERR_TIMED_OUT;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return GYRE_ERR_UNREACHABLE;
    default:
        return GYRE_ERR_SYSTEM;
    }
}

gyre_status_t gyre__error_errno(int errnum, const char *format, ...)
{
    char line[DETAIL_MAX];
    va_list args;
    va_start(args, format);
    format_line(line, format, args);
    va_end(args);
    return gyre__error(status_of(errnum), "%s: %s", line, strerror(errnum));
}
