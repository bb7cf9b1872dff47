/* SPDX-License-Identifier: Apache-2.0 */
/* Which workers of a node are near each other. */
#ifndef GYRE_COMM_DOMAIN_H
#define GYRE_COMM_DOMAIN_H

#include "comm/boot/directory.h"

#define GYRE__SYSTEM "/sys/devices/system"

/* The domain of a worker that may use these processors (of GYRE__CPU_WORDS words): the lowest
 * processor of the level 3 cache, or where there is none of the memory node, that all of them
 * share. GYRE__NO_DOMAIN: they do not, or it cannot be known. system: GYRE__SYSTEM but in tests. */
uint32_t gyre__topo_domain(const char *system, const uint64_t *cpus);

#endif
