/* SPDX-License-Identifier: Apache-2.0 */
/* Sources without an end: lines as they are appended to a file, or come from a TCP connection. Both
 * read what there is and wait for their descriptor otherwise; what has no newline yet waits. */
#include "base/buf.h"
#include "base/error.h"
#include "tset/env.h"
#include "tset/set.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 16, LOOK_MS = 1000 /* for a file of that name, where there is none */ };

typedef struct origin {
    char *name; /* path or host */
    char *port; /* NULL: of a file */
} origin_t;

typedef struct feed {
    int fd;
    int watch; /* inotify, of a file */
    off_t at;
    gyre__buf_t text; /* from the begin of a line on */
} feed_t;

static void origin_drop(void *arg)
{
    origin_t *origin = arg;
    if (!origin)
        return;
    free(origin->name);
    free(origin->port);
    free(origin);
}

static void feed_end(feed_t *feed)
{
    if (feed->fd >= 0)
        close(feed->fd);
    if (feed->watch >= 0)
        close(feed->watch);
    gyre__buf_cleanup(&feed->text);
    *feed = (feed_t){.fd = -1, .watch = -1};
}

static gyre_status_t feed_open(gyre_partition_t *part)
{
    feed_t *feed = calloc(1, sizeof(*feed));
    if (!feed)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a reader");
    feed->fd = feed->watch = -1;
    part->state = feed;
    return GYRE_OK;
}

static void feed_close(gyre_partition_t *part)
{
    if (!part->state)
        return;
    feed_end(part->state);
    free(part->state);
}

/* --- Lines --- */

static gyre_status_t give_line(const feed_t *feed, size_t from, size_t end, gyre_builder_t *out)
{
    const char *line = feed->text.data + from;
    size_t length = end - from;
    length -= length && line[length - 1] == '\r';
    return gyre_builder_append_bytes(out->children[0], line, length);
}

/* All that have come whole; fresh bytes have been looked at by nobody. */
static gyre_status_t give_lines(feed_t *feed, size_t fresh, gyre_builder_t *out)
{
    size_t from = 0, at = feed->text.length - fresh;
    const char *newline;
    gyre_status_t status = GYRE_OK;
    while (status == GYRE_OK && at < feed->text.length &&
           (newline = memchr(feed->text.data + at, '\n', feed->text.length - at))) {
        size_t end = (size_t)(newline - feed->text.data);
        status = give_line(feed, from, end, out);
        from = at = end + 1;
    }
    gyre__buf_consume(&feed->text, from);
    return status;
}

/* *count bytes more; 0: none now. */
static gyre_status_t read_some(feed_t *feed, const origin_t *origin, size_t *count, bool *ended)
{
    gyre_status_t status = gyre__buf_reserve(&feed->text, READ_SIZE);
    if (status != GYRE_OK)
        return status;
    ssize_t length = read(feed->fd, feed->text.data + feed->text.length, READ_SIZE);
    *count = length > 0 ? (size_t)length : 0;
    *ended = length == 0;
    feed->text.length += *count;
    feed->at += (off_t)*count;
    return length >= 0 || errno == EAGAIN || errno == EINTR
               ? GYRE_OK
               : gyre__error_errno(errno, "reading from %s", origin->name);
}

/* --- Files --- */

static gyre_status_t follow(feed_t *feed, const origin_t *origin)
{
    feed_end(feed);
    feed->fd = open(origin->name, O_RDONLY | O_CLOEXEC);
    if (feed->fd < 0)
        return gyre__error_errno(errno, "cannot open %s", origin->name);
    feed->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (feed->watch < 0 ||
        inotify_add_watch(feed->watch, origin->name,
                          IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF) < 0)
        return gyre__error_errno(errno, "cannot watch %s", origin->name);
    return GYRE_OK;
}

/* Another file has the name now, or this one is shorter than what was read of it. */
static bool is_replaced(const feed_t *feed, const origin_t *origin)
{
    struct stat named, held;
    return stat(origin->name, &named) == 0 && fstat(feed->fd, &held) == 0 &&
           (named.st_ino != held.st_ino || named.st_dev != held.st_dev || named.st_size < feed->at);
}

static gyre_status_t tail_begin(gyre_partition_t *part)
{
    return follow(part->state, part->arg);
}

static gyre_status_t tail_next(gyre_partition_t *part, gyre_builder_t *out)
{
    char events[4096];
    feed_t *feed = part->state;
    size_t count;
    bool ended;
    /* Before the file is read: what changes from here on is told again. */
    while (read(feed->watch, events, sizeof(events)) > 0)
        ;
    gyre_status_t status = read_some(feed, part->arg, &count, &ended);
    if (status == GYRE_OK)
        status = give_lines(feed, count, out);
    if (status == GYRE_OK && !count && is_replaced(feed, part->arg))
        status = follow(feed, part->arg);
    else if (status == GYRE_OK && !count)
        gyre_partition_await(part, feed->watch, LOOK_MS);
    return status == GYRE_OK ? GYRE_IN_PROGRESS : status;
}

/* --- Connections --- */

static gyre_status_t socket_begin(gyre_partition_t *part)
{
    const origin_t *origin = part->arg;
    feed_t *feed = part->state;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    feed_end(feed);
    int error = getaddrinfo(origin->name, origin->port, &hints, &found);
    if (error)
        return gyre__error(GYRE_ERR_NOT_FOUND, "%s, port %s: %s", origin->name, origin->port,
                           gai_strerror(error));
    for (const struct addrinfo *at = found; at && feed->fd < 0; at = at->ai_next) {
        feed->fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        if (feed->fd >= 0 && connect(feed->fd, at->ai_addr, at->ai_addrlen) != 0) {
            error = errno;
            close(feed->fd);
            feed->fd = -1;
        }
    }
    freeaddrinfo(found);
    if (feed->fd < 0)
        return gyre__error_errno(error, "cannot connect to %s, port %s", origin->name,
                                 origin->port);
    return fcntl(feed->fd, F_SETFL, O_NONBLOCK) == 0
               ? GYRE_OK
               : gyre__error_errno(errno, "cannot read from %s without waiting", origin->name);
}

static gyre_status_t socket_next(gyre_partition_t *part, gyre_builder_t *out)
{
    feed_t *feed = part->state;
    size_t count;
    bool ended;
    gyre_status_t status = read_some(feed, part->arg, &count, &ended);
    if (status == GYRE_OK)
        status = give_lines(feed, count, out);
    if (status != GYRE_OK)
        return status;
    if (ended)
        return feed->text.length ? give_line(feed, 0, feed->text.length, out) : GYRE_OK;
    if (!count)
        gyre_partition_await(part, feed->fd, -1);
    return GYRE_IN_PROGRESS;
}

/* --- Making them --- */

static gyre_status_t make_origin(const char *name, const char *port, origin_t **origin)
{
    origin_t *made = calloc(1, sizeof(*made));
    *origin = made;
    if (!made || !(made->name = strdup(name)) || (port && !(made->port = strdup(port))))
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a source");
    return GYRE_OK;
}

static gyre_tset_t *make(gyre_env_t *env, const char *what, gyre_function_t function,
                         const char *name, const char *port, gyre_status_t status)
{
    static const gyre_field_t field = {.name = "line", .kind = GYRE_KIND_STRING};
    const gyre_schema_t *schema = NULL;
    origin_t *origin = NULL;
    if (status == GYRE_OK)
        status = make_origin(name, port, &origin);
    if (status == GYRE_OK)
        status = gyre_schema_create(&field, 1, &schema);
    function.schema = schema;
    function.open = feed_open;
    function.close = feed_close;
    function.arg = origin;
    gyre_tset_t *set = gyre__set_source(env, what, &function, 1, origin_drop);
    gyre_schema_release(schema);
    return set->poisoned ? set : gyre__set_end(set, status);
}

gyre_tset_t *gyre_tset_tail(gyre_env_t *env, const char *path)
{
    const gyre_function_t function = {.begin = tail_begin, .next = tail_next};
    gyre_status_t status = GYRE_OK;
    if (!path)
        status = gyre__error(GYRE_ERR_ARG, "no path: NULL");
    else if (env && !gyre__env_streams(env))
        status = gyre__error(GYRE_ERR_STATE, "the tail of %s has no end, expected a stream", path);
    return make(env, "tail", function, path, NULL, status);
}

gyre_tset_t *gyre_tset_socket(gyre_env_t *env, const char *host, const char *port)
{
    const gyre_function_t function = {.begin = socket_begin, .next = socket_next};
    gyre_status_t status =
        host && port ? GYRE_OK : gyre__error(GYRE_ERR_ARG, "no host or no port: NULL");
    return make(env, "socket", function, host, port, status);
}
