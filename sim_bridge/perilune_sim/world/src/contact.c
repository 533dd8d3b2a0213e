#include "contact.h"

#include <math.h>

#include "frames.h"
#include "maths.h"
#include "propulsion.h"
#include "terrain.h"
#include "types.h"

#define PL_SLIP_M_S 0.004     /* sliding speed below which friction is viscous */
#define PL_SOFT_M 0.005       /* damping grows in over this depth, so that force is continuous at first touch */
#define PL_WRECK_M_S 6.0      /* contact faster than this destroys the vehicle */
#define PL_PLANE_BASE_M 0.3   /* a footpad's width */

/* Least height of a patch of the vehicle above the ground: `span` times the way from its centre (m, body) to a corner,
   PL_PATCH places a side. A boulder between the points that carry the forces is met too. */
#define PL_PATCH 3

static double pl_patch_clearance(const pl_world *w, const double *c, const double *centre, double span_x, double span_y) {
    double least = 1e9;
    for (int i = 0; i < PL_PATCH * PL_PATCH; i++) {
        double b[3] = {centre[0] + span_x * (i / PL_PATCH - 1), centre[1] + span_y * (i % PL_PATCH - 1), centre[2]};
        double p[3], s, left, altitude;
        pl_point(w->state.y, c, b, p);
        pl_arcs(w, p, &s, &left, &altitude);
        altitude -= pl_height(&w->terrain, s, left, 0);
        if (altitude < least) least = altitude;
    }
    return least;
}

/* Clearance of point n where there are boulders: a pad is PL_PLANE_BASE_M wide, a point of the hull's bottom stands for
   the quarter of the belly inside it. */
static double pl_rocky_clearance(const pl_world *w, const double *c, int n) {
    const double *point = w->vehicle.point + 3 * n;
    if (n < PL_LEGS) return pl_patch_clearance(w, c, point, 0.5 * PL_PLANE_BASE_M, 0.5 * PL_PLANE_BASE_M);
    double quarter[3] = {0.5 * point[0], 0.5 * point[1], point[2]};
    return pl_patch_clearance(w, c, quarter, 0.5 * point[0], 0.5 * point[1]);
}

void pl_find_planes(const pl_world *w, pl_plane *planes) {
    const pl_state *st = &w->state;
    double c[9];
    pl_matrix(st->y + 6, c);
    for (int n = 0; n < PL_POINTS; n++) {
        double p[3], s, left, altitude, slope[2];
        pl_point(st->y, c, w->vehicle.point + 3 * n, p);
        pl_arcs(w, p, &s, &left, &altitude);
        double clearance = altitude - pl_height(&w->terrain, s, left, 0);
        double patch = w->terrain.rock_ratio > 0 && clearance < 3 ? pl_rocky_clearance(w, c, n) : clearance;
        if (patch < clearance) clearance = patch;
        planes[n].used = clearance < 1.0 + 0.05 * pl_norm(st->y + 3) && (n >= PL_LEGS || st->legs_out_tick <= st->tick);
        if (!planes[n].used) continue;
        pl_slopes(&w->terrain, s, left, PL_PLANE_BASE_M, 0, slope);
        pl_ground_normal(w, p, slope, planes[n].normal);
        double e[3][3];
        pl_local(w, p, e);
        planes[n].level = pl_dot(planes[n].normal, p) - clearance * pl_dot(planes[n].normal, e[2]);
    }
}

/* Legs take up energy by crushing: on the way out the spring gives back a fraction of its load only. */
#define PL_GIVE_BACK 0.25
#define PL_REBOUND_M_S 0.1

static double pl_normal_force(const pl_vehicle *v, int n, double depth, double leaving) {
    double hard = n < PL_LEGS ? 1 : 4, spring = v->stiffness * hard * depth;
    if (depth > v->stroke) spring += 20 * v->stiffness * (depth - v->stroke);
    spring *= 1 - (1 - PL_GIVE_BACK) * pl_clamp(leaving / PL_REBOUND_M_S, 0, 1);
    double force = spring - v->damping * hard * leaving * pl_clamp(depth / PL_SOFT_M, 0, 1);
    return force > 0 ? force : 0;
}

/* Force on point n at p with velocity u (site frame); writes the force, returns its normal part. */
static double pl_contact_force(pl_world *w, int n, const pl_plane *plane, const double *p, const double *u, double *f) {
    pl_state *s = &w->state;
    double depth = plane->level - pl_dot(plane->normal, p), leaving = pl_dot(plane->normal, u);
    if (depth <= 0) return 0;
    if (s->point_force[n] == 0 && -leaving > s->worst_impact_m_s) s->worst_impact_m_s = -leaving;
    if (-leaving > PL_WRECK_M_S) s->wrecked = 1;
    if (n >= PL_LEGS) s->hull_strike = 1;
    double force = pl_normal_force(&w->vehicle, n, depth, leaving), slip[3];
    for (int i = 0; i < 3; i++) slip[i] = u[i] - leaving * plane->normal[i];
    double grip = w->vehicle.friction * force / sqrt(pl_dot(slip, slip) + PL_SLIP_M_S * PL_SLIP_M_S);
    for (int i = 0; i < 3; i++) f[i] = force * plane->normal[i] - grip * slip[i];
    return force;
}

void pl_push_ground(pl_world *w, const pl_plane *planes, const double *y, const double *c, const double *spin,
                           pl_push *push) {
    for (int n = 0; n < PL_POINTS; n++) {
        if (!planes[n].used) {
            w->state.point_force[n] = 0;
            continue;
        }
        const double *body = w->vehicle.point + 3 * n;
        double p[3], u[3], f[3] = {0, 0, 0}, swing[3];
        pl_point(y, c, body, p);
        pl_cross(spin, body, swing);
        pl_rotate(c, swing, u);
        for (int i = 0; i < 3; i++) u[i] += y[3 + i];
        double force = pl_contact_force(w, n, &planes[n], p, u, f);
        w->state.point_force[n] = force;
        if (force <= 0) continue;
        pl_rotate_back(c, f, f);
        pl_add_push(body, f, 1, push);
    }
}
