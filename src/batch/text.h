/* SPDX-License-Identifier: Apache-2.0 */
/* Types and values as text for people. */
#ifndef GYRE_BATCH_TEXT_H
#define GYRE_BATCH_TEXT_H

#include "base/buf.h"

#include <gyre/batch.h>

/* "list<string>". */
gyre_status_t gyre__text_type(gyre__buf_t *text, const gyre_field_t *field);

/* "[1, null, 3]"; control characters of strings as \xNN. */
gyre_status_t gyre__text_value(gyre__buf_t *text, const gyre_column_t *column, size_t row);

#endif
