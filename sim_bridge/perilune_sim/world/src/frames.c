#include "frames.h"

#include <math.h>
#include <string.h>

#include "maths.h"
#include "types.h"

void pl_arcs(const pl_world *w, const double *p, double *s, double *c, double *altitude) {
    double z = p[2] + w->radius_m, across = sqrt(p[0] * p[0] + z * z), r = sqrt(across * across + p[1] * p[1]);
    *s = w->radius_m * pl_atan2(p[0], z);
    *c = w->radius_m * pl_atan2(p[1], across);
    /* r - R without cancellation near the site */
    *altitude = (pl_dot(p, p) + 2 * w->radius_m * p[2]) / (r + w->radius_m);
}

void pl_local(const pl_world *w, const double *p, double e[3][3]) {
    double z = p[2] + w->radius_m, across = sqrt(p[0] * p[0] + z * z), r = sqrt(across * across + p[1] * p[1]);
    double up[3] = {p[0] / r, p[1] / r, z / r}, along[3] = {z / across, 0, -p[0] / across};
    memcpy(e[0], along, sizeof along);
    memcpy(e[2], up, sizeof up);
    pl_cross(e[2], e[0], e[1]);
}

void pl_ground_normal(const pl_world *w, const double *p, const double *slope, double *normal) {
    double e[3][3];
    pl_local(w, p, e);
    for (int i = 0; i < 3; i++) normal[i] = e[2][i] - slope[0] * e[0][i] - slope[1] * e[1][i];
    double n = 1 / pl_norm(normal);
    for (int i = 0; i < 3; i++) normal[i] *= n;
}

void pl_point(const double *y, const double *c, const double *body, double *p) {
    pl_rotate(c, body, p);
    for (int i = 0; i < 3; i++) p[i] += y[i];
}

void pl_site_from_inertial(const pl_world *w, double t, double *q) {
    double turn[3] = {-w->moon_rate[0] * t, -w->moon_rate[1] * t, -w->moon_rate[2] * t}, dq[4];
    pl_qvector(turn, dq);
    pl_qmul(dq, w->site_from_inertial, q);
}
