/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times from text (ISO 8601). */
#ifndef GYRE_IO_MOMENT_H
#define GYRE_IO_MOMENT_H

#include <gyre/schema.h>

/* "2024-02-29", days since 1970-01-01. */
bool gyre__parse_date(const char *text, size_t length, int64_t *days);

/* "2024-02-29 12:34:56.789", "2024-02-29T12:34Z", "... +02:00" in the field's unit, whose precision
 * must do. With an offset only where the field has a zone; without one only where it has none, or
 * "UTC". */
bool gyre__parse_moment(const gyre_field_t *field, const char *text, size_t length, int64_t *value);

#endif
