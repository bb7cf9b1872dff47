/* SPDX-License-Identifier: Apache-2.0 */
/* The public view of configuration and build: every default is a value that its own type takes,
 * what is printed can be read back, and the providers of the build describe themselves. */
#include "config.h"

#include <criterion/criterion.h>
#include <gyre/config.h>
#include <stdlib.h>
#include <string.h>

static void clear(void)
{
    clearenv();
}

TestSuite(config, .init = clear, .timeout = 20);

/* What a printer prints; to be freed. */
static char *printed(void (*print)(FILE *))
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    print(out);
    fclose(out);
    return text;
}

Test(config, defaults_are_valid)
{
    cr_assert_eq(gyre_config_check(), GYRE_OK, "%s", gyre_last_error());
}

/* Sets every variable to its printed default, one after the other. */
Test(config, what_is_printed_can_be_read_back)
{
    char *before = printed(gyre_config_print), *rest = strdup(before), *lines = rest;
    unsigned variables = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *equals = strchr(line, '=');
        if (strncmp(line, "#GYRE_", 6) != 0 || !equals)
            continue;
        *equals = '\0';
        setenv(line + 1, equals + 1, 1);
        variables++;
    }
    cr_assert_geq(variables, 10);
    cr_assert_eq(gyre_config_check(), GYRE_OK, "%s", gyre_last_error());
    char *after = printed(gyre_config_print);
    cr_assert_str_eq(after, before);
    free(before);
    free(after);
    free(lines);
}

Test(config, malformed_value_is_named)
{
    setenv("GYRE_SPIN", "fast", 1);
    cr_assert_eq(gyre_config_check(), GYRE_ERR_SYNTAX);
    cr_assert_eq(strncmp(gyre_last_error(), "GYRE_SPIN=fast: expected a time", 31), 0);
}

Test(config, version_is_that_of_the_package)
{
    cr_assert_str_eq(gyre_version(), PACKAGE_VERSION);
}

Test(config, every_provider_has_one_line)
{
    static const char *const names[] = {
#ifdef HAVE_UCX
        "ucx",
#endif
#ifdef HAVE_OFI
        "ofi",
#endif
        "shm", "self"};
    enum { NAMES = sizeof(names) / sizeof(names[0]) };
    char *text = printed(gyre_net_print), *rest = text;
    for (int i = 0; i < NAMES; i++) {
        char *line = strsep(&rest, "\n");
        size_t length = strlen(names[i]);
        cr_assert(line && !strncmp(line, names[i], length) && line[length] == ' ', "%s",
                  line ? line : "no line");
        cr_assert_gt(strlen(line), 8, "%s says nothing", names[i]);
    }
    cr_assert_str_eq(rest, "");
    free(text);
}

#ifdef HAVE_OFI
/* libfabric reads its environment once, when it is first asked anything. */
Test(config, libfabric_is_described_with_our_defaults)
{
    unsetenv("FI_MR_CACHE_MONITOR");
    setenv("FI_OFI_RXM_MSG_RX_SIZE", "256", 1);
    free(printed(gyre_net_print));
    cr_assert_str_eq(getenv("FI_MR_CACHE_MONITOR"), "disabled");
    cr_assert_str_eq(getenv("FI_OFI_RXM_MSG_RX_SIZE"), "256");
}
#endif
