#pragma once
/* A tick of the world. */
#include "types.h"

#define PL_REST_TICKS 50

/* Speeds in the local level, tilt, and where the vehicle is. */
void pl_attitude_now(const pl_world *w, pl_touchdown *x);

/* Slope of the ground over a footprint. */
double pl_slope_deg(const pl_world *w, double s, double c);

/* A bit for each point of contact that carries load: legs, then hull. */
int pl_touching(const pl_state *s);
