/* SPDX-License-Identifier: Apache-2.0 */
/* What killed workers leave in shared memory. */
#ifndef GYRE_LAUNCH_LITTER_H
#define GYRE_LAUNCH_LITTER_H

/* Removes from /dev/shm the names that transports give by process id, of this user's processes
 * that are no more. */
void gyre__litter_sweep(void);

#endif
