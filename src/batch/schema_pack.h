/* SPDX-License-Identifier: Apache-2.0 */
/* What the bytes of a schema begin with. */
#ifndef GYRE_BATCH_SCHEMA_PACK_H
#define GYRE_BATCH_SCHEMA_PACK_H

enum { GYRE__SCHEMA_MAGIC = 0x53525947 /* "GYRS" */, GYRE__SCHEMA_VERSION = 1 };

#endif
