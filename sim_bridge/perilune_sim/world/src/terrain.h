#pragma once
/* The ground: height above the reference sphere and albedo at (downrange arc, left arc) round the site.
   Everything above asks pl_height, pl_slopes and pl_albedo only; an elevation raster can stand in there. */
#include "types.h"

/* Ground that a map of resolution lod shows: no explicit features, they are there to surprise. */
double pl_mapped(const pl_terrain *t, double s, double c, double lod);

/* Height (m) above the sphere at arcs s, c (m); relief shorter than about lod (m) is left out, 0 = everything. */
double pl_height(const pl_terrain *t, double s, double c, double lod);

/* Slopes downrange and left over a baseline (m) centred here. */
void pl_slopes(const pl_terrain *t, double s, double c, double baseline, double lod, double *slope);

/* Slopes over one resolution cell, one-sided: cheaper than pl_slopes. */
void pl_rise(const pl_terrain *t, double s, double c, double resolution, double *slope);

double pl_albedo(const pl_terrain *t, double s, double c);

/* Octave amplitudes from the structure, and roughness scaled so that its slope over the footprint has the 1 sigma
   asked for (measured on this field: no closed form for a finite baseline). */
void pl_terrain_prepare(pl_terrain *t);
