#pragma once
#include <stdint.h>
#include <string.h>
#include "beams.h"
#include "imu.h"
#include "maths.h"
#include "places.h"
#include "random.h"
#include "sensors.h"
#include "types.h"
#include "wire.h"
/* The world's entry points. */
#define PL_NEVER 0xFFFFFFFFu
#define PL_LEGS_TICKS 100 /* unfolding takes 2 s */
#define PL_REST_TICKS 50

static double pl_degrees(double x) { return x * (180 / PL_PI); }

/* Speeds in the local level, tilt, and where the vehicle is. */
static void pl_attitude_now(const pl_world *w, pl_touchdown *x) {
    const pl_state *s = &w->state;
    double e[3][3], c[9], z[3], altitude;
    pl_local(w, s->y, e);
    pl_matrix(s->y + 6, c);
    z[0] = c[2], z[1] = c[5], z[2] = c[8];
    double along = pl_dot(e[0], s->y + 3), left = pl_dot(e[1], s->y + 3), cosine = pl_dot(z, e[2]), side[3];
    pl_cross(z, e[2], side);
    x->tick = s->tick;
    x->vertical_m_s = pl_dot(e[2], s->y + 3);
    x->horizontal_m_s = sqrt(along * along + left * left);
    x->tilt_deg = pl_degrees(pl_atan2(pl_norm(side), cosine));
    x->rate_deg_s = pl_degrees(pl_norm(s->y + 10));
    x->propellant_kg = s->propellant_kg;
    pl_arcs(w, s->y, &x->downrange_m, &x->left_m, &altitude);
}

static double pl_slope_deg(const pl_world *w, double s, double c) {
    double slope[2];
    pl_slopes(&w->terrain, s, c, w->terrain.footprint_m, 0, slope);
    return pl_degrees(pl_atan(sqrt(slope[0] * slope[0] + slope[1] * slope[1])));
}

static int pl_touching(const pl_state *s) {
    int bits = 0;
    for (int n = 0; n < PL_POINTS; n++)
        if (s->point_force[n] > 0) bits |= 1 << n;
    return bits;
}

/* The state just before the first touch of anything is the touchdown. */
static void pl_note_contact(pl_world *w) {
    pl_state *s = &w->state;
    int touching = pl_touching(s), legs = __builtin_popcount(touching & 15);
    if (!s->landed && (touching || s->wrecked)) {
        s->landed = 1, s->touchdown = s->approach;
        s->touchdown.slope_deg = pl_slope_deg(w, s->touchdown.downrange_m, s->touchdown.left_m);
    }
    if (!s->landed) return;
    s->ever_contact |= s->leg_contact;
    pl_touchdown now;
    pl_attitude_now(w, &now);
    if (touching && now.tilt_deg > 45) s->tipped = 1;
    if (s->hull_strike && now.tilt_deg > 30) s->tipped = 1;
    if (s->wrecked) s->crashed = 1;
    int still = pl_norm(s->y + 3) < 0.03 && pl_norm(s->y + 10) < 0.01 && (legs >= 3 || touching >> PL_LEGS);
    s->rest_ticks = still || s->wrecked ? s->rest_ticks + 1 : 0;
}

static void pl_switch(pl_world *w, const uint8_t *actuators) {
    pl_state *s = &w->state;
    s->switches = actuators ? pl_get16(actuators + ACT_SWITCHES) : 0;
    if (s->switches & SW_LEGS_DEPLOY && s->legs_out_tick == PL_NEVER) s->legs_out_tick = s->tick + PL_LEGS_TICKS;
    if (s->switches & SW_PAYLOAD_RELEASE && s->payload_tick == PL_NEVER) s->payload_tick = s->tick;
}

/* One tick of 20 ms under the ACTUATORS payload (NULL: nothing commanded); leaves the SENSORS payload in the state. */
static void pl_step(pl_world *w, const uint8_t *actuators) {
    pl_state *s = &w->state;
    if (s->tick == 0) pl_drift(w, 0), pl_drift(w, 1);
    pl_switch(w, actuators);
    if (!s->landed && s->tick >= s->ground_check) pl_attitude_now(w, &s->approach);
    pl_advance(w, actuators);
    s->tick++;
    if (s->tick > s->ground_check) pl_note_contact(w);
    pl_sense(w, s->switches);
}

/* Parts of a step by themselves, for measurements of cost. */
static void pl_step_dynamics(pl_world *w, const uint8_t *actuators) {
    pl_advance(w, actuators);
    w->state.tick++;
}

static void pl_prepare(pl_world *w, const uint8_t *payload, uint32_t length) {
    pl_state *s = &w->state;
    pl_terrain_prepare(&w->terrain);
    memcpy(s->payload, payload, length);
    s->propellant_kg = w->vehicle.propellant_kg;
    s->tank_kpa = w->vehicle.tank_kpa;
    s->legs_out_tick = s->payload_tick = PL_NEVER;
    for (int n = 0; n < PL_ENGINES; n++) s->engine[n].delay_left_s = w->vehicle.start_delay_s;
}

/* For Python: terrain, rays, streams and functions by themselves. */
static double pl_terrain_height(const pl_world *w, double s, double c, double lod) {
    return pl_height(&w->terrain, s, c, lod);
}

static double pl_terrain_mapped(const pl_world *w, double s, double c, double lod) {
    return pl_mapped(&w->terrain, s, c, lod);
}

static pl_ray pl_cast_ray(const pl_world *w, double *o, double *u, double furthest, double footprint) {
    return pl_cast(w, o, u, furthest, footprint);
}

static double pl_stream_uniform(uint64_t stream, uint64_t k) { return pl_uniform(stream, k); }

static double pl_stream_normal(uint64_t stream, uint64_t k) {
    double n[2];
    pl_normal2(stream, 2 * k, n);
    return n[0];
}

static double pl_sine(double x) {
    double s, c;
    pl_sincos(x, &s, &c);
    return s;
}

static double pl_cosine(double x) {
    double s, c;
    pl_sincos(x, &s, &c);
    return c;
}

static double pl_arctan2(double y, double x) { return pl_atan2(y, x); }
static double pl_logarithm(double x) { return pl_log(x); }
static double pl_exponential(double x) { return pl_exp(x); }

/* A fixed amount of work, whole numbers and floating point: the measure of a machine's speed, not of a build's. */
static double pl_reference(uint32_t rounds) {
    uint64_t z = 1;
    double x = 1;
    for (uint32_t i = 0; i < rounds; i++) {
        z = pl_mix(z + i);
        x = 0.5 * x + (double)(z >> 40) / (1.0 + x * x);
    }
    return x;
}
