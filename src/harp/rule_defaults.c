/* SPDX-License-Identifier: Apache-2.0 */
/* The library's own rules: what serves where nothing has been measured (gyre tune does that). Of a
 * collective, first what goes through the memory of one node, where all members are on it; then
 * what has two levels, where several nodes have several members each; then messages alone: few
 * rounds while a message costs more than its bytes, each byte sent as rarely as can be when they
 * dominate; last, what keeps strict rank order. What does not fit is passed over. Bytes are those
 * of a block where there are blocks. */
#include "harp/rule.h"

const char gyre__default_rules[] = "barrier:@node\n"
                                   "barrier:@nodes\n"
                                   "barrier:@dissemination\n"

                                   "bcast:64k-inf:@node_mapped\n"
                                   "bcast:@node\n"
                                   "bcast:512k-inf:n2-16:@nodes_chain\n"
                                   "bcast:@nodes\n"
                                   "bcast:0-16k:@binomial\n"
                                   "bcast:r1-2:@binomial\n"
                                   "bcast:r3-31:@scatter_allgather\n"
                                   "bcast:@double_binary_tree\n"

                                   "reduce:@node\n"
                                   "reduce:@nodes\n"
                                   "reduce:0-16k:@binomial\n"
                                   "reduce:@rabenseifner\n"
                                   "reduce:0-4k:@linear\n"
                                   "reduce:@chain\n"

                                   "allreduce:0-2k:@node_flat\n"
                                   "allreduce:0-64k:r2-8:@node_flat\n"
                                   "allreduce:512k-inf:@node_direct\n"
                                   "allreduce:r2:@node_flat\n"
                                   "allreduce:@node_shared\n"
                                   "allreduce:@nodes_leader\n"
                                   "allreduce:0-8k:@recursive_doubling\n"
                                   "allreduce:512k-inf:r3-64:@ring\n"
                                   "allreduce:@rabenseifner\n"
                                   "allreduce:0-1k:@gather_reduce\n"
                                   "allreduce:@ordered\n"

                                   "reduce_scatter:64k-inf:@node_direct\n"
                                   "reduce_scatter:@node\n"
                                   "reduce_scatter:8k-inf:@nodes\n"
                                   "reduce_scatter:0-32k:@recursive_halving\n"
                                   "reduce_scatter:@pairwise\n"
                                   "reduce_scatter:@ordered\n"

                                   "reduce_scatter_block:64k-inf:@node_direct\n"
                                   "reduce_scatter_block:@node\n"
                                   "reduce_scatter_block:8k-inf:@nodes\n"
                                   "reduce_scatter_block:0-32k:@recursive_halving\n"
                                   "reduce_scatter_block:@pairwise\n"
                                   "reduce_scatter_block:@ordered\n"

                                   "gather:4m-inf:@node_mapped\n"
                                   "gather:@node\n"
                                   "gather:0-16k:@nodes\n"
                                   "gather:0-4k:@binomial\n"
                                   "gather:@linear\n"

                                   "gatherv:@node\n"
                                   "gatherv:@linear\n"

                                   "scatter:128k-inf:r3-inf:@node_direct\n"
                                   "scatter:64k-inf:@node_mapped\n"
                                   "scatter:@node\n"
                                   "scatter:0-16k:@nodes\n"
                                   "scatter:0-4k:@binomial\n"
                                   "scatter:@linear\n"

                                   "scatterv:@node\n"
                                   "scatterv:@linear\n"

                                   "allgather:2m-inf:@node_direct\n"
                                   "allgather:64k-inf:@node_mapped\n"
                                   "allgather:@node\n"
                                   "allgather:@nodes_leader\n"
                                   "allgather:0-4k:@recursive_doubling\n"
                                   "allgather:0-1k:@bruck\n"
                                   "allgather:@neighbor_exchange\n"
                                   "allgather:@ring\n"

                                   "allgatherv:2m-inf:@node_direct\n"
                                   "allgatherv:64k-inf:@node_mapped\n"
                                   "allgatherv:@node\n"
                                   "allgatherv:@nodes_leader\n"
                                   "allgatherv:0-4k:@recursive_doubling\n"
                                   "allgatherv:0-1k:@bruck\n"
                                   "allgatherv:@neighbor_exchange\n"
                                   "allgatherv:@ring\n"

                                   "alltoall:32k-inf:r6-inf:@node_direct\n"
                                   "alltoall:1m-inf:r2:@node_direct\n"
                                   "alltoall:128k-inf:r3-5:@node_direct\n"
                                   "alltoall:64k-inf:@node_mapped\n"
                                   "alltoall:@node\n"
                                   "alltoall:0-256:r8-inf:@bruck\n"
                                   "alltoall:0-4k:@nodes\n"
                                   "alltoall:0-32k:@linear\n"
                                   "alltoall:@pairwise\n"

                                   "alltoallv:@node\n"
                                   "alltoallv:@linear\n"

                                   "scan:0-512:r3-8:@linear\n"
                                   "scan:1m-inf:r5-8:@linear\n"
                                   "scan:@node\n"
                                   "scan:0-64k:@nodes\n"
                                   "scan:0-64k:@recursive_doubling\n"
                                   "scan:@linear\n"

                                   "exscan:0-512:r3-8:@linear\n"
                                   "exscan:1m-inf:r5-8:@linear\n"
                                   "exscan:@node\n"
                                   "exscan:0-64k:@nodes\n"
                                   "exscan:0-64k:@recursive_doubling\n"
                                   "exscan:@linear\n"

                                   "neighbor_allgather:@linear\n"
                                   "neighbor_allgatherv:@linear\n"
                                   "neighbor_alltoall:@linear\n"
                                   "neighbor_alltoallv:@linear\n";
