#pragma once
/* Gradient noise on square lattices: what relief, roughness and albedo are made of. */
#include <stdint.h>

#include "types.h"

/* Gradient noise (Perlin 2002: quintic fade w) on an integer lattice. Its variance is that of four corners,
   8/3 * integral of w(x)^2 * integral of x^2 w(x)^2 over the unit interval. */
#define PL_NOISE_SIGMA 0.17612713

/* Hash of a node of a lattice. */
static inline uint32_t pl_lattice(int32_t i, int32_t j, uint32_t seed) {
    uint32_t h = ((uint32_t)i * 0x9E3779B1u) ^ seed;
    h = (h ^ (h >> 15)) * 0x85EBCA77u;
    h = (h ^ ((uint32_t)j * 0xC2B2AE3Du)) * 0x27D4EB2Fu;
    h = (h ^ (h >> 13)) * 0x165667B1u;
    return h ^ (h >> 16);
}

static inline int32_t pl_floor(double x) {
    int32_t i = (int32_t)x;
    return i - (x < i);
}

/* Sum of the first n octaves of these grids, each times its amplitude, in their order. */
double pl_octaves(const pl_grid *g, int n, const double *amplitude, double s, double c);

/* Noise of one lattice. */
double pl_octave(const pl_grid *g, double s, double c);
