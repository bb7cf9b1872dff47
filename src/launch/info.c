/* SPDX-License-Identifier: Apache-2.0 */
/* gyre info: what this build is, and what it finds on this machine. */
#include "config.h"

#include "launch/launch.h"

#include <getopt.h>
#include <gyre/coll.h>
#include <gyre/config.h>
#include <gyre/topo.h>
#include <stdbool.h>
#include <stdio.h>

static const char usage[] =
    "Usage: gyre info [-a|-c]\n"
    "\n"
    "Says what this Gyre is and what it finds on this machine.\n"
    "\n"
    "  -a, --algorithms   the algorithms of collectives, and which serves what\n"
    "  -c, --config       the configuration in force, as a file with comments\n"
    "  -h, --help         this text\n"
    "\n"
    "Examples:\n"
    "  gyre info                          version, transports, processors\n"
    "  gyre info -a                       every algorithm, and when it is taken\n"
    "  gyre info -c                       every GYRE_ variable with its meaning\n"
    "  GYRE_NET=ofi gyre info -c          lines that differ from their default start without #\n";

static const struct option longs[] = {
    {"algorithms", no_argument, NULL, 'a'},
    {"config", no_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print_build(void)
{
    printf("gyre %s\n\nBuild\n  configure  %s\n  compiler   %s\n", gyre_version(),
           GYRE_CONFIGURE_ARGS[0] ? GYRE_CONFIGURE_ARGS : "(no arguments)", "C " __VERSION__);
}

static int print_topology(void)
{
    gyre_topo_t *topo;
    fputs("\nThis machine\n", stdout);
    if (gyre_topo_load(NULL, &topo) != GYRE_OK) {
        fflush(stdout);
        gyre__say("%s", gyre_last_error());
        return GYRE__EXIT_FAILED;
    }
    gyre_topo_print(topo, stdout);
    gyre_topo_destroy(topo);
    return 0;
}

static int print_all(void)
{
    print_build();
    fputs("\nTransports\n", stdout);
    gyre_net_print(stdout);
    return print_topology();
}

static int print_config(void)
{
    gyre_config_print(stdout);
    if (gyre_config_check() == GYRE_OK)
        return 0;
    fflush(stdout);
    gyre__say("%s", gyre_last_error());
    return GYRE__EXIT_FAILED;
}

static int print_algorithms(void)
{
    if (gyre_coll_print(NULL, stdout) == GYRE_OK)
        return 0;
    fflush(stdout);
    gyre__say("%s", gyre_last_error());
    return GYRE__EXIT_FAILED;
}

int gyre__info_main(int argc, char **argv)
{
    int (*print)(void) = print_all;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "+:ach", longs, NULL)) != -1;) {
        if (option == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (option != 'a' && option != 'c')
            return gyre__usage_error(option, argv, longs);
        print = option == 'a' ? print_algorithms : print_config;
    }
    if (optind < argc) {
        gyre__say("unexpected argument %s", argv[optind]);
        return GYRE__EXIT_USAGE;
    }
    int code = print();
    if (fflush(stdout) != 0 || ferror(stdout)) {
        gyre__say("cannot write to stdout");
        return GYRE__EXIT_FAILED;
    }
    return code;
}
