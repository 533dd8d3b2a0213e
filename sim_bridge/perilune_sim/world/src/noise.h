#pragma once
/* Gradient noise on square lattices: what relief, roughness and albedo are made of. */
#include <stdint.h>

#include "maths.h"
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

/* The same arithmetic in every lane of a vector as in none: without contraction each operation rounds alike, so that
   wider registers change no bit. */
#if defined(__x86_64__) && defined(__gnu_linux__)
#define PL_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define PL_WIDE
#endif

/* n lattices fill so many lanes. */
#define PL_WHOLE(n) (((n) + PL_LANES - 1) / PL_LANES * PL_LANES)

/* How much of an octave of this spacing a resolution of 2 / fine (m) lets through. */
static inline double pl_pass(double spacing, double fine) { return pl_clamp(spacing * fine - 1, 0, 1); }

/* Noise of the first n lattices at one place; out has room for whole registers. */
void pl_noises(const pl_grids *g, int n, double s, double c, double *restrict out);

/* Sum of the first n octaves, each times its amplitude and the weight, in their order; relief shorter than about lod
   (m) is left out. The amplitudes fall. */
double pl_octaves(const pl_grids *g, int n, const double *amplitude, double weight, double lod, double s, double c);
