/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from decimal text, exactly and in every locale. False: the text is none, or too large. */
#ifndef GYRE_IO_NUMBER_H
#define GYRE_IO_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool gyre__parse_integer(const char *text, size_t length, int64_t *value);
bool gyre__parse_natural(const char *text, size_t length, uint64_t *value);
/* Also "inf" and "nan"; what is too large is infinite, as for strtod. */
bool gyre__parse_double(const char *text, size_t length, double *value);
bool gyre__parse_float(const char *text, size_t length, float *value);

/* Text of at most 31 bytes and a NUL; its length. Floating point as short as is read as the same.
 */
size_t gyre__print_integer(int64_t value, char *text);
size_t gyre__print_natural(uint64_t value, char *text);
size_t gyre__print_double(double value, char *text);
size_t gyre__print_float(float value, char *text);

#endif
