/* SPDX-License-Identifier: Apache-2.0 */
/* Copies through memory that two cores share. */
#ifndef GYRE_BASE_TRANSFER_H
#define GYRE_BASE_TRANSFER_H

#include <stddef.h>

/* Bytes of a result that leave little of it in the caches for whoever reads it next: it may as well
 * be stored past them. */
#define GYRE__BEYOND_CACHES ((size_t)8 << 20)

/* As memcpy, by loads and stores of whole lines. memcpy takes the processor's string copy from a
 * few KiB on, which fetches the lines of another core one after the other on some processors (AMD).
 */
void gyre__transfer(void *to, const void *from, size_t length);

/* The same past the caches: what others hold of the lines is thrown away, and not fetched first.
 * Later stores of this thread come after it. */
void gyre__transfer_past(void *to, const void *from, size_t length);

#endif
