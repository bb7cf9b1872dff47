/* SPDX-License-Identifier: Apache-2.0 */
/* One configuration value between its text and its place in a structure. Private to conf. */
#ifndef GYRE_BASE_CONF_VALUE_H
#define GYRE_BASE_CONF_VALUE_H

#include "base/conf.h"

#include <stdbool.h>
#include <stdint.h>

typedef union gyre__conf_value {
    int number; /* BOOL, ENUM */
    int64_t integer;
    size_t size;
    uint64_t time;
    char *string; /* owned */
} gyre__conf_value_t;

gyre_status_t gyre__conf_value_parse(const gyre__conf_field_t *field, const char *where,
                                     const char *text, gyre__conf_value_t *value);

/* Puts the value where the field says; a string changes its owner. */
void gyre__conf_value_store(const gyre__conf_field_t *field, const gyre__conf_value_t *value,
                            void *out);

void gyre__conf_value_release(const gyre__conf_field_t *field, gyre__conf_value_t *value);
bool gyre__conf_value_equal(const gyre__conf_field_t *field, const gyre__conf_value_t *a,
                            const gyre__conf_value_t *b);

#endif
