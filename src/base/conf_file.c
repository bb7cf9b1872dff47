/* SPDX-License-Identifier: Apache-2.0 */
/* Where the user's files are, by the XDG base directory specification. */
#include "base/conf.h"

#include <stdlib.h>

char *gyre__conf_user_file(const char *name)
{
    char *path = NULL;
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int length = -1;
    if (config && *config == '/')
        length = asprintf(&path, "%s/gyre/%s", config, name);
    else if (home && *home)
        length = asprintf(&path, "%s/.config/gyre/%s", home, name);
    return length < 0 ? NULL : path;
}
