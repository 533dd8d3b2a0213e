#pragma once
/* Elevation rasters cut out round the site, coarser copies of each beside it. */
#include "types.h"

/* The height h (m) of the ground without rasters, with those laid over it that reach this place; towards its edge a
   raster fades out over PL_EDGE posts. Relief shorter than about lod (m) is left out. */
double pl_overlaid(const pl_terrain *t, double s, double c, double lod, double h);
