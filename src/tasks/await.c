/* SPDX-License-Identifier: Apache-2.0 */
/* Sources that have nothing now: an epoll of their descriptors and of a timer for the earliest of
 * their times, which the wire's sleep heeds. */
#include "base/clock.h"
#include "base/error.h"
#include "tasks/executor.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { EVENTS = 16 };

static gyre_status_t open_watch(gyre_executor_t *executor)
{
    if (executor->watch >= 0)
        return GYRE_OK;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = -1};
    int watch = epoll_create1(EPOLL_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (watch < 0 || timer < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, timer, &event) != 0) {
        gyre_status_t status = gyre__error_errno(errno, "no descriptor to wait with");
        close(watch);
        close(timer);
        return status;
    }
    executor->watch = watch;
    executor->timer = timer;
    return GYRE_OK;
}

void gyre__await_close(gyre_executor_t *executor)
{
    if (executor->watch < 0)
        return;
    close(executor->watch);
    close(executor->timer);
}

static void set_timer(gyre_executor_t *executor)
{
    uint64_t earliest = UINT64_MAX;
    for (size_t i = 0; i < executor->task_count; i++)
        if (executor->tasks[i].awaits && executor->tasks[i].await_until < earliest)
            earliest = executor->tasks[i].await_until;
    struct itimerspec when = {{0}, {0}};
    if (earliest != UINT64_MAX)
        when.it_value = (struct timespec){(time_t)(earliest / GYRE__S), (long)(earliest % GYRE__S)};
    timerfd_settime(executor->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Sources may share a descriptor, which is watched once. */
static bool is_watched(const gyre_executor_t *executor, int fd)
{
    for (size_t i = 0; i < executor->task_count; i++)
        if (executor->tasks[i].awaits && executor->tasks[i].await_fd == fd)
            return true;
    return false;
}

gyre_status_t gyre__await_begin(gyre_task_t *task)
{
    gyre_executor_t *executor = task->executor;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = task->await_fd};
    gyre_status_t status = open_watch(executor);
    if (status != GYRE_OK)
        return status;
    if (task->await_fd >= 0 && !is_watched(executor, task->await_fd) &&
        epoll_ctl(executor->watch, EPOLL_CTL_ADD, task->await_fd, &event) != 0) {
        if (errno == EPERM) /* a file: there is always something to read, if only its end */
            return GYRE_OK;
        return gyre__error_errno(errno, "cannot wait for descriptor %d", task->await_fd);
    }
    task->awaits = true;
    task->await_until =
        task->await_ms < 0 ? UINT64_MAX : gyre__clock_ns() + (uint64_t)task->await_ms * GYRE__MS;
    executor->awaiting++;
    set_timer(executor);
    return GYRE_OK;
}

static void end(gyre_task_t *task)
{
    if (!task->awaits)
        return;
    task->awaits = false;
    task->executor->awaiting--;
    if (task->await_fd >= 0 && !is_watched(task->executor, task->await_fd))
        epoll_ctl(task->executor->watch, EPOLL_CTL_DEL, task->await_fd, NULL);
    gyre__task_stir(task);
}

/* All that wait for the descriptor. */
static void end_all(gyre_executor_t *executor, int fd)
{
    for (size_t i = 0; fd >= 0 && i < executor->task_count; i++)
        if (executor->tasks[i].awaits && executor->tasks[i].await_fd == fd)
            end(&executor->tasks[i]);
}

bool gyre__await_look(gyre_executor_t *executor)
{
    struct epoll_event events[EVENTS];
    size_t before = executor->awaiting;
    int count = before ? epoll_wait(executor->watch, events, EVENTS, 0) : 0;
    for (int i = 0; i < count; i++)
        end_all(executor, events[i].data.fd);
    uint64_t now = count > 0 ? gyre__clock_ns() : 0;
    for (size_t i = 0; i < executor->task_count && before; i++)
        if (executor->tasks[i].await_until <= now || executor->stopping)
            end(&executor->tasks[i]);
    if (count > 0 || executor->awaiting < before)
        set_timer(executor);
    return executor->awaiting < before;
}
