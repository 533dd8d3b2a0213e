/* Terrain, rays, streams, functions and framing by themselves, for Python and for tests. */
#include "world.h"

#include <stdint.h>

#include "framing.h"
#include "gravity.h"
#include "maths.h"
#include "random.h"
#include "rays.h"
#include "terrain.h"
#include "types.h"

double pl_terrain_height(const pl_world *w, double s, double c, double lod) {
    return pl_height(&w->terrain, s, c, lod);
}

double pl_terrain_mapped(const pl_world *w, double s, double c, double lod) {
    return pl_mapped(&w->terrain, s, c, lod);
}

pl_ray pl_cast_ray(const pl_world *w, double *o, double *u, double furthest, double footprint) {
    return pl_cast(w, o, u, furthest, footprint);
}

void pl_gravity_at(const pl_world *w, const double *position, double *acceleration) {
    pl_disturbance(w, position, acceleration);
}

double pl_stream_uniform(uint64_t stream, uint64_t k) { return pl_uniform(stream, k); }

double pl_stream_normal(uint64_t stream, uint64_t k) {
    double n[2];
    pl_normal2(stream, 2 * k, n);
    return n[0];
}

double pl_sine(double x) {
    double s, c;
    pl_sincos(x, &s, &c);
    return s;
}

double pl_cosine(double x) {
    double s, c;
    pl_sincos(x, &s, &c);
    return c;
}

double pl_arctan2(double y, double x) { return pl_atan2(y, x); }

double pl_logarithm(double x) { return pl_log(x); }

double pl_exponential(double x) { return pl_exp(x); }

double pl_reference(uint32_t rounds) {
    uint64_t z = 1;
    double x = 1;
    for (uint32_t i = 0; i < rounds; i++) {
        z = pl_mix(z + i);
        x = 0.5 * x + (double)(z >> 40) / (1.0 + x * x);
    }
    return x;
}

uint32_t pl_checksum(const uint8_t *p, uint32_t n) { return pl_crc(p, n); }

uint32_t pl_stuff(const uint8_t *from, uint32_t n, uint8_t *to) { return pl_cobs(from, n, to); }

uint32_t pl_unstuff(const uint8_t *from, uint32_t n, uint8_t *to) { return pl_uncobs(from, n, to); }
