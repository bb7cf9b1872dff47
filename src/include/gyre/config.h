/* SPDX-License-Identifier: Apache-2.0 */
/* What can be configured, and what this build holds. See gyre_config(3). */
#ifndef GYRE_CONFIG_H
#define GYRE_CONFIG_H

#include <gyre/status.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every variable with its help, type, default and present value, as a commented file of
 * NAME=value lines; those that differ from their default are not commented out. */
GYRE_EXPORT void gyre_config_print(FILE *out);

/* Checks the environment's GYRE_* variables: unknown names are reported on the log with the
 * nearest known one, a malformed value gives its error. gyre_init does this. */
GYRE_EXPORT gyre_status_t gyre_config_check(void);

/* Name and version of this library, "0.1.0". Static storage. */
GYRE_EXPORT const char *gyre_version(void);

/* Network providers of this build that open on this machine, with the transports each would
 * use, one line each. */
GYRE_EXPORT void gyre_net_print(FILE *out);

#ifdef __cplusplus
}
#endif
#endif
