#pragma once
/* Counter-based random numbers: value k of a stream is a hash of (stream, k), so no draw depends on how many
   others were made and a fault in one sensor leaves every other number as it was.
   Hash: the output function of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
#include <stdint.h>

#include "maths.h"

static inline uint64_t pl_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

static inline uint64_t pl_draw(uint64_t stream, uint64_t k) { return pl_mix(stream + (k + 1) * 0x9E3779B97F4A7C15ull); }

/* In (0, 1), never an end. */
static inline double pl_uniform(uint64_t stream, uint64_t k) {
    return ((double)(pl_draw(stream, k) >> 12) + 0.5) * 0x1p-52;
}

/* Two independent standard normal numbers from counters k and k + 1 (Box-Muller). */
static inline void pl_normal2(uint64_t stream, uint64_t k, double *out) {
    double radius = sqrt(-2 * pl_log(pl_uniform(stream, k))), s, c;
    pl_sincos(2 * PL_PI * pl_uniform(stream, k + 1), &s, &c);
    out[0] = radius * c, out[1] = radius * s;
}
