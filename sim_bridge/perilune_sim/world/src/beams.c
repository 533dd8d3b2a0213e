#include "beams.h"

#include <math.h>
#include <stdint.h>

#include "frames.h"
#include "maths.h"
#include "places.h"
#include "queue.h"
#include "random.h"
#include "rays.h"
#include "terrain.h"
#include "types.h"
#include "wire.h"

/* Where a sensor at body position sits and how it moves over the ground, site frame. */
static void pl_mount(const pl_world *w, const double *c, const double *position, double *p, double *u) {
    const double *y = w->state.y;
    double moon[3], spin[3], swing[3];
    pl_rotate_back(c, w->moon_rate, moon);
    for (int i = 0; i < 3; i++) spin[i] = y[10 + i] - moon[i];
    pl_cross(spin, position, swing);
    pl_rotate(c, swing, u);
    for (int i = 0; i < 3; i++) u[i] += y[3 + i];
    pl_point(y, c, position, p);
}

/* Logistic in the logarithm of the returned energy, 1/2 at half_range_m on albedo 0.12 at normal incidence. */
#define PL_DETECT_STEEPNESS 5.0

static double pl_detection(const pl_ray *ray, double half_range_m) {
    double ratio = half_range_m / ray->range_m, signal = ray->albedo / 0.12 * ray->cos_incidence * ratio * ratio;
    return signal <= 0 ? 0 : 1 / (1 + pl_exp(-PL_DETECT_STEEPNESS * pl_log(signal)));
}

/* A radar reports the first echo: the nearest of the axis and four edges of its beam. */
static void pl_first_return(const pl_world *w, const pl_altimeter_config *a, const double *p, const double *beam,
                            double furthest, pl_ray *ray) {
    double side[2][3], up[3] = {fabs(beam[0]) < 0.6, fabs(beam[0]) >= 0.6, 0}, s, c;
    pl_cross(beam, up, side[0]);
    double n = 1 / pl_norm(side[0]);
    for (int i = 0; i < 3; i++) side[0][i] *= n;
    pl_cross(beam, side[0], side[1]);
    pl_sincos(a->beam_half, &s, &c);
    for (int edge = 0; edge < 4; edge++) {
        double u[3], sign = edge & 1 ? -s : s;
        for (int i = 0; i < 3; i++) u[i] = c * beam[i] + sign * side[edge >> 1][i];
        pl_ray other = pl_cast(w, p, u, furthest, a->footprint);
        if (other.hit && (!ray->hit || other.range_m < ray->range_m)) *ray = other;
    }
}

/* A side lobe straight down: its echo comes first, and is taken for the beam's where it is strong enough. Turns
   `direction` to where the echo came from. */
static void pl_false_lock(const pl_world *w, const pl_altimeter_config *a, const double *p, double furthest,
                          double *direction, pl_ray *ray) {
    double e[3][3], down[3];
    pl_local(w, p, e);
    for (int i = 0; i < 3; i++) down[i] = -e[2][i];
    pl_ray lobe = pl_cast(w, p, down, furthest, a->footprint);
    if (!lobe.hit || (ray->hit && lobe.range_m >= ray->range_m)) return;
    if (pl_uniform(a->stream, 16ull * w->state.tick + 8) >= pl_detection(&lobe, a->half_range_m * sqrt(a->side_lobe)))
        return;
    *ray = lobe;
    for (int i = 0; i < 3; i++) direction[i] = down[i];
}

/* How thick the dust that the plume has raised is at a sensor: 0 at dust_below_m and above, 1 on the ground. */
static double pl_dust(const pl_world *w, const pl_altimeter_config *a, const double *p) {
    double s, c, altitude, thrust = 0;
    for (int n = 0; n < w->vehicle.engine_count; n++) thrust += w->state.engine[n].thrust_n;
    if (a->dust_below_m <= 0 || thrust <= 0) return 0;
    pl_arcs(w, p, &s, &c, &altitude);
    if (altitude > 1e4) return 0;
    return pl_clamp(1 - (altitude - pl_height(&w->terrain, s, c, 0.5)) / a->dust_below_m, 0, 1);
}

static void pl_altimeter_sample(pl_world *w, int unit, int descent_head, pl_sample *x) {
    const pl_altimeter_config *a = &w->sensors.altimeter[unit];
    const pl_unit_effect *fault = &w->state.effects.unit[unit];
    const uint64_t k = 16ull * w->state.tick;
    double c[9], beam[3], p[3], u[3], n[2];
    pl_matrix(w->state.y + 6, c);
    pl_rotate(c, a->head + 3 * descent_head, beam);
    pl_mount(w, c, a->position, p, u);
    pl_ray ray = pl_cast(w, p, beam, 1.2 * a->max_m, a->footprint);
    double echo[3] = {beam[0], beam[1], beam[2]}, spread = 0;
    if (a->beam_half > 0) pl_first_return(w, a, p, beam, 1.2 * a->max_m, &ray);
    if (a->side_lobe > 0) pl_false_lock(w, a, p, 1.2 * a->max_m, echo, &ray);
    if (a->slope_noise > 0 && ray.hit && ray.cos_incidence > 0.05)
        spread = a->slope_noise * a->footprint * ray.range_m * sqrt(1 - ray.cos_incidence * ray.cos_incidence)
                 / ray.cos_incidence;
    double furthest = fault->active && fault->max_m > 0 ? fault->max_m : a->max_m, range = ray.range_m;
    int seen = ray.hit && range >= a->min_m && range <= furthest && ray.cos_incidence >= a->cos_incidence
               && pl_uniform(a->stream, k) < pl_detection(&ray, a->half_range_m);
    pl_normal2(a->stream, k + 1, n);
    x->value[0] = range * (1 + a->scale) + a->bias
                  + pl_fault_error(fault, n[0], a->noise + a->noise_ratio * range + spread, a->stream, k + 3);
    x->value[1] = pl_dot(echo, u) + (fault->active ? fault->noise : 1) * a->rate_noise * n[1];
    if (fault->active) {
        x->value[0] += pl_fault_offset(w, fault) + fault->scale * range, x->value[1] += fault->rate_bias;
        if (x->value[0] < 0) x->value[0] = 0; /* a time of flight is not negative, whatever is taken from it */
    }
    if (pl_uniform(a->stream, k + 5) < a->false_return) {
        x->value[0] = a->min_m + (furthest - a->min_m) * pl_uniform(a->stream, k + 6);
        x->value[1] = 2 * a->rate_noise * n[1];
        seen = 1;
    }
    double dust = pl_dust(w, a, p);
    if (dust > 0 && pl_uniform(a->stream, k + 9) < dust * a->dust_blind) seen = 0;
    else if (dust > 0 && pl_uniform(a->stream, k + 10) < dust * a->dust_short)
        x->value[0] *= pl_uniform(a->stream, k + 11);
    if (fault->active && fault->stuck) x->value[0] = fault->stuck_at, seen = 1;
    if (pl_lost(fault, a->stream, k + 7)) seen = 0;
    x->status = (uint8_t)((seen ? ST_VALID : 0) | (descent_head ? ST_HEAD : 0));
    if (!seen) x->value[0] = x->value[1] = 0;
    for (int i = 0; i < 3; i++) p[i] += x->value[0] * beam[i];
    pl_arcs(w, p, &n[0], &n[1], &x->value[2]);
}

void pl_altimeter(pl_world *w, int unit, int off, int descent_head, uint8_t *status, uint8_t *age,
                         uint8_t *range, uint8_t *rate) {
    const pl_altimeter_config *a = &w->sensors.altimeter[unit];
    if (!off && pl_due(w->state.tick, a->period, a->phase) && w->state.tick >= w->state.queue[unit].ready) {
        pl_sample x = {0};
        pl_altimeter_sample(w, unit, descent_head, &x);
        pl_push_sample(w, unit, a->latency, &x);
    }
    int says = pl_report(w, unit, off, a->period, status, age);
    const pl_sample *now = &w->state.queue[unit].current;
    pl_put_float(range, says ? pl_clamp(now->value[0], -100, 2e5) : 0);
    if (rate) pl_put_float(rate, says ? now->value[1] : 0);
}

static int pl_beam_seen(pl_world *w, int n, const double *p, const double *beam) {
    const pl_velocimeter_config *v = &w->sensors.velocimeter;
    const pl_unit_effect *fault = &w->state.effects.unit[PL_VELOCIMETER];
    double furthest = fault->active && fault->max_m > 0 ? fault->max_m : v->max_m;
    pl_ray ray = pl_cast(w, p, beam, 1.01 * v->max_m, v->footprint);
    if (!ray.hit || ray.range_m > furthest || ray.cos_incidence < v->cos_incidence) return 0;
    if (fault->active && fault->beams_lost >> n & 1) return 0;
    return pl_uniform(v->stream, 32ull * w->state.tick + n) >= v->dropout;
}

static void pl_velocimeter_sample(pl_world *w, pl_sample *x) {
    static const pl_unit_effect sound;
    const pl_velocimeter_config *v = &w->sensors.velocimeter;
    const pl_unit_effect *fault = &w->state.effects.unit[PL_VELOCIMETER];
    const uint64_t k = 32ull * w->state.tick;
    double c[9], p[3], u[3], n[4];
    pl_matrix(w->state.y + 6, c);
    pl_mount(w, c, v->position, p, u);
    pl_normal2(v->stream, k + 4, n), pl_normal2(v->stream, k + 6, n + 2);
    int lost = pl_lost(fault, v->stream, k + 8);
    for (int i = 0; i < 3; i++) {
        double beam[3];
        pl_rotate(c, v->beam + 3 * i, beam);
        if (lost || !pl_beam_seen(w, i, p, beam)) continue;
        const pl_unit_effect *mine = fault->beams >> i & 1 ? fault : &sound;
        double speed = pl_dot(beam, u), sigma = v->noise + v->noise_ratio * fabs(speed);
        x->beams |= (uint8_t)(1 << i);
        x->value[i] = speed + v->bias[i] + pl_fault_error(mine, n[i], sigma, v->stream, k + 10 + 2 * i);
        if (mine->active) x->value[i] += pl_fault_offset(w, mine) + mine->scale * speed;
        if (mine->active && mine->stuck) x->value[i] = mine->stuck_at;
    }
    x->status = x->beams ? ST_VALID : 0;
}

void pl_velocimeter(pl_world *w, int off, uint8_t *out) {
    const pl_velocimeter_config *v = &w->sensors.velocimeter;
    if (!off && pl_due(w->state.tick, v->period, v->phase) && w->state.tick >= w->state.queue[PL_VELOCIMETER].ready) {
        pl_sample x = {0};
        pl_velocimeter_sample(w, &x);
        pl_push_sample(w, PL_VELOCIMETER, v->latency, &x);
    }
    double nothing[3] = {0};
    int says = pl_report(w, PL_VELOCIMETER, off, v->period, out + SENS_VELOCIMETER_STATUS,
                         out + SENS_VELOCIMETER_AGE_MS);
    const pl_sample *now = &w->state.queue[PL_VELOCIMETER].current;
    out[SENS_VELOCIMETER_BEAMS] = says ? now->beams : 0;
    pl_put_floats(out + SENS_VELOCIMETER_M_S, says ? now->value : nothing, 3);
}
