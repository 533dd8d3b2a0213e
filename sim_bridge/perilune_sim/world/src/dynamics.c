#include "dynamics.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "contact.h"
#include "frames.h"
#include "gravity.h"
#include "maths.h"
#include "propulsion.h"
#include "terrain.h"
#include "types.h"

#define PL_STEPS_FREE 2
#define PL_STEPS_GROUND 10
typedef struct {
    const pl_plane *planes; /* NULL in free flight */
    pl_push push;           /* engines and thrusters, constant over the sub-step */
    pl_body body;           /* mass properties at its start */
    double gravity[3];      /* beyond the central term, site axes, that of the tick's middle */
} pl_forcing;

static void pl_body_now(const pl_world *w, pl_body *b) {
    const pl_vehicle *v = &w->vehicle;
    double full = v->propellant_kg > 0 ? w->state.propellant_kg / v->propellant_kg : 0;
    b->mass = v->dry_kg + w->state.propellant_kg;
    for (int i = 0; i < 3; i++) {
        b->inertia[i] = v->inertia_dry[i] + full * (v->inertia_wet[i] - v->inertia_dry[i]);
        b->com[i] = v->com_dry[i] + full * (v->com_wet[i] - v->com_dry[i]);
    }
}

/* Specific force at the body origin and angular acceleration, body frame. */
static void pl_accelerations(const pl_body *b, double mass, const pl_push *push, const double *rate, double *force,
                             double *alpha) {
    double lever[3], momentum[3], gyroscopic[3];
    pl_cross(b->com, push->force, lever);
    for (int i = 0; i < 3; i++) momentum[i] = b->inertia[i] * rate[i];
    pl_cross(rate, momentum, gyroscopic);
    for (int i = 0; i < 3; i++) alpha[i] = (push->moment[i] - lever[i] - gyroscopic[i]) / b->inertia[i];
    double tangential[3], turning[3], centripetal[3];
    pl_cross(alpha, b->com, tangential);
    pl_cross(rate, b->com, turning);
    pl_cross(rate, turning, centripetal);
    for (int i = 0; i < 3; i++) force[i] = push->force[i] / mass - tangential[i] - centripetal[i];
}

/* Acceleration relative to the site frame of a point whose specific force (site frame) is f. */
static void pl_site_acceleration(const pl_world *w, const double *y, const double *c, const double *com,
                                 const double *f, const double *disturbance, double *a) {
    double p[3], centre[3] = {y[0], y[1], y[2] + w->radius_m}, coriolis[3], spin[3], centrifugal[3];
    pl_rotate(c, com, p);
    for (int i = 0; i < 3; i++) p[i] += centre[i];
    double r2 = pl_dot(p, p), g = -w->mu / (r2 * sqrt(r2));
    pl_cross(w->moon_rate, y + 3, coriolis);
    pl_cross(w->moon_rate, centre, spin);
    pl_cross(w->moon_rate, spin, centrifugal);
    for (int i = 0; i < 3; i++) a[i] = f[i] + g * p[i] - 2 * coriolis[i] - centrifugal[i];
    if (w->gravity.node)
        for (int i = 0; i < 3; i++) a[i] += disturbance[i];
}

/* dy/dt; also the specific force at the origin, body frame. */
static void pl_derivative(pl_world *w, const pl_forcing *x, const double *y, double mass, double *dy, double *force) {
    double c[9], moon[3], spin[3], site_force[3];
    pl_push push = x->push;
    pl_matrix(y + 6, c);
    pl_rotate_back(c, w->moon_rate, moon);
    for (int i = 0; i < 3; i++) spin[i] = y[10 + i] - moon[i];
    if (x->planes) pl_push_ground(w, x->planes, y, c, spin, &push);
    pl_accelerations(&x->body, mass, &push, y + 10, force, dy + 10);
    pl_rotate(c, force, site_force);
    for (int i = 0; i < 3; i++) dy[i] = y[3 + i];
    pl_site_acceleration(w, y, c, x->body.com, site_force, x->gravity, dy + 3);
    double turn[4] = {0, 0.5 * spin[0], 0.5 * spin[1], 0.5 * spin[2]};
    pl_qmul(y + 6, turn, dy + 6);
}

static void pl_note_switches(pl_state *s) {
    for (int n = 0; n < PL_LEGS; n++)
        if (s->point_force[n] > PL_SWITCH_N) s->leg_contact |= 1u << n;
}

static void pl_rk4(pl_world *w, const pl_forcing *x, double dt) {
    static const double at[4] = {0, 0.5, 0.5, 1}, weight[4] = {1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0};
    pl_state *s = &w->state;
    double k[13] = {0}, y[13], sum[13] = {0}, force[3];
    for (int stage = 0; stage < 4; stage++) {
        for (int i = 0; i < 13; i++) y[i] = s->y[i] + at[stage] * dt * k[i];
        pl_derivative(w, x, y, x->body.mass - at[stage] * dt * x->push.flow_kg_s, k, force);
        for (int i = 0; i < 13; i++) sum[i] += weight[stage] * k[i];
        for (int i = 0; i < 3; i++) {
            s->dtheta[i] += weight[stage] * dt * y[10 + i];
            s->dvel[i] += weight[stage] * dt * force[i];
        }
        if (x->planes) pl_note_switches(s);
    }
    for (int i = 0; i < 13; i++) s->y[i] += dt * sum[i];
    pl_qnormalise(s->y + 6);
}

/* A row: dt, body force (N), its moment about the body origin (N m), propellant flow (kg/s), then mass, centre of mass
   and principal inertia at the start of the sub-step. */
static void pl_record_row(pl_world *w, const pl_forcing *x, double dt) {
    if (w->record_used >= w->record_rows) return;
    double *row = w->record + PL_RECORD * w->record_used++;
    row[0] = dt, row[7] = x->push.flow_kg_s, row[8] = x->body.mass;
    for (int i = 0; i < 3; i++) {
        row[1 + i] = x->push.force[i], row[4 + i] = x->push.moment[i];
        row[9 + i] = x->body.com[i], row[12 + i] = x->body.inertia[i];
    }
}

/* After a destructive contact the vehicle lies where it struck; its inertial units feel its weight. */
static void pl_lie_still(pl_world *w, double dt) {
    pl_state *s = &w->state;
    double c[9], e[3][3];
    for (int i = 0; i < 3; i++) s->y[3 + i] = 0;
    pl_matrix(s->y + 6, c);
    pl_rotate_back(c, w->moon_rate, s->y + 10);
    pl_local(w, s->y, e);
    for (int i = 0; i < 3; i++) e[2][i] *= dt * w->mu / (w->radius_m * w->radius_m);
    pl_rotate_back(c, e[2], s->dvel);
}

/* True when the ground may be touched this tick. How long the ground is surely out of reach depends on the state
   only: half the clearance bounds the distance to any slope below 60 degrees. */
static int pl_near_ground(pl_world *w) {
    pl_state *s = &w->state;
    if (s->tick < s->ground_check) return 0;
    double downrange, left, altitude, reach = 0, speed = pl_norm(s->y + 3);
    for (int n = 0; n < PL_POINTS; n++) {
        double r = pl_norm(w->vehicle.point + 3 * n);
        if (r > reach) reach = r;
    }
    pl_arcs(w, s->y, &downrange, &left, &altitude);
    double clearance = altitude - pl_height(&w->terrain, downrange, left, 0) - reach - w->terrain.tallest_rock_m;
    double margin = clearance - 1.0 - 0.05 * speed;
    if (margin < 0) return 1;
    double ticks = 0.5 * margin / (PL_TICK_S * (speed + 2.0 + PL_TICK_S * 10));
    s->ground_check = s->tick + (ticks < 500 ? (uint32_t)ticks : 500);
    return 0;
}

void pl_advance(pl_world *w, const uint8_t *actuators) {
    pl_state *s = &w->state;
    pl_plane planes[PL_POINTS];
    double command[PL_ENGINES];
    memset(s->dtheta, 0, sizeof s->dtheta);
    memset(s->dvel, 0, sizeof s->dvel);
    s->leg_contact = 0;
    if (s->wrecked) {
        pl_lie_still(w, PL_TICK_S);
        return;
    }
    for (int n = 0; n < w->vehicle.engine_count; n++) command[n] = pl_throttle(w, n, actuators);
    pl_push thrusters = {{0, 0, 0}, {0, 0, 0}, 0};
    pl_push_thrusters(w, actuators, &thrusters);
    int near = pl_near_ground(w), steps = near ? PL_STEPS_GROUND : PL_STEPS_FREE;
    double dt = PL_TICK_S / steps, middle[3], gravity[3];
    for (int i = 0; i < 3; i++) middle[i] = s->y[i] + 0.5 * PL_TICK_S * s->y[3 + i];
    pl_disturbance(w, middle, gravity);
    if (near) pl_find_planes(w, planes);
    else memset(s->point_force, 0, sizeof s->point_force);
    for (int i = 0; i < steps && !s->wrecked; i++) {
        pl_forcing x = {near ? planes : NULL, thrusters, {0, {0, 0, 0}, {0, 0, 0}},
                        {gravity[0], gravity[1], gravity[2]}};
        pl_push_engines(w, command, dt, &x.push);
        pl_drain(w, dt, &x.push);
        pl_body_now(w, &x.body);
        if (w->record) pl_record_row(w, &x, dt);
        pl_rk4(w, &x, dt);
        s->propellant_kg = pl_clamp(s->propellant_kg - x.push.flow_kg_s * dt, 0, 1e9);
    }
    pl_tank_faults(w, PL_TICK_S);
    if (s->wrecked) pl_lie_still(w, PL_TICK_S);
}
