#pragma once
/* The sensors that cast rays to the ground: laser, radar, velocimeter. */
#include <stdint.h>

#include "types.h"

/* Range and rate of an altimeter after this tick; rate is NULL for the laser. */
void pl_altimeter(pl_world *w, int unit, int off, int descent_head, uint8_t *status, uint8_t *age, uint8_t *range,
                  uint8_t *rate);

/* The velocimeter's items of the SENSORS payload. */
void pl_velocimeter(pl_world *w, int off, uint8_t *out);
