#include "noise.h"

#include <stdint.h>

#include "types.h"
#include "world.h"

static inline double pl_corner(uint32_t h, double x, double y) {
    /* gradient uniform over a square, from two 16-bit halves */
    double gx = (double)(int32_t)(h & 0xFFFF) - 32767.5, gy = (double)(int32_t)(h >> 16) - 32767.5;
    return (gx * x + gy * y) * (1.0 / 32768.0);
}

/* The same arithmetic in every lane of a vector as in none: without contraction each operation rounds alike, so that
   wider registers change no bit. */
#if defined(__x86_64__) && defined(__gnu_linux__)
#define PL_WIDE __attribute__((optimize("O3"), target_clones("avx2", "default")))
#else
#define PL_WIDE
#endif

static inline double pl_noise_at(double x, double y, uint32_t seed) {
    int32_t i = pl_floor(x), j = pl_floor(y);
    double fx = x - i, fy = y - j;
    double u = fx * fx * fx * (fx * (fx * 6 - 15) + 10), v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    double a = pl_corner(pl_lattice(i, j, seed), fx, fy), b = pl_corner(pl_lattice(i + 1, j, seed), fx - 1, fy);
    double c = pl_corner(pl_lattice(i, j + 1, seed), fx, fy - 1);
    double d = pl_corner(pl_lattice(i + 1, j + 1, seed), fx - 1, fy - 1);
    double low = a + u * (b - a), high = c + u * (d - c);
    return low + v * (high - low);
}

double pl_noise(double x, double y, uint32_t seed) { return pl_noise_at(x, y, seed); }

/* Noise of n lattices at one place, in `out`. */
PL_WIDE static void pl_noises(int n, const double *x, const double *y, const uint32_t *seed, double *out) {
    for (int i = 0; i < n; i++) out[i] = pl_noise_at(x[i], y[i], seed[i]);
}

double pl_octaves(const pl_grid *g, int n, const double *amplitude, double s, double c) {
    double x[PL_OCTAVES] = {0}, y[PL_OCTAVES] = {0}, value[PL_OCTAVES], sum = 0;
    uint32_t seed[PL_OCTAVES] = {0};
    for (int i = 0; i < n; i++) {
        x[i] = s * g[i].per_m + g[i].shift_s, y[i] = c * g[i].per_m + g[i].shift_c;
        seed[i] = g[i].seed;
    }
    pl_noises(n, x, y, seed, value);
    for (int i = 0; i < n; i++) sum += amplitude[i] * value[i];
    return sum;
}

double pl_octave(const pl_grid *g, double s, double c) {
    return pl_noise(s * g->per_m + g->shift_s, c * g->per_m + g->shift_c, g->seed);
}
