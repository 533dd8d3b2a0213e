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

void pl_find_planes(const pl_world *w, pl_plane *planes) {
    const pl_state *st = &w->state;
    double c[9];
    pl_matrix(st->y + 6, c);
    for (int n = 0; n < PL_POINTS; n++) {
        double p[3], s, left, altitude, slope[2];
        pl_point(st->y, c, w->vehicle.point + 3 * n, p);
        pl_arcs(w, p, &s, &left, &altitude);
        double clearance = altitude - pl_height(&w->terrain, s, left, 0);
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
