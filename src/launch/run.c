/* SPDX-License-Identifier: Apache-2.0 */
/* gyre run: options, what the system allows, then the keeper. */
#include "launch/keeper.h"
#include "launch/launch.h"
#include "launch/limits.h"

int gyre__run_main(int argc, char **argv)
{
    gyre__options_t options;
    int code = gyre__options_parse(&options, argc, argv);
    if (code < 0)
        code = gyre__limits_check(options.workers);
    if (code < 0)
        code = gyre__keeper_run(&options);
    gyre__options_cleanup(&options);
    return code;
}
