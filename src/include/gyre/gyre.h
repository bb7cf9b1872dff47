/* SPDX-License-Identifier: Apache-2.0 */
/* All of Gyre's public interface. See gyre(7). */
#ifndef GYRE_GYRE_H
#define GYRE_GYRE_H

#include <gyre/am.h>
#include <gyre/arrow.h>
#include <gyre/batch.h>
#include <gyre/coll.h>
#include <gyre/comm.h>
#include <gyre/config.h>
#include <gyre/context.h>
#include <gyre/csv.h>
#include <gyre/dataset.h>
#include <gyre/executor.h>
#include <gyre/graph.h>
#include <gyre/group.h>
#include <gyre/harp.h>
#include <gyre/hash.h>
#include <gyre/input.h>
#include <gyre/mem.h>
#include <gyre/message.h>
#include <gyre/op.h>
#include <gyre/operator.h>
#include <gyre/output.h>
#include <gyre/pack.h>
#include <gyre/plan.h>
#include <gyre/request.h>
#include <gyre/rma.h>
#include <gyre/schema.h>
#include <gyre/sort.h>
#include <gyre/status.h>
#include <gyre/store.h>
#include <gyre/survive.h>
#include <gyre/topo.h>
#include <gyre/tset.h>
#include <gyre/type.h>

#endif
