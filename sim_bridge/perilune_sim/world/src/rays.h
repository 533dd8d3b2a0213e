#pragma once
/* Rays to the ground. */
#include "types.h"

/* March along the ray from o in direction u (site frame). Relief much finer than the height is left out until the ray
   is near it. */
pl_ray pl_cast(const pl_world *w, const double *o, const double *u, double furthest, double footprint);
