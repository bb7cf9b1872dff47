/* SPDX-License-Identifier: Apache-2.0 */
/* The posix store's writing half. Private to the posix store. */
#ifndef GYRE_IO_POSIX_H
#define GYRE_IO_POSIX_H

#include "io/store.h"

gyre_status_t gyre__posix_create(const gyre__uri_t *uri, void **draft);
gyre_status_t gyre__posix_write(void *draft, const char *name, const void *bytes, size_t length);
gyre_status_t gyre__posix_commit(void *draft, const char *name, bool replace);
void gyre__posix_abort(void *draft);
gyre_status_t gyre__posix_sweep(const gyre__uri_t *uri);

/* GYRE_ERR_NOT_SUPPORTED for a host that is not this one. */
gyre_status_t gyre__posix_check(const gyre__uri_t *uri);

#endif
