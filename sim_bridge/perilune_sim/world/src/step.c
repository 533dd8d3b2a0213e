#include "step.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dynamics.h"
#include "frames.h"
#include "imu.h"
#include "maths.h"
#include "places.h"
#include "sensors.h"
#include "terrain.h"
#include "types.h"
#include "wire.h"
#include "world.h"

#define PL_NEVER 0xFFFFFFFFu
#define PL_LEGS_TICKS 100 /* unfolding takes 2 s */

static double pl_degrees(double x) { return x * (180 / PL_PI); }

void pl_attitude_now(const pl_world *w, pl_touchdown *x) {
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

double pl_slope_deg(const pl_world *w, double s, double c) {
    double slope[2];
    pl_slopes(&w->terrain, s, c, w->terrain.footprint_m, 0, slope);
    return pl_degrees(pl_atan(sqrt(slope[0] * slope[0] + slope[1] * slope[1])));
}

int pl_touching(const pl_state *s) {
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

void pl_step(pl_world *w, const uint8_t *actuators) {
    pl_state *s = &w->state;
    if (s->tick == 0) pl_drift(w, 0), pl_drift(w, 1);
    pl_switch(w, actuators);
    if (!s->landed && s->tick >= s->ground_check) pl_attitude_now(w, &s->approach);
    pl_advance(w, actuators);
    s->tick++;
    if (s->tick > s->ground_check) pl_note_contact(w);
    pl_sense(w, s->switches);
}

void pl_step_dynamics(pl_world *w, const uint8_t *actuators) {
    pl_advance(w, actuators);
    w->state.tick++;
}

void pl_prepare(pl_world *w, const uint8_t *payload, uint32_t length) {
    pl_state *s = &w->state;
    pl_terrain_prepare(&w->terrain);
    memcpy(s->payload, payload, length);
    s->propellant_kg = w->vehicle.propellant_kg;
    s->tank_kpa = w->vehicle.tank_kpa;
    s->legs_out_tick = s->payload_tick = PL_NEVER;
    for (int n = 0; n < PL_ENGINES; n++) s->engine[n].delay_left_s = w->vehicle.start_delay_s;
}
