/* SPDX-License-Identifier: Apache-2.0 */
/* Signals are blocked in every process and thread of the launcher and taken from a queue; no
 * handler is ever installed. */
#include "launch/signals.h"

static const int passed_on[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP};

enum { PASSED_ON = sizeof(passed_on) / sizeof(passed_on[0]), LAST_SIGNAL = 31 };

static int is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void gyre__signals_take(gyre__signals_t *signals)
{
    sigset_t block;
    sigemptyset(&block);
    sigemptyset(&signals->ignored);
    for (int i = 0; i < PASSED_ON; i++)
        sigaddset(&block, passed_on[i]);
    sigaddset(&block, SIGCHLD);
    sigaddset(&block, SIGPIPE);
    for (int number = 1; number <= LAST_SIGNAL; number++)
        if (is_ignored(number))
            sigaddset(&signals->ignored, number);
    /* Were it ignored, the kernel would reap the workers for us and their status would be lost. */
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_BLOCK, &block, &signals->mask);
}

void gyre__signals_give_back(const gyre__signals_t *signals)
{
    for (int number = 1; number <= LAST_SIGNAL; number++) {
        int ignored = sigismember(&signals->ignored, number);
        if (ignored != is_ignored(number))
            signal(number, ignored ? SIG_IGN : SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

void gyre__signals_awaited(const gyre__signals_t *signals, sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (int i = 0; i < PASSED_ON; i++)
        if (!sigismember(&signals->ignored, passed_on[i]))
            sigaddset(set, passed_on[i]);
}
