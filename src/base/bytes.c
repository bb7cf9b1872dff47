/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <stdio.h>

gyre__bytes_t gyre__bytes(uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    gyre__bytes_t out;
    double shown = (double)bytes;
    unsigned unit = 0;
    for (; shown >= 1024 && unit < 6; unit++)
        shown /= 1024;
    snprintf(out.text, sizeof(out.text), "%.*f %s", unit > 0 && shown < 10, shown, units[unit]);
    return out;
}
