/* SPDX-License-Identifier: Apache-2.0 */
/* Descendants of this process, which has made itself their reaper. */
#ifndef GYRE_LAUNCH_KIN_H
#define GYRE_LAUNCH_KIN_H

/* From now on descendants whose parents die become children of this process. */
void gyre__kin_adopt(void);

/* Kills all descendants and waits until they are gone. SIGCHLD must be blocked. */
void gyre__kin_kill(void);

#endif
