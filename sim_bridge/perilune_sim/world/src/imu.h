#pragma once
/* Inertial units: increments over the tick at the body origin. */
#include <stdint.h>

#include "types.h"

/* First-order Gauss-Markov accelerometer bias, advanced once a second; starts in its steady state. */
void pl_drift(pl_world *w, int unit);

/* Status byte and the six increments of a unit. */
void pl_imu(pl_world *w, int unit, int off, uint8_t *status, uint8_t *data);
