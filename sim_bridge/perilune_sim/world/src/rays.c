#include "rays.h"

#include <math.h>

#include "frames.h"
#include "maths.h"
#include "terrain.h"
#include "types.h"

static double pl_above(const pl_world *w, const double *o, const double *u, double range, double lod, double *s,
                       double *c) {
    double p[3] = {o[0] + range * u[0], o[1] + range * u[1], o[2] + range * u[2]}, altitude;
    pl_arcs(w, p, s, c, &altitude);
    return altitude - pl_height(&w->terrain, *s, *c, lod);
}

/* Range at which the ray meets the ground between low (above it) and high (below it), to tolerance. */
static double pl_bisect(const pl_world *w, const double *o, const double *u, double low, double high, double f_low,
                        double f_high, double lod, double tolerance) {
    double s, c, middle = high, f = f_high;
    for (int i = 0; i < 60 && high - low > tolerance && fabs(f) > 0.5 * tolerance; i++) {
        /* every third point halves the bracket, so that a bent profile cannot stall the secant */
        middle = i % 3 == 2 ? 0.5 * (low + high) : low + f_low / (f_low - f_high) * (high - low);
        f = pl_above(w, o, u, middle, lod, &s, &c);
        if (f > 0) low = middle, f_low = f;
        else high = middle, f_high = f;
    }
    return middle;
}

/* What a ray sees where it meets the ground. */
static void pl_see(const pl_world *w, const double *o, const double *u, pl_ray *ray, double resolution) {
    double p[3], s, c, altitude, slope[2], normal[3];
    for (int i = 0; i < 3; i++) p[i] = o[i] + ray->range_m * u[i];
    pl_arcs(w, p, &s, &c, &altitude);
    pl_rise(&w->terrain, s, c, resolution, slope);
    pl_ground_normal(w, p, slope, normal);
    ray->cos_incidence = -pl_dot(normal, u);
    ray->albedo = pl_albedo(&w->terrain, s, c);
}

/* The part of its height that a ray may advance without passing ground of less than 45 degrees. */
static double pl_stride(const pl_world *w, const double *o, const double *u) {
    double e[3][3];
    pl_local(w, o, e);
    double down = fabs(pl_dot(e[2], u)), level = sqrt(pl_clamp(1 - down * down, 0, 1));
    return 0.98 / (down + level);
}

pl_ray pl_cast(const pl_world *w, const double *o, const double *u, double furthest, double footprint) {
    pl_ray ray = {0, 0, 0, 0};
    double range = 0, s, c, before = 0, f_before = 0, coarse = 100, stride = pl_stride(w, o, u);
    for (int i = 0; i < 400; i++) {
        double resolution = footprint * range + 0.5;
        if (coarse < resolution) coarse = resolution;
        double f = pl_above(w, o, u, range, coarse, &s, &c);
        if (coarse > resolution && f < 2 * coarse) f = pl_above(w, o, u, range, resolution, &s, &c);
        if (f <= 0) {
            if (i == 0) return ray;
            range = pl_bisect(w, o, u, before, range, f_before, f, resolution, 0.01 + 1e-5 * range);
            ray.hit = 1, ray.range_m = range;
            pl_see(w, o, u, &ray, resolution);
            return ray;
        }
        before = range, f_before = f, coarse = 0.1 * f;
        double least = 0.003 * range + 0.05;
        range += stride * f > least ? stride * f : least;
        if (range > furthest) return ray;
    }
    return ray;
}
