#include "noise.h"

#include <stdint.h>

#include "maths.h"
#include "types.h"
#include "world.h"

#define PL_LEAST_M 1e-4 /* octaves below this height are left out */

static inline double pl_corner(uint32_t h, double x, double y) {
    /* gradient uniform over a square, from two 16-bit halves */
    double gx = (double)(int32_t)(h & 0xFFFF) - 32767.5, gy = (double)(int32_t)(h >> 16) - 32767.5;
    return (gx * x + gy * y) * (1.0 / 32768.0);
}

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

PL_WIDE void pl_noises(const pl_grids *g, int n, double s, double c, double *restrict out) {
    for (int i = 0; i < PL_WHOLE(n); i++)
        out[i] = pl_noise_at(s * g->per_m[i] + g->shift_s[i], c * g->per_m[i] + g->shift_c[i], g->seed[i]);
}

/* How much of an octave of this spacing a resolution of 2 / fine (m) lets through, times its amplitude. */
PL_WIDE static void pl_weigh(const pl_grids *g, int n, const double *amplitude, double weight, double fine,
                             double *restrict out) {
    for (int i = 0; i < PL_WHOLE(n); i++) out[i] = amplitude[i] * weight * pl_pass(g->spacing[i], fine);
}

double pl_octaves(const pl_grids *g, int n, const double *amplitude, double weight, double lod, double s, double c) {
    double size[PL_GRIDS], value[PL_GRIDS], sum = 0, fine = 2 / lod;
    int used = 1;
    if (n == 0 || amplitude[0] * weight * pl_pass(g->spacing[0], fine) < PL_LEAST_M) return 0;
    pl_weigh(g, n, amplitude, weight, fine, size);
    while (used < n && size[used] >= PL_LEAST_M) used++;
    pl_noises(g, used, s, c, value);
    for (int i = 0; i < used; i++) sum += size[i] * value[i];
    return sum;
}
