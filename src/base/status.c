/* SPDX-License-Identifier: Apache-2.0 */
/* Names and texts of the statuses. All come from GYRE_STATUS_MAP, so a new status cannot be
 * without them. */
#include <gyre/status.h>

const char *gyre_status_name(gyre_status_t status)
{
    switch (status) {
#define NAME_CASE(name, code, text)                                                                \
    case name:                                                                                     \
        return #name;
        GYRE_STATUS_MAP(NAME_CASE)
#undef NAME_CASE
    }
    return "GYRE_?";
}

const char *gyre_status_string(gyre_status_t status)
{
    switch (status) {
#define TEXT_CASE(name, code, text)                                                                \
    case name:                                                                                     \
        return text;
        GYRE_STATUS_MAP(TEXT_CASE)
#undef TEXT_CASE
    }
    return "unknown status";
}
