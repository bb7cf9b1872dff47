/* SPDX-License-Identifier: Apache-2.0 */
/* The hub: joins what agents contribute and watches the job. It never blocks on writing: an agent
 * may block on writing to it, inside a PMIx callback even, and must always be read in the end. */
#include "config.h"

#include "hub.h"
#include "fence.h"
#include "frame.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct agent {
    int fd;    /* -1: not there yet, or gone */
    char *out; /* bytes not yet taken by the socket */
    size_t length, room;
} agent_t;

typedef struct hub {
    const plan_t *plan;
    agent_t *agents;
    int joined, alive; /* agents; alive counts workers */
    int code;          /* the job's exit status, once ending */
    bool ending;
    int listener, signals;
    time_t deadline;
    fences_t fences;
} hub_t;

static void flush(agent_t *agent)
{
    while (agent->fd >= 0 && agent->length) {
        ssize_t n = send(agent->fd, agent->out, agent->length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0)
            return;
        agent->length -= (size_t)n;
        memmove(agent->out, agent->out + n, agent->length);
    }
}

static void append(agent_t *agent, const void *bytes, size_t length)
{
    if (agent->length + length > agent->room) {
        agent->room = 2 * (agent->length + length);
        agent->out = realloc(agent->out, agent->room);
        if (!agent->out)
            die("out of memory");
    }
    if (length)
        memcpy(agent->out + agent->length, bytes, length);
    agent->length += length;
}

static void post(hub_t *hub, int node, frame_t frame, const void *bytes)
{
    append(&hub->agents[node], &frame, sizeof(frame));
    append(&hub->agents[node], bytes, frame.length);
    flush(&hub->agents[node]);
}

static void post_all(hub_t *hub, frame_t frame, const void *bytes)
{
    for (int i = 0; i < hub->plan->nodes; i++)
        if (hub->agents[i].fd >= 0)
            post(hub, i, frame, bytes);
}

/* The first cause decides the exit status. */
static void end(hub_t *hub, int code)
{
    if (hub->ending)
        return;
    hub->ending = true;
    hub->code = code;
    post_all(hub, (frame_t){.type = FRAME_KILL}, NULL);
}

static void worker_gone(hub_t *hub, const frame_t *frame)
{
    bool expected = hub->plan->keep_going && frame->status == 128 + SIGKILL;
    hub->alive--;
    if (!frame->status || expected || hub->ending)
        return;
    fprintf(stderr, "pmix-hub: node %d slot %d: %s %d\n", frame->node, frame->rank,
            frame->status > 128 ? "killed by signal" : "exit status",
            frame->status > 128 ? frame->status - 128 : frame->status);
    end(hub, frame->status);
}

/* An agent other than the one that was forked for this descriptor introduces itself. */
static void hello(hub_t *hub, const frame_t *frame, int fd)
{
    agent_t *agent = &hub->agents[frame->node];
    if (frame->count != hub->plan->nodes || (agent->fd >= 0 && agent->fd != fd))
        die("agent %d of %d is not of this job", frame->node, frame->count);
    agent->fd = fd;
    if (++hub->joined == hub->plan->nodes)
        post_all(hub, (frame_t){.type = FRAME_START, .length = strlen(hub->plan->job) + 1},
                 hub->plan->job);
}

static void fence(hub_t *hub, const frame_t *frame, const char *bytes, int node)
{
    fence_t *full = fences_add(&hub->fences, hub->plan, frame, bytes, node);
    if (!full)
        return;
    for (int i = 0; i < hub->plan->nodes; i++)
        if (full->member[i])
            post(hub, i,
                 (frame_t){.type = FRAME_FENCED,
                           .tag = full->tag[i],
                           .status = full->status,
                           .length = full->length},
                 full->data);
    fences_drop(&hub->fences, full);
}

static void handle(hub_t *hub, int node, frame_t *frame, const char *bytes)
{
    switch (frame->type) {
    case FRAME_HELLO:
        hello(hub, frame, hub->agents[node].fd);
        break;
    case FRAME_FENCE:
        fence(hub, frame, bytes, node);
        break;
    case FRAME_ASK:
        frame->type = FRAME_QUERY;
        frame->node = node;
        post(hub, plan_node_of(hub->plan, frame->epoch, frame->rank), *frame, NULL);
        break;
    case FRAME_ANSWER:
        frame->type = FRAME_FOUND;
        post(hub, frame->node, *frame, bytes);
        break;
    case FRAME_EXIT:
        worker_gone(hub, frame);
        break;
    case FRAME_ABORT:
        end(hub, frame->status ? frame->status & 255 : 1);
        break;
    default:
        die("agent %d sent frame %u", node, frame->type);
    }
}

static void read_agent(hub_t *hub, int node)
{
    frame_t frame;
    char *bytes;
    if (frame_read(hub->agents[node].fd, &frame, &bytes)) {
        handle(hub, node, &frame, bytes);
        free(bytes);
        return;
    }
    close(hub->agents[node].fd);
    hub->agents[node].fd = -1;
    fprintf(stderr, "pmix-hub: agent %d is gone\n", node);
    end(hub, 125);
    hub->alive = 0;
}

/* An agent of another host: its first frame says which. */
static void accept_agent(hub_t *hub)
{
    int fd = accept4(hub->listener, NULL, NULL, SOCK_CLOEXEC);
    frame_t frame;
    char *bytes;
    if (fd < 0)
        return;
    if (!frame_read(fd, &frame, &bytes) || frame.type != FRAME_HELLO || frame.node < 1 ||
        frame.node >= hub->plan->nodes)
        close(fd);
    else
        hello(hub, &frame, fd);
    free(bytes);
}

static int open_listener(const char *where)
{
    char *host = strdup(where), *port = strrchr(host, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list;
    int one = 1;
    if (port)
        *port++ = 0;
    if (!port || getaddrinfo(host, port, &hints, &list))
        die("--listen %s: expected address:port", where);
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, list->ai_addr, list->ai_addrlen) || listen(fd, 64))
        die("--listen %s: %s", where, strerror(errno));
    freeaddrinfo(list);
    free(host);
    return fd;
}

static void take_signal(hub_t *hub)
{
    struct signalfd_siginfo info;
    if (read(hub->signals, &info, sizeof(info)) == sizeof(info))
        end(hub, 128 + (int)info.ssi_signo);
}

/* Descriptors: the agents', then the listener, then the signals. */
static void serve_once(hub_t *hub, struct pollfd *fds)
{
    int nodes = hub->plan->nodes;
    for (int i = 0; i < nodes; i++)
        fds[i] =
            (struct pollfd){hub->agents[i].fd, POLLIN | (hub->agents[i].length ? POLLOUT : 0), 0};
    fds[nodes] = (struct pollfd){hub->listener, POLLIN, 0};
    fds[nodes + 1] = (struct pollfd){hub->signals, POLLIN, 0};
    poll(fds, (nfds_t)nodes + 2, 1000);
    for (int i = 0; i < nodes; i++) {
        if (fds[i].revents & POLLOUT)
            flush(&hub->agents[i]);
        if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
            read_agent(hub, i);
    }
    if (fds[nodes].revents)
        accept_agent(hub);
    if (fds[nodes + 1].revents)
        take_signal(hub);
    if (time(NULL) > hub->deadline && !hub->ending) {
        fprintf(stderr, "pmix-hub: not done after %d s\n", hub->plan->timeout);
        end(hub, 124);
    }
}

/* Says good-bye and waits until the agents have closed, so that their files can go. */
static void dismiss(hub_t *hub)
{
    post_all(hub, (frame_t){.type = FRAME_BYE, .status = hub->code}, NULL);
    for (int i = 0; i < hub->plan->nodes; i++) {
        agent_t *agent = &hub->agents[i];
        frame_t frame;
        char *bytes;
        while (agent->fd >= 0 && agent->length &&
               poll(&(struct pollfd){agent->fd, POLLOUT, 0}, 1, -1))
            flush(agent);
        while (agent->fd >= 0 && frame_read(agent->fd, &frame, &bytes))
            free(bytes);
        if (agent->fd >= 0)
            close(agent->fd);
        free(agent->out);
    }
}

static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int hub_run(const plan_t *plan, const int *fds)
{
    hub_t hub = {.plan = plan, .alive = plan->nodes * plan->slots, .listener = -1};
    struct pollfd *polled = calloc((size_t)plan->nodes + 2, sizeof(*polled));
    hub.agents = calloc((size_t)plan->nodes, sizeof(*hub.agents));
    hub.deadline = time(NULL) + plan->timeout;
    for (int i = 0; i < plan->nodes; i++)
        hub.agents[i].fd = fds[i];
    if (plan->listen)
        hub.listener = open_listener(plan->listen);
    hub.signals = watch_signals();
    while (hub.alive > 0 && !(hub.ending && hub.joined < plan->nodes))
        serve_once(&hub, polled);
    dismiss(&hub);
    fences_clear(&hub.fences);
    free(hub.agents);
    free(polled);
    return hub.code;
}
