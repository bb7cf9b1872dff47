/* SPDX-License-Identifier: Apache-2.0 */
#include "net-fixture.h"
const test_t fault_tests[] = {{0}};
const size_t fault_test_count = 0;
