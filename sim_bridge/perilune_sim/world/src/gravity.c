#include "gravity.h"

#include <math.h>
#include <string.h>

#include "frames.h"
#include "maths.h"
#include "types.h"
#include "world.h"

/* Solid harmonics E(l, m) = (R/r)^(l+1) P(l, m) exp(i m lon), fully normalised, by Cunningham's recursion in Cartesian
   coordinates (Celestial Mechanics 2, 1970; Montenbruck and Gill, Satellite Orbits, 3.2), which knows no pole. */
typedef struct {
    int side; /* of each array, stored by degree then order */
    double *v, *w, *up, *past, *sector, *higher, *lower, *along;
} pl_solid;

static pl_solid pl_arrays(const pl_harmonics *h, double *work) {
    int side = h->degree + 3, size = side * side;
    pl_solid x = {side, work, work + size, work + 2 * size, work + 3 * size, work + 4 * size, work + 5 * size,
                  work + 6 * size, work + 7 * size};
    return x;
}

void pl_harmonics_weights(const pl_harmonics *h, double *work) {
    pl_solid x = pl_arrays(h, work);
    memset(work, 0, sizeof(double) * PL_HARMONIC_ARRAYS * (size_t)(x.side * x.side));
    for (int l = 0; l < x.side; l++) {
        if (l > 0) x.sector[l * x.side] = l == 1 ? sqrt(3) : sqrt((2.0 * l + 1) / (2.0 * l));
        for (int m = 0; m <= l; m++) {
            int at = l * x.side + m;
            double n = l, k = m, rise = (2 * n + 1) / (2 * n + 3);
            if (l > m) {
                x.up[at] = sqrt((2 * n - 1) * (2 * n + 1) / ((n - k) * (n + k)));
                if (l > m + 1)
                    x.past[at] = sqrt((2 * n + 1) * (n + k - 1) * (n - k - 1) / ((n - k) * (n + k) * (2 * n - 3)));
            }
            /* ratios of norms, with the factors of the derivative */
            x.higher[at] = sqrt((m == 0 ? 0.5 : 1) * rise * (n + k + 1) * (n + k + 2));
            x.lower[at] = m > 0 ? sqrt((m == 1 ? 2 : 1) * rise * (n - k + 1) * (n - k + 2)) : 0;
            x.along[at] = sqrt(rise * (n - k + 1) * (n + k + 1));
        }
    }
}

static void pl_solids(const pl_harmonics *h, const pl_solid *x, const double *p) {
    double r2 = pl_dot(p, p), ratio = h->radius_m / r2, u[3] = {ratio * p[0], ratio * p[1], ratio * p[2]};
    double shrink = ratio * h->radius_m;
    int side = x->side, top = h->degree + 1;
    x->v[0] = h->radius_m / sqrt(r2), x->w[0] = 0;
    for (int m = 0; m <= top; m++) {
        int on = m * side + m;
        if (m > 0) {
            int old = (m - 1) * side + m - 1;
            double f = x->sector[m * side];
            x->v[on] = f * (u[0] * x->v[old] - u[1] * x->w[old]);
            x->w[on] = f * (u[0] * x->w[old] + u[1] * x->v[old]);
        }
        for (int l = m + 1; l <= top; l++) {
            int at = l * side + m, one = at - side;
            double a = x->up[at] * u[2], b = l > m + 1 ? x->past[at] * shrink : 0;
            double v2 = l > m + 1 ? x->v[one - side] : 0, w2 = l > m + 1 ? x->w[one - side] : 0;
            x->v[at] = a * x->v[one] - b * v2;
            x->w[at] = a * x->w[one] - b * w2;
        }
    }
}

void pl_harmonics_at(const pl_harmonics *h, double *work, const double *p, double *out) {
    pl_solid x = pl_arrays(h, work);
    double sum[3] = {0, 0, 0};
    pl_solids(h, &x, p);
    for (int l = 1; l <= h->degree; l++) {
        for (int m = 0; m <= l; m++) {
            int at = l * x.side + m, next = at + x.side;
            double c = h->cosine[l * (h->degree + 1) + m], s = h->sine[l * (h->degree + 1) + m];
            double v = x.v[next + 1], w = x.w[next + 1];
            sum[2] -= x.along[at] * (c * x.v[next] + s * x.w[next]);
            if (m == 0) {
                sum[0] -= x.higher[at] * c * v, sum[1] -= x.higher[at] * c * w;
                continue;
            }
            double v1 = x.v[next - 1], w1 = x.w[next - 1], high = 0.5 * x.higher[at], low = 0.5 * x.lower[at];
            sum[0] += low * (c * v1 + s * w1) - high * (c * v + s * w);
            sum[1] += low * (s * v1 - c * w1) - high * (c * w - s * v);
        }
    }
    double scale = h->mu / (h->radius_m * h->radius_m);
    for (int i = 0; i < 3; i++) out[i] = scale * sum[i];
}

/* Lower node and the part of the way to the next one. */
static int pl_between(const pl_strip *g, int axis, double x, double *part) {
    double at = pl_clamp((x - g->first[axis]) * g->per[axis], 0, g->count[axis] - 1);
    int low = (int)at;
    if (low > g->count[axis] - 2) low = g->count[axis] - 2;
    *part = at - low;
    return low;
}

void pl_disturbance(const pl_world *w, const double *p, double *out) {
    const pl_strip *g = &w->gravity;
    out[0] = out[1] = out[2] = 0;
    if (!g->node) return;
    double place[3], part[3];
    int low[3], stride[3] = {3 * g->count[1] * g->count[2], 3 * g->count[2], 3};
    pl_arcs(w, p, place, place + 1, place + 2);
    for (int k = 0; k < 3; k++) low[k] = pl_between(g, k, place[k], part + k);
    const float *first = g->node + low[0] * stride[0] + low[1] * stride[1] + low[2] * stride[2];
    for (int corner = 0; corner < 8; corner++) {
        const float *node = first;
        double weight = 1;
        for (int k = 0; k < 3; k++) {
            int far = corner >> k & 1;
            weight *= far ? part[k] : 1 - part[k];
            if (far) node += stride[k];
        }
        for (int i = 0; i < 3; i++) out[i] += weight * (double)node[i];
    }
}

/* Where a node lies: Moon-centred, site axes. */
static void pl_node_place(const pl_strip *g, double radius_m, int i, int j, int k, double *p) {
    double ss, cs, sc, cc, r = radius_m + g->first[2] + k / g->per[2];
    pl_sincos((g->first[0] + i / g->per[0]) / radius_m, &ss, &cs);
    pl_sincos((g->first[1] + j / g->per[1]) / radius_m, &sc, &cc);
    p[0] = r * cc * ss, p[1] = r * sc, p[2] = r * cc * cs;
}

void pl_strip_fill(const pl_strip *g, const pl_harmonics *h, double radius_m, const double *site_from_moon,
                   double *work, float *node) {
    double c[9], p[3], fixed[3], a[3];
    pl_matrix(site_from_moon, c);
    pl_harmonics_weights(h, work);
    for (int i = 0; i < g->count[0]; i++)
        for (int j = 0; j < g->count[1]; j++)
            for (int k = 0; k < g->count[2]; k++, node += 3) {
                pl_node_place(g, radius_m, i, j, k, p);
                pl_rotate_back(c, p, fixed);
                pl_harmonics_at(h, work, fixed, a);
                pl_rotate(c, a, p);
                for (int n = 0; n < 3; n++) node[n] = (float)p[n];
            }
}

void pl_harmonics_sum(const pl_harmonics *h, double *work, const double *position, double *acceleration) {
    pl_harmonics_weights(h, work);
    pl_harmonics_at(h, work, position, acceleration);
}
