/* SPDX-License-Identifier: Apache-2.0 */
/* The entry that fuzzers call. Input: the length of a schema in 32 bits, its bytes, a message. What
 * is taken for a batch is read in whole. */
#ifndef GYRE_TESTS_BATCH_FUZZ_H
#define GYRE_TESTS_BATCH_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Batches that were taken. */
extern size_t fuzz_taken;

#endif
