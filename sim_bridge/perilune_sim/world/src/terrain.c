#include "terrain.h"

#include <math.h>
#include <stdint.h>

#include "maths.h"
#include "noise.h"
#include "random.h"
#include "raster.h"
#include "types.h"

/* A bowl with a raised rim that dies out at two radii; x is distance over radius. */
static inline double pl_bowl(double x, double depth, double rim) {
    if (x >= 2) return 0;
    return x < 1 ? (depth + rim) * x * x - depth : rim * (2 - x) * (2 - x);
}

/* Relief weight at distance d: 0 at the site, 1 beyond smooth_radius_m; 1 everywhere on rugged ground. */
static inline double pl_far(const pl_terrain *t, double s, double c) {
    return t->rugged ? 1 : pl_smoothstep(sqrt(s * s + c * c) / t->smooth_radius_m);
}

static double pl_relief(const pl_terrain *t, double s, double c, double lod) {
    return pl_octaves(&t->relief, t->octaves, t->amplitude, pl_far(t, s, c), lod, s, c);
}

/* Roughness of the landing area: spacings 64 m to 1 m everywhere, below a raster's posts where there is one. */
static double pl_rough(const pl_terrain *t, double s, double c, double lod) {
    return pl_octaves(&t->rough, PL_ROUGH, t->rough_amplitude, 1, lod, s, c);
}

/* Seeded craters. A class has one radius and a lattice of cells 8 radii wide; a cell holds at most one crater,
   wholly inside it, so that one cell a class decides the height. */
#define PL_CRATER_LARGEST 4096.0

typedef struct {
    uint32_t hash[PL_GRIDS];
    double s[PL_GRIDS], c[PL_GRIDS], x2[PL_GRIDS]; /* centre; square of the distance from it in radii */
} pl_cells;

/* The cell of each of the first n classes that a place is in, and the crater that it would hold. */
PL_WIDE static void pl_look(const pl_grids *g, int n, double s, double c, pl_cells *restrict cells) {
    for (int k = 0; k < PL_WHOLE(n); k++) {
        int32_t i = pl_floor(s * g->per_m[k] + g->shift_s[k]), j = pl_floor(c * g->per_m[k] + g->shift_c[k]);
        uint32_t hash = pl_lattice(i, j, g->seed[k]), place = pl_lattice(i, j, hash);
        double cs = g->spacing[k] * (i - g->shift_s[k] + 0.25 + (int32_t)(place & 0xFFFF) * (0.5 / 65536));
        double cc = g->spacing[k] * (j - g->shift_c[k] + 0.25 + (int32_t)(place >> 16) * (0.5 / 65536));
        double per_radius = 8 * g->per_m[k]; /* a power of two: exact */
        cells->hash[k] = hash, cells->s[k] = cs, cells->c[k] = cc;
        cells->x2[k] = ((s - cs) * (s - cs) + (c - cc) * (c - cc)) * (per_radius * per_radius);
    }
}

static double pl_seeded_craters(const pl_terrain *t, double s, double c, double lod) {
    pl_cells cells;
    double sum = 0, radius = PL_CRATER_LARGEST, fine = 2 / lod;
    int n = 0;
    for (double r = 4 * PL_CRATER_LARGEST; n < PL_CLASSES && r >= lod; r *= 0.5) n++;
    pl_look(&t->craters, n, s, c, &cells);
    for (int k = 0; k < n; k++, radius *= 0.5) {
        uint32_t h = cells.hash[k];
        if (cells.x2[k] >= 4 || (h & 0xFFFF) >= t->crater_probability[k] * 65536.0) continue;
        double age = (h >> 16) * (1.0 / 65536), fresh = age * age * age;
        double far = pl_far(t, cells.s[k], cells.c[k]), keep = radius <= 32 ? far + 0.12 * (1 - far) : far; /* 1 on rugged ground */
        double depth = 2 * radius * (0.02 + 0.16 * fresh) * keep;
        sum += pl_bowl(sqrt(cells.x2[k]), depth, 0.2 * depth) * pl_pass(2 * radius, fine);
    }
    return sum;
}

static double pl_features(const pl_terrain *t, double s, double c) {
    double sum = 0;
    for (int i = 0; i < t->crater_count; i++) {
        const pl_crater *k = &t->crater[i];
        double ds = s - k->downrange_m, dc = c - k->left_m, x2 = (ds * ds + dc * dc) / (k->radius_m * k->radius_m);
        if (x2 < 4) sum += pl_bowl(sqrt(x2), k->depth_m, k->rim_m);
    }
    for (int i = 0; i < t->step_count; i++)
        sum += t->step[i].height_m * pl_smoothstep((t->step[i].downrange_m - s) / t->step[i].width_m + 0.5);
    return sum;
}

/* Boulders: a class has one diameter and a lattice of cells 4 diameters wide, each with one boulder at most, wholly
   inside it. Half an ellipsoid, half as high as wide (Demidov and Basilevsky 2014: 0.5 to 0.6 on Lunokhod's ways). */
#define PL_ROCK_SMALLEST_M 0.3535533905932738 /* between 0.25 m and 0.5 m */
#define PL_ROCK_CELL 4.0
#define PL_ROCK_HEIGHT 0.5

static double pl_boulders(const pl_terrain *t, double s, double c, double lod) {
    double tallest = 0;
    for (int k = 0; k < PL_ROCKS; k++) {
        const pl_grids *g = &t->rocks;
        double wide = g->spacing[k] / PL_ROCK_CELL, seen = pl_pass(wide, 2 / lod);
        if (seen <= 0) continue;
        int32_t i = pl_floor(s * g->per_m[k] + g->shift_s[k]), j = pl_floor(c * g->per_m[k] + g->shift_c[k]);
        uint32_t hash = pl_lattice(i, j, g->seed[k]), place = pl_lattice(i, j, hash);
        if ((hash & 0xFFFFFF) >= t->rock_probability[k] * 16777216.0) continue;
        double cs = g->spacing[k] * (i - g->shift_s[k] + 0.125 + (int32_t)(place & 0xFFFF) * (0.75 / 65536));
        double cc = g->spacing[k] * (j - g->shift_c[k] + 0.125 + (int32_t)(place >> 16) * (0.75 / 65536));
        double x2 = ((s - cs) * (s - cs) + (c - cc) * (c - cc)) * 4 / (wide * wide);
        double height = x2 < 1 ? PL_ROCK_HEIGHT * wide * sqrt(1 - x2) * seen : 0;
        if (height > tallest) tallest = height;
    }
    return tallest;
}

double pl_mapped(const pl_terrain *t, double s, double c, double lod) {
    double sum = t->elevation_m + pl_relief(t, s, c, lod);
    if (t->raster_count) sum = pl_overlaid(t, s, c, lod, sum);
    sum += pl_rough(t, s, c, lod);
    return t->crater_density > 0 ? sum + pl_seeded_craters(t, s, c, lod) : sum;
}

double pl_height(const pl_terrain *t, double s, double c, double lod) {
    lod = lod > 1e-3 ? lod : 1e-3;
    double height = pl_mapped(t, s, c, lod) + pl_features(t, s, c);
    return t->rock_ratio > 0 ? height + pl_boulders(t, s, c, lod) : height;
}

void pl_slopes(const pl_terrain *t, double s, double c, double baseline, double lod, double *slope) {
    double b = 0.5 * baseline;
    slope[0] = (pl_height(t, s + b, c, lod) - pl_height(t, s - b, c, lod)) / baseline;
    slope[1] = (pl_height(t, s, c + b, lod) - pl_height(t, s, c - b, lod)) / baseline;
}

void pl_rise(const pl_terrain *t, double s, double c, double resolution, double *slope) {
    double height = pl_height(t, s, c, resolution);
    slope[0] = (pl_height(t, s + resolution, c, resolution) - height) / resolution;
    slope[1] = (pl_height(t, s, c + resolution, resolution) - height) / resolution;
}

double pl_albedo(const pl_terrain *t, double s, double c) {
    double shade[PL_GRIDS], sum = 0;
    pl_noises(&t->shades, PL_SHADES, s, c, shade);
    for (int i = 0; i < PL_SHADES; i++) sum += shade[i];
    return pl_clamp(t->albedo_mean + t->albedo_sigma * sum / (PL_NOISE_SIGMA * 1.7320508), 0.04, 0.4);
}

/* `count` lattices, the first of this spacing, each a `finer`th of the one before; draws from `first` on. */
static void pl_fill_grids(const pl_terrain *t, uint64_t first, int count, double spacing, double finer, pl_grids *g) {
    for (int i = 0; i < count; i++, spacing /= finer) {
        uint32_t seed = (uint32_t)(pl_draw(t->stream, first + i) >> 32);
        g->spacing[i] = spacing, g->per_m[i] = 1 / spacing, g->seed[i] = seed;
        g->shift_s[i] = (seed & 0xFFFF) * (1.0 / 65536), g->shift_c[i] = (seed >> 16) * (1.0 / 65536);
    }
}

/* Golombek and Rapp (1997, JGR 102, 4117): the fraction of the ground under boulders wider than D is
   k exp(-(1.79 + 0.152 / k) D). A class holds those between its diameter over and times the root of two. */
static double pl_covered(double k, double wide) { return k * pl_exp(-(1.79 + 0.152 / k) * wide); }

static void pl_strew(pl_terrain *t) {
    pl_fill_grids(t, 400, PL_ROCKS, PL_ROCK_CELL * 8 * PL_ROCK_SMALLEST_M, 2, &t->rocks);
    t->tallest_rock_m = t->rock_ratio > 0 ? PL_ROCK_HEIGHT * 8 * PL_ROCK_SMALLEST_M : 0;
    for (int k = 0; k < PL_ROCKS && t->rock_ratio > 0; k++) {
        double wide = t->rocks.spacing[k] / PL_ROCK_CELL, low = wide * 0.7071067811865476, high = 2 * low;
        double area = pl_covered(t->rock_ratio, low) - pl_covered(t->rock_ratio, high);
        t->rock_probability[k] = pl_clamp(area * PL_ROCK_CELL * PL_ROCK_CELL * 4 / PL_PI, 0, 1);
    }
}

void pl_terrain_prepare(pl_terrain *t) {
    pl_fill_grids(t, 0, PL_OCTAVES, t->longest_m, 2, &t->relief);
    pl_fill_grids(t, 100, PL_ROUGH, t->raster_count ? t->raster[t->raster_count - 1].post_m : 64, 2, &t->rough);
    pl_fill_grids(t, 200, PL_CLASSES, 8 * PL_CRATER_LARGEST, 2, &t->craters);
    pl_fill_grids(t, 300, PL_SHADES, 6400, 8, &t->shades);
    double ratio = pl_exp(-t->hurst * 0.69314718055994531), energy = 0, scale = 1;
    t->octaves = 0;
    for (; t->octaves < PL_OCTAVES && t->relief.spacing[t->octaves] >= 1; scale *= ratio) {
        t->amplitude[t->octaves++] = scale;
        energy += scale * scale;
    }
    for (int i = 0; i < t->octaves; i++) t->amplitude[i] *= t->relief_m / (sqrt(energy) * PL_NOISE_SIGMA);
    scale = 1e3;
    for (int i = 0; i < PL_ROUGH; i++, scale *= ratio) t->rough_amplitude[i] = scale;
    double sum = 0, b = 0.5 * t->footprint_m;
    for (int i = 0; i < 2000; i++) {
        double s = 400 * (pl_uniform(t->stream, 1000 + 2 * i) - 0.5);
        double c = 400 * (pl_uniform(t->stream, 1001 + 2 * i) - 0.5);
        double rise = (pl_rough(t, s + b, c, 1e-3) - pl_rough(t, s - b, c, 1e-3)) / t->footprint_m;
        sum += rise * rise;
    }
    for (int i = 0; i < PL_ROUGH; i++) t->rough_amplitude[i] *= t->slope / sqrt(sum / 2000);
    /* Equilibrium of small craters, N(>D) = 10^-1.1 / D^2 (Trask 1966), is 0.95 a cell; maria are younger than
       equilibrium above some 100 m of radius. */
    double radius = PL_CRATER_LARGEST;
    for (int k = 0; k < PL_CLASSES; k++, radius *= 0.5)
        t->crater_probability[k] =
            radius > t->crater_largest_m
                ? 0
                : pl_clamp(0.95 * t->crater_density * (radius > t->crater_break_m ? t->crater_break_m / radius : 1), 0, 1);
    pl_strew(t);
}
