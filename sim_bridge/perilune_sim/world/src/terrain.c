#include "terrain.h"

#include <math.h>
#include <stdint.h>

#include "maths.h"
#include "noise.h"
#include "random.h"
#include "types.h"

/* A bowl with a raised rim that dies out at two radii; x is distance over radius. */
static inline double pl_bowl(double x, double depth, double rim) {
    if (x >= 2) return 0;
    return x < 1 ? (depth + rim) * x * x - depth : rim * (2 - x) * (2 - x);
}

/* How much of an octave of this spacing a resolution of 2 / fine (m) lets through. */
static inline double pl_pass(double spacing, double fine) { return pl_clamp(spacing * fine - 1, 0, 1); }

/* Relief weight at distance d: 0 at the site, 1 beyond smooth_radius_m. */
static inline double pl_far(const pl_terrain *t, double s, double c) {
    return pl_smoothstep(sqrt(s * s + c * c) / t->smooth_radius_m);
}

static double pl_relief(const pl_terrain *t, double s, double c, double lod) {
    double weight = pl_far(t, s, c), fine = 2 / lod, amplitude[PL_OCTAVES];
    int n = 0;
    for (; n < t->octaves; n++) {
        amplitude[n] = t->amplitude[n] * weight * pl_pass(t->relief[n].spacing, fine);
        if (amplitude[n] < 1e-4) break;
    }
    return pl_octaves(t->relief, n, amplitude, s, c);
}

/* Roughness of the landing area: spacings 64 m to 1 m everywhere. */
static double pl_rough(const pl_terrain *t, double s, double c, double lod) {
    double fine = 2 / lod, amplitude[PL_ROUGH];
    int n = 0;
    for (; n < PL_ROUGH; n++) {
        amplitude[n] = t->rough_amplitude[n] * pl_pass(t->rough[n].spacing, fine);
        if (amplitude[n] < 1e-4) break;
    }
    return pl_octaves(t->rough, n, amplitude, s, c);
}

/* Seeded craters. A class has one radius and a lattice of cells 8 radii wide; a cell holds at most one crater,
   wholly inside it, so that one cell a class decides the height. */
#define PL_CRATER_LARGEST 4096.0

static double pl_seeded_craters(const pl_terrain *t, double s, double c, double lod) {
    double sum = 0, radius = PL_CRATER_LARGEST, fine = 2 / lod;
    for (int k = 0; k < PL_CLASSES; k++, radius *= 0.5) {
        if (4 * radius < lod) break;
        const pl_grid *cells = &t->craters[k];
        int32_t i = pl_floor(s * cells->per_m + cells->shift_s), j = pl_floor(c * cells->per_m + cells->shift_c);
        uint32_t h = pl_lattice(i, j, cells->seed);
        if ((h & 0xFFFF) >= t->crater_probability[k] * 65536.0) continue;
        uint32_t g = pl_lattice(i, j, h);
        double cs = cells->spacing * (i - cells->shift_s + 0.25 + (g & 0xFFFF) * (0.5 / 65536));
        double cc = cells->spacing * (j - cells->shift_c + 0.25 + (g >> 16) * (0.5 / 65536));
        double x2 = ((s - cs) * (s - cs) + (c - cc) * (c - cc)) / (radius * radius);
        if (x2 >= 4) continue;
        double age = (h >> 16) * (1.0 / 65536), fresh = age * age * age;
        double far = pl_far(t, cs, cc), keep = radius <= 32 ? far + 0.12 * (1 - far) : far;
        double depth = 2 * radius * (0.02 + 0.16 * fresh) * keep;
        sum += pl_bowl(sqrt(x2), depth, 0.2 * depth) * pl_pass(2 * radius, fine);
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

double pl_mapped(const pl_terrain *t, double s, double c, double lod) {
    double sum = t->elevation_m + pl_relief(t, s, c, lod) + pl_rough(t, s, c, lod);
    return t->crater_density > 0 ? sum + pl_seeded_craters(t, s, c, lod) : sum;
}

double pl_height(const pl_terrain *t, double s, double c, double lod) {
    return pl_mapped(t, s, c, lod > 1e-3 ? lod : 1e-3) + pl_features(t, s, c);
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
    double sum = 0;
    for (int i = 0; i < PL_SHADES; i++) sum += pl_octave(&t->shades[i], s, c);
    return pl_clamp(t->albedo_mean + t->albedo_sigma * sum / (PL_NOISE_SIGMA * 1.7320508), 0.04, 0.4);
}

/* `count` lattices, the first of this spacing, each a `finer`th of the one before; draws from `first` on. */
static void pl_grids(const pl_terrain *t, uint64_t first, int count, double spacing, double finer, pl_grid *grid) {
    for (int i = 0; i < count; i++, spacing /= finer) {
        uint32_t seed = (uint32_t)(pl_draw(t->stream, first + i) >> 32);
        double shift_s = (seed & 0xFFFF) * (1.0 / 65536), shift_c = (seed >> 16) * (1.0 / 65536);
        grid[i] = (pl_grid){spacing, 1 / spacing, shift_s, shift_c, seed};
    }
}

void pl_terrain_prepare(pl_terrain *t) {
    pl_grids(t, 0, PL_OCTAVES, t->longest_m, 2, t->relief);
    pl_grids(t, 100, PL_ROUGH, 64, 2, t->rough);
    pl_grids(t, 200, PL_CLASSES, 8 * PL_CRATER_LARGEST, 2, t->craters);
    pl_grids(t, 300, PL_SHADES, 6400, 8, t->shades);
    double ratio = pl_exp(-t->hurst * 0.69314718055994531), energy = 0, scale = 1;
    t->octaves = 0;
    for (; t->octaves < PL_OCTAVES && t->relief[t->octaves].spacing >= 1; scale *= ratio) {
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
        t->crater_probability[k] = pl_clamp(0.95 * t->crater_density * (radius > 100 ? 100 / radius : 1), 0, 1);
}
