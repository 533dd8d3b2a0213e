#pragma once
/* The Moon's gravity beyond the central term: a spherical harmonic series, summed once over a strip of nodes round the
   ground track, and read there by linear interpolation. docs/ground.md has the equations and the errors. */
#include "types.h"

/* What the series adds to the central term at `position` (m, Moon-fixed axes), into `acceleration` (m/s2). `work` has
   room for PL_HARMONIC_ARRAYS times (degree + 3)^2 doubles, and pl_harmonics_prepare has filled it. */
void pl_harmonics_at(const pl_harmonics *h, double *work, const double *position, double *acceleration);

/* The factors of the recursion that hang on degree and order only. */
void pl_harmonics_weights(const pl_harmonics *h, double *work);

/* Disturbing acceleration (m/s2, site axes) at a place in the site frame; zero without a strip. Outside the strip that of
   its nearest place. */
void pl_disturbance(const pl_world *w, const double *position, double *acceleration);
