#pragma once
/* Star tracker, housekeeping, and the whole SENSORS payload of a tick. */
#include <stdint.h>

#include "types.h"

/* Bottle pressure falls to a fifth as the tank empties (regulated feed). */
double pl_pressurant_kpa(const pl_world *w);

/* The whole SENSORS payload of this tick, in the state. */
void pl_sense(pl_world *w, uint32_t switches);
