/* SPDX-License-Identifier: Apache-2.0 */
/* What every example does the same way: one line about what went wrong. */
#ifndef EXAMPLES_EXAMPLE_H
#define EXAMPLES_EXAMPLE_H

#include <gyre/gyre.h>
#include <stdio.h>

static inline int fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, gyre_last_error());
    return 1;
}

#endif
