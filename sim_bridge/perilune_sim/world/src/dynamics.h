#pragma once
/* Six degrees of freedom, RK4. State: position and Moon-relative velocity of the body origin in the site frame (which
   turns with the Moon), attitude body to site, inertial body rate. The origin, not the centre of mass, is carried so
   that the inertial units sit still in the equations while propellant moves the centre of mass.
   Left out: slosh, gravity gradient, jet damping and the change of inertia within a sub-step. */
#include <stdint.h>

#include "types.h"

#define PL_TICK_S 0.02

/* One tick of motion under the ACTUATORS payload (NULL: nothing commanded). */
void pl_advance(pl_world *w, const uint8_t *actuators);
