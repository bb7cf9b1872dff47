/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers by their number: each is to be had without those before it, so any worker makes
 * any part of what they are for. */
#ifndef EXAMPLES_CHANCE_H
#define EXAMPLES_CHANCE_H

#include <stdint.h>

/* splitmix64, whose words need none before them: what the step to the next state would have come
 * to is a product. */
static inline uint64_t chance_word(uint64_t seed, uint64_t number)
{
    uint64_t word = seed + (number + 1) * 0x9e3779b97f4a7c15;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return word ^ (word >> 31);
}

/* Uniform in [0, 1). */
static inline double chance_unit(uint64_t seed, uint64_t number)
{
    return (double)(chance_word(seed, number) >> 11) * 0x1p-53;
}

#endif
