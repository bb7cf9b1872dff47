/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of paths, matched through a store's listing, so that they work on every store. */
#ifndef GYRE_IO_GLOB_H
#define GYRE_IO_GLOB_H

#include <gyre/store.h>

/* True for a path that has "*", "?" or "[". */
bool gyre__glob_is(const char *path);

/* Calls entry with the path and the info of everything that matches, in no order. A wildcard does
 * not match "/", nor a "." or "_" that a name begins with. */
gyre_status_t gyre__glob(const char *pattern, gyre_store_entry_func_t entry, void *arg);

#endif
