/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the shm provider, shared by its files.
 *
 * send.c puts records into rings and out.c keeps what did not fit, receive.c takes records out
 * and fetch.c brings their data home, pace.c decides between a stream and cma.c, peer.c knows who
 * is there, bell.c sleeps and wakes, shm.c is the table. Every worker that was connected to or
 * heard of has one peer structure until close. What happens in an up-call or in op->done may
 * start new operations, so no loop holds on to a list across either. */
#ifndef GYRE_COMM_NET_SHM_SHM_H
#define GYRE_COMM_NET_SHM_SHM_H

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "comm/net/net.h"
#include "comm/net/shm/area.h"

#include <string.h>

/* Kinds of record. A word is kind | header length << 8 | data bytes in this record << 32. */
enum {
    GYRE__SHM_WHOLE = GYRE__RING_WRAP + 1, /* header, data */
    GYRE__SHM_FIRST, /* a message that goes on in MORE; length and cut, then header, data */
    GYRE__SHM_MORE,  /* data */
    GYRE__SHM_ASK,   /* offers data: length, cookie, address and cut, then header */
    GYRE__SHM_START, /* answer to ASK, stream it to me: cookie, my cookie, offset */
    GYRE__SHM_DATA,  /* piece of a stream: receiver's cookie, data */
    GYRE__SHM_DONE   /* answer to ASK, I have it: cookie */
};

/* Numbers behind the word of FIRST, ASK, START, DATA, DONE. */
typedef struct gyre__shm_numbers {
    uint64_t word;
    uint64_t length; /* START: offset */
    uint64_t cookie; /* of the sender's operation; DATA: of the receiver's */
    uint64_t extra;  /* FIRST, ASK: cut; START: the receiver's cookie */
    uint64_t address;
} gyre__shm_numbers_t;

/* What large messages of one power of two cost by each way; see pace.c. */
typedef struct gyre__shm_pace {
    uint64_t cost[2]; /* ns per MiB: streamed, by cma; 0: not known */
    unsigned samples;
} gyre__shm_pace_t;

/* Fetches under way one after or beside the other, of one peer and power of two, by one way. */
typedef struct gyre__shm_period {
    uint32_t fetching, ended;
    uint64_t since, bytes;
    gyre__shm_pace_t *pace; /* NULL: mixed, tells nothing */
    bool by_cma;
} gyre__shm_period_t;

typedef struct gyre__shm_peer {
    gyre__ring_tx_t tx; /* first what a small send touches */
    gyre__shm_worker_t *worker;
    gyre__link_t queue;   /* records that found the ring full, in order */
    gyre__ring_rx_t rx;   /* what an empty poll touches */
    uint32_t incomplete;  /* of inbounds: data still missing */
    uint32_t cut;         /* sender's disconnects that were seen */
    uint32_t index;       /* local rank */
    bool connected;       /* by the wire */
    bool contacted;       /* our bit in its contacts is set */
    bool active;          /* its ring is polled */
    bool failed;          /* nothing goes there any more */
    bool no_cma;          /* the kernel refused */
    bool readable, readable_known; /* what it says when asked */
    int pidfd, bell;      /* -1: not met yet */
    gyre__link_t busy;    /* in shm->busy while queue or streams hold something */
    gyre__link_t dying;   /* in shm->dying until its ring is read to the end */
    gyre__link_t streams; /* operations with data asked for, served in turn */
    gyre__link_t order;   /* all unfinished operations, oldest first */
    gyre__link_t inbounds;
    struct gyre__shm_in *assembling; /* its last FIRST, until complete */
    struct gyre__shm *shm;
    gyre__shm_pace_t pace[64];
} gyre__shm_peer_t;

/* flush: done when the markers that it left behind every peer's operations have come through. */
typedef struct gyre__shm_flush {
    gyre__net_op_t *op;
    size_t markers;
    gyre_status_t status;
} gyre__shm_flush_t;

/* An outgoing operation that could not be finished at once. */
typedef struct gyre__shm_out {
    gyre__link_t order; /* in peer->order */
    gyre__link_t queue; /* in peer->queue, then in peer->streams */
    gyre__shm_peer_t *peer;
    gyre__net_op_t *op;       /* NULL: a record of ours, or a marker */
    gyre__shm_flush_t *flush; /* a marker */
    const void *header;
    const char *data;
    uint64_t length, offset;
    uint64_t cookie; /* in shm->outs; 0: none */
    uint64_t remote; /* the receiver's, once it asked for a stream */
    gyre__shm_numbers_t numbers;
    uint32_t header_length;
    uint8_t kind;
    bool begun; /* the receiver may have seen something of it */
    char copy[GYRE__NET_HEADER_MAX];
} gyre__shm_out_t;

/* A message with a descriptor, until its data is where the wire wants it. */
typedef struct gyre__shm_in {
    gyre__link_t link; /* in peer->inbounds */
    gyre__link_t cma;  /* in shm->cma */
    gyre__shm_peer_t *peer;
    gyre__net_op_t *op; /* the fetch */
    char *dest;         /* where data goes: the fetch's buffer, or store */
    char *store;        /* malloced, for a message that nobody has fetched yet */
    uint64_t length, received;
    uint64_t cookie, remote; /* ours once streaming, the sender's */
    uint64_t address;        /* in the sender, for cma */
    uint32_t cut;
    bool offered; /* the data is still at the sender */
    bool wanted;  /* fetched */
    bool dropped;
    gyre_status_t status; /* data that will never come */
} gyre__shm_in_t;

typedef struct gyre__shm {
    gyre__net_t net;
    uint32_t turn, active_count;
    gyre__shm_peer_t **active; /* peers whose rings are polled */
    uint64_t *called;          /* in our block */
    uint32_t beat;
    bool armed;
    bool fence;       /* no membarrier: senders fence themselves */
    size_t whole_max; /* data bytes of a WHOLE record */
    size_t eager_max;
    size_t eager_piece;  /* data bytes of FIRST and MORE */
    size_t stream_piece; /* data bytes of DATA */
    gyre__net_params_t params;
    gyre__shm_area_t area;
    gyre__shm_worker_t *self;
    gyre__shm_peer_t **peers; /* by local rank; NULL: unknown */
    gyre__link_t busy, dying, cma;
    gyre__map_t outs, ins; /* by cookie */
    uint64_t cookies;
    gyre__shm_period_t period;
    gyre__pool_t out_pool, in_pool;
    int epoll, pipe[2];
} gyre__shm_t;

/* peer.c */
gyre_status_t gyre__shm_peer_get(gyre__shm_t *shm, uint32_t index, gyre__shm_peer_t **peer);
void gyre__shm_peers_free(gyre__shm_t *shm);
gyre_status_t gyre__shm_connect(gyre__net_t *net, uint32_t worker, const void *address,
                                size_t length, gyre__net_peer_t **peer);
void gyre__shm_disconnect(gyre__net_t *net, gyre__net_peer_t *peer);
void gyre__shm_answer_calls(gyre__shm_t *shm); /* polls the rings of new contacts */
void gyre__shm_gone(gyre__shm_peer_t *peer);   /* fails it once its ring is read */
void gyre__shm_corrupt(gyre__shm_peer_t *peer, const char *what); /* fails it now */
unsigned gyre__shm_bury(gyre__shm_t *shm);
unsigned gyre__shm_look_around(gyre__shm_t *shm); /* who has come, gone, closed */
bool gyre__shm_news(const gyre__shm_t *shm);      /* whether looking around would find something */
void gyre__shm_tell_watchers(gyre__shm_t *shm);

/* bell.c */
gyre_status_t gyre__shm_bell_open(gyre__shm_t *shm);
void gyre__shm_bell_close(gyre__shm_t *shm);
gyre_status_t gyre__shm_meet(gyre__shm_peer_t *peer); /* opens its pidfd and doorbell */
void gyre__shm_wake(gyre__shm_peer_t *peer);
gyre_status_t gyre__shm_arm(gyre__net_t *net, int *fd);
void gyre__shm_disarm(gyre__shm_t *shm);

/* out.c */
gyre__shm_out_t *gyre__shm_out_new(gyre__shm_peer_t *peer, int kind, gyre__net_op_t *op);
void gyre__shm_out_finish(gyre__shm_out_t *out, gyre_status_t status);
void gyre__shm_out_end(gyre__shm_peer_t *peer, gyre_status_t status, bool ours); /* all of them */
gyre_status_t gyre__shm_flush(gyre__net_t *net, gyre__net_peer_t *to, gyre__net_op_t *op);
gyre_status_t gyre__shm_no_memory(void);
gyre_status_t gyre__shm_peer_failed(const gyre__shm_peer_t *peer);

/* send.c */
gyre_status_t gyre__shm_send(gyre__net_t *net, gyre__net_peer_t *to, const void *header,
                             size_t header_length, const void *data, size_t length,
                             gyre__net_op_t *op);
gyre_status_t gyre__shm_answer(gyre__shm_in_t *in, int kind, uint64_t offset);
unsigned gyre__shm_push(gyre__shm_t *shm); /* moves on what found rings full */
void gyre__shm_on_start(gyre__shm_peer_t *peer, const gyre__shm_numbers_t *numbers);
void gyre__shm_on_done(gyre__shm_peer_t *peer, const gyre__shm_numbers_t *numbers);

/* receive.c */
unsigned gyre__shm_receive(gyre__shm_peer_t *peer);
void gyre__shm_give_back(gyre__shm_peer_t *peer); /* returns space, wakes who waits for it */

/* fetch.c */
gyre__shm_in_t *gyre__shm_in_new(gyre__shm_peer_t *peer, const gyre__shm_numbers_t *numbers);
void gyre__shm_in_end(gyre__shm_in_t *in, gyre_status_t status);
void gyre__shm_in_lose(gyre__shm_in_t *in);       /* the rest of its data will never come */
void gyre__shm_in_fail(gyre__shm_peer_t *peer);   /* the peer is gone */
void gyre__shm_in_cut(gyre__shm_peer_t *peer);    /* the peer may have disconnected */
void gyre__shm_in_cancel(gyre__shm_peer_t *peer); /* we disconnect */
gyre_status_t gyre__shm_fetch(gyre__net_t *net, gyre__net_peer_t *peer, void *desc, void *buffer,
                              size_t length, gyre__net_op_t *op);
void gyre__shm_drop(gyre__net_t *net, void *desc);
gyre_status_t gyre__shm_stream(gyre__shm_in_t *in); /* asks the sender to stream */

/* cma.c */
gyre_status_t gyre__shm_cma_piece(gyre__shm_in_t *in); /* GYRE_OK: all of it is there */
unsigned gyre__shm_cma_progress(gyre__shm_t *shm);

/* pace.c */
bool gyre__shm_pace_start(gyre__shm_in_t *in); /* whether to fetch by cma */
void gyre__shm_pace_end(gyre__shm_in_t *in);

/* Moves all elements to a head that only the caller knows. */
static inline void gyre__shm_list_take(gyre__link_t *to, gyre__link_t *from)
{
    *to = *from;
    to->next->prev = to->prev->next = to;
    if (to->next == from)
        gyre__list_init(to);
    gyre__list_init(from);
}

static inline size_t gyre__shm_align(size_t n, size_t to)
{
    return (n + to - 1) & ~(to - 1);
}

static inline uint64_t gyre__shm_word(int kind, size_t header_length, size_t length)
{
    return (uint64_t)kind | (uint64_t)header_length << 8 | (uint64_t)length << 32;
}

/* Where data of a WHOLE record starts: longer data on a line of its own, for the copy's sake. */
static inline size_t gyre__shm_data_offset(size_t header_length, size_t length)
{
    size_t offset = sizeof(uint64_t) + gyre__shm_align(header_length, 8);
    return length < 512 ? offset : gyre__shm_align(offset, GYRE__RING_LINE);
}

/* Between publishing and looking who sleeps. A sleeper makes all processes' earlier stores visible
 * (membarrier) between saying so and looking at its rings a last time. */
static inline void gyre__shm_fence(const gyre__shm_t *shm)
{
    if (__builtin_expect(shm->fence, 0))
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    else
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* After publishing: wakes the peer if it sleeps. */
static inline void gyre__shm_nudge(const gyre__shm_t *shm, gyre__shm_peer_t *peer)
{
    gyre__shm_fence(shm);
    if (__builtin_expect(__atomic_load_n(&peer->worker->asleep, __ATOMIC_RELAXED), 0))
        gyre__shm_wake(peer);
}

/* Copies without a call where messages are smallest. */
static inline void gyre__shm_copy(char *to, const char *from, size_t n)
{
    if (n > 16) {
        memcpy(to, from, n);
    } else if (n >= 8) {
        uint64_t a, b;
        memcpy(&a, from, 8);
        memcpy(&b, from + n - 8, 8);
        memcpy(to, &a, 8);
        memcpy(to + n - 8, &b, 8);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    }
}

static inline void gyre__shm_copy_header(char *to, const char *from, size_t n)
{
    if (n == 32)
        memcpy(to, from, 32);
    else
        gyre__shm_copy(to, from, n);
}

#endif
