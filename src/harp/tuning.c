/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading the rules. A file in its usual place need not be there; what is there must
 * be right, for a rule that is passed over in silence helps nobody. */
#include "harp/tuning.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 }; /* bytes of a file of rules */

static gyre_status_t read_all(int fd, const char *path, gyre__buf_t *text)
{
    char piece[4096];
    for (;;) {
        ssize_t length = read(fd, piece, sizeof(piece));
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return gyre__error_errno(errno, "cannot read %s", path);
        if (length == 0)
            return gyre__buf_append(text, "", 0);
        if (memchr(piece, 0, (size_t)length))
            return gyre__error(GYRE_ERR_SYNTAX, "%s: a zero byte; this is no file of rules", path);
        gyre_status_t status = gyre__buf_append(text, piece, (size_t)length);
        if (status != GYRE_OK)
            return status;
        if (text->length > LARGEST)
            return gyre__error(GYRE_ERR_RANGE, "%s: more than %d bytes; this is no file of rules",
                               path, LARGEST);
    }
}

/* needed: it is an error not to be there or not to be readable. */
static gyre_status_t load_file(gyre__rules_t *rules, const char *path, bool needed)
{
    gyre__buf_t text;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && needed)
        return gyre__error_errno(errno, "GYRE_COLL_TUNE_FILE: cannot open %s", path);
    if (fd < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            gyre__log(GYRE__LOG_WARN, "going without %s: %s", path, strerror(errno));
        return GYRE_OK;
    }
    gyre__buf_init(&text);
    gyre_status_t status = read_all(fd, path, &text);
    close(fd);
    if (status == GYRE_OK)
        status = gyre__rules_parse(rules, path, true, text.data ? text.data : "");
    gyre__buf_cleanup(&text);
    return status;
}

static gyre_status_t load_files(gyre__tuning_t *tuning, const char *named)
{
    if (named && *named)
        return load_file(&tuning->rules[GYRE__TUNING_USER], named, true);
    gyre_status_t status = GYRE_OK;
    char *path = gyre__conf_user_file("tune");
    if (path)
        status = load_file(&tuning->rules[GYRE__TUNING_USER], path, false);
    free(path);
    if (status == GYRE_OK)
        status =
            load_file(&tuning->rules[GYRE__TUNING_SYSTEM], GYRE_SYSCONFDIR "/gyre/tune", false);
    return status;
}

gyre_status_t gyre__tuning_load(gyre__tuning_t *tuning, const gyre__harp_conf_t *conf)
{
    *tuning = (gyre__tuning_t){0};
    gyre_status_t status = gyre__rules_parse(&tuning->rules[GYRE__TUNING_ENVIRONMENT],
                                             "GYRE_COLL_TUNE", false, conf->coll_tune);
    if (status == GYRE_OK)
        status = load_files(tuning, conf->coll_tune_file);
    if (status == GYRE_OK)
        status = gyre__rules_parse(&tuning->rules[GYRE__TUNING_DEFAULTS], "the defaults", true,
                                   gyre__default_rules);
    if (status != GYRE_OK)
        gyre__tuning_cleanup(tuning);
    return status;
}

void gyre__tuning_cleanup(gyre__tuning_t *tuning)
{
    for (int i = 0; i < GYRE__TUNINGS; i++)
        gyre__rules_cleanup(&tuning->rules[i]);
}
