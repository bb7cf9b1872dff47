/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the wire's variables; gyre.conf(5) says the same, checked by check-conf.sh. */
#include "comm/conf.h"

static const char *const nets[] = {"auto", "ucx", "ofi", "self", NULL};
static const char *const waits[] = {"auto", "spin", "yield", "block", NULL};
static const char *const larges[] = {"auto", "copy", "cma", NULL};

#define FIELD(member, kind, name, initial, help)                                                   \
    {name, initial, GYRE__CONF_##kind, offsetof(gyre__comm_conf_t, member), NULL, 0, 0, help}
#define FIELD_ENUM(member, name, initial, values, help)                                            \
    {name, initial, GYRE__CONF_ENUM, offsetof(gyre__comm_conf_t, member), values, 0, 0, help}

static const gyre__conf_field_t fields[] = {
    FIELD_ENUM(net, "NET", "auto", nets,
               "Network provider. auto takes UCX where it opens, else libfabric; self is for jobs "
               "of one worker."),
    FIELD(shm, BOOL, "SHM", "yes",
          "Whether workers of a node exchange messages through memory that they share, and can map "
          "each other's regions of gyre_mem_alloc. no leaves all that to the network provider too."),
    FIELD(shm_ring, SIZE, "SHM_RING", "1m",
          "Size of the ring from one worker to another of its node. Memory is used only for pairs "
          "that talk. A power of two from 16k to 64m."),
    FIELD(shm_eager, SIZE, "SHM_EAGER", "8k",
          "Messages within a node up to this size are sent before the receiver asks for them. At "
          "most half of the ring."),
    FIELD_ENUM(shm_large, "SHM_LARGE", "auto", larges,
               "How larger messages within a node move. copy: both workers copy through the ring, "
               "pipelined. cma: the receiver copies once from the sender's memory, where the "
               "kernel allows. auto: whichever is measured to be faster for the peer and size, or "
               "cma when the node has more workers than processors."),
    FIELD_ENUM(wait, "WAIT", "auto", waits,
               "What a waiting worker does. spin: polls. yield: polls, giving its core away "
               "between polls. block: sleeps in the kernel. auto: polls for GYRE_SPIN, or only "
               "briefly when the node has more workers than cores, then yields, then blocks."),
    FIELD(spin, TIME, "SPIN", "200us", "How long auto polls before it yields and blocks."),
    FIELD(boot_timeout, TIME, "BOOT_TIMEOUT", "120s",
          "How long a worker waits for the others of its job when the wire opens."),
    FIELD(reg_cache, SIZE, "REG_CACHE", "64m",
          "Memory from gyre_mem_alloc that stays registered after its release, for the next "
          "allocation of the same length in the epoch. 0 keeps none."),
};

const gyre__conf_table_t gyre__comm_conf_table = {"comm", fields,
                                                  sizeof(fields) / sizeof(fields[0])};

gyre__comm_conf_t gyre__comm_conf;
