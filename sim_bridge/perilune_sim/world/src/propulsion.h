#pragma once
/* Main engines, thrusters and tank. */
#include <stdint.h>

#include "types.h"

typedef struct {
    double force[3], moment[3]; /* body; moment about the body origin */
    double flow_kg_s;
} pl_push;

/* Adds factor times a force at a position, both body. */
void pl_add_push(const double *position, const double *force, double factor, pl_push *push);

/* Commanded throttle of engine n this tick, 0 when off; kept by tick so that a fault can delay it. */
double pl_throttle(pl_world *w, int n, const uint8_t *actuators);

void pl_push_engines(pl_world *w, const double *command, double dt, pl_push *push);
void pl_push_thrusters(pl_world *w, const uint8_t *actuators, pl_push *push);

/* When the tank runs dry within dt everything thrusts for the part it lasts. */
void pl_drain(pl_world *w, double dt, pl_push *push);

/* A leak and falling pressures over dt. */
void pl_tank_faults(pl_world *w, double dt);
