/* SPDX-License-Identifier: Apache-2.0 */
/* gyre-wire: the commands of gyre that use the wire. gyre becomes this program, see main.c. */
#include "launch/launch.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "info")) {
        gyre__say_as("gyre info");
        return gyre__info_main(argc - 1, argv + 1);
    }
    if (argc > 1 && !strcmp(argv[1], "bench"))
        return gyre__bench_main(argc - 1, argv + 1);
    gyre__say("gyre-wire is a part of gyre, and not run by itself");
    return GYRE__EXIT_USAGE;
}
