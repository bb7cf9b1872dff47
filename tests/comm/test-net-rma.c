/* SPDX-License-Identifier: Apache-2.0 */
#include "net-fixture.h"
const test_t rma_tests[] = {{0}};
const size_t rma_test_count = 0;
