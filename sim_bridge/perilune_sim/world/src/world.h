#pragma once
/* The simulated Moon's public face: what Python calls, through cffi, which reads this file and types.h. */
#include <stdint.h>

#include "types.h"

/* Before the first tick: derives the terrain, fills the tank, takes the SENSORS payload with every value zero. */
void pl_prepare(pl_world *w, const uint8_t *payload, uint32_t length);

/* One tick of 20 ms under the ACTUATORS payload (NULL: nothing commanded); leaves the SENSORS payload in the state. */
void pl_step(pl_world *w, const uint8_t *actuators);

/* Its motion alone, for measurements of cost. */
void pl_step_dynamics(pl_world *w, const uint8_t *actuators);

/* What is true now: PL_TRUTH doubles in the order of TRUTH in truth.py. */
void pl_truth(const pl_world *w, double *out);

/* Fly until tick `until`, or a row that the bridge has to look at, or a twin that differs, or a power cycle that ends a
   fault; 1: the answer to the last
   tick, `reply` bytes, is the bridge's to take. */
int pl_fly(pl_world *w, pl_loop *l);

/* Height (m) above the sphere at arcs s downrange and c left (m), and what a map shows of it; relief shorter than
   about lod (m) is left out, 0 = everything. */
double pl_terrain_height(const pl_world *w, double s, double c, double lod);
double pl_terrain_mapped(const pl_world *w, double s, double c, double lod);

/* Where a ray from `origin` (m, site frame) along the unit vector `direction` meets the ground. */
pl_ray pl_cast_ray(const pl_world *w, double *origin, double *direction, double furthest, double footprint);

/* Fills the strip's nodes, three float32 each, from the series. `work`: PL_HARMONIC_ARRAYS (degree + 3)^2 doubles. */
void pl_strip_fill(const pl_strip *g, const pl_harmonics *h, double radius_m, const double *site_from_moon,
                   double *work, float *node);

/* The series itself at a Moon-fixed position (m): m/s2 beyond the central term. */
void pl_harmonics_sum(const pl_harmonics *h, double *work, const double *position, double *acceleration);

/* What the strip says at a place in the site frame: m/s2, site axes. */
void pl_gravity_at(const pl_world *w, const double *position, double *acceleration);

/* The parts by themselves: noise, random streams, elementary functions. */
double pl_noise(double x, double y, uint32_t seed);
double pl_stream_uniform(uint64_t stream, uint64_t k);
double pl_stream_normal(uint64_t stream, uint64_t k);
double pl_sine(double x);
double pl_cosine(double x);
double pl_arctan2(double y, double x);
double pl_logarithm(double x);
double pl_exponential(double x);

/* A fixed amount of work, whole numbers and floating point: the measure of a machine's speed, not of a build's. */
double pl_reference(uint32_t rounds);

/* The framing: CRC-32, and COBS without the delimiter, which return the length. */
uint32_t pl_checksum(const uint8_t *p, uint32_t n);
uint32_t pl_stuff(const uint8_t *from, uint32_t n, uint8_t *to);
uint32_t pl_unstuff(const uint8_t *from, uint32_t n, uint8_t *to);
