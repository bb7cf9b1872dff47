/* SPDX-License-Identifier: Apache-2.0 */
/* The line of gyre info. UCX tells its transports only in ucp_context_print_info, whose lines
 * "#  resource 4 :  md 3  dev 2  flags -- tcp/eth0" are condensed to transport/device. */
#include "comm/net/ucx/ucx.h"

#include <stdlib.h>
#include <string.h>

/* "tcp/eth0" as it is; "posix/memory" is just "posix". */
static void print_resource(FILE *out, char *resource)
{
    char *device = strchr(resource, '/');
    if (device && (strncmp(device, "/memory", 7) == 0))
        *device = '\0';
    fprintf(out, " %s", resource);
}

static void print_resources(FILE *out, char *text)
{
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *resource = strrchr(line, ' ');
        if (strstr(line, "resource") && resource && strchr(resource, '/'))
            print_resource(out, resource + 1);
    }
}

void gyre__ucx_describe(FILE *out)
{
    static const gyre__net_params_t alone = {.workers = 1, .local_workers = 1};
    ucp_context_h context;
    char *text = NULL;
    size_t length;
    unsigned major, minor, release;
    ucp_get_version(&major, &minor, &release);
    fprintf(out, "UCX %u.%u.%u:", major, minor, release);
    FILE *info = open_memstream(&text, &length);
    if (info && gyre__ucx_context(&alone, &context) == GYRE_OK) {
        ucp_context_print_info(context, info);
        ucp_cleanup(context);
    } else {
        fprintf(out, " %s", gyre_last_error());
    }
    if (info && fclose(info) == 0)
        print_resources(out, text);
    free(text);
    fputc('\n', out);
}
