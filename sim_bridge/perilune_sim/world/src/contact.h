#pragma once
/* Feet and hull on the ground: one-sided spring and damper along the local normal with regularised Coulomb friction.
   Each point sees the tangent plane of the ground under it, renewed every tick (a point moves centimetres). */
#include "propulsion.h"
#include "types.h"

#define PL_SWITCH_N 30.0 /* a leg's contact switch closes above this load */

typedef struct {
    int used;
    double normal[3], level; /* normal . p = level, p in the site frame */
} pl_plane;

typedef struct {
    double mass, inertia[3], com[3];
} pl_body;

/* The ground under each point that may touch it this tick. */
void pl_find_planes(const pl_world *w, pl_plane *planes);

/* Adds the ground's forces in state y to push (body frame). spin: body rate relative to the site frame. */
void pl_push_ground(pl_world *w, const pl_plane *planes, const double *y, const double *c, const double *spin,
                    pl_push *push);
