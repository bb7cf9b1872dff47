/* SPDX-License-Identifier: Apache-2.0 */
/* The thread's detail line. The function that decides which error it is writes it, once;
 * callers only pass the status on. */
#ifndef GYRE_BASE_ERROR_H
#define GYRE_BASE_ERROR_H

#include <gyre/status.h>

/* Stores the formatted detail for gyre_last_error and returns status. */
gyre_status_t gyre__error(gyre_status_t status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with ": " and strerror(errnum) appended; picks the status from errnum. */
gyre_status_t gyre__error_errno(int errnum, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Before a call of what is not ours: the detail line is empty, so what it is afterwards was said
 * by that call. */
void gyre__error_forget(void);

/* The error that such a call returned: the line says who made it, and what it said, if anything. */
gyre_status_t gyre__error_by(gyre_status_t status, const char *who, int number);

#endif
