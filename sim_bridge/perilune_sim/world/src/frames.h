#pragma once
/* Where a point of the site frame is on the sphere, and which way is up there. */
#include "types.h"

/* Arcs downrange and left of the point p (site frame) and its height above the sphere. */
void pl_arcs(const pl_world *w, const double *p, double *s, double *c, double *altitude);

/* Unit vectors downrange, left and up at the point p. */
void pl_local(const pl_world *w, const double *p, double e[3][3]);

/* Outward normal of the ground at p from its slopes. */
void pl_ground_normal(const pl_world *w, const double *p, const double *slope, double *normal);

/* Site frame position of a point of the body; y: position, c: rotation matrix of the attitude. */
void pl_point(const double *y, const double *c, const double *body, double *p);

/* Site frame from inertial after this many ticks. */
void pl_site_from_inertial(const pl_world *w, double t, double *q);
