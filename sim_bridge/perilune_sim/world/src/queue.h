#pragma once
/* What range sensors, velocimeter and star tracker share: samples on a schedule, delivered late, repeated in between,
   power, and the faults that act on delivery. */
#include <stdint.h>

#include "types.h"

#define PL_WARM_UP_TICKS 100

enum { PL_LASER, PL_RADAR, PL_VELOCIMETER, PL_STAR };

/* Whether a unit samples this tick. */
int pl_due(uint32_t tick, uint32_t period, uint32_t phase);

/* A sample taken now, due after the latency. A unit whose extra delay ends drops its backlog. */
void pl_push_sample(pl_world *w, int unit, uint32_t latency, const pl_sample *taken);

/* Status and age bytes of a unit; the sample itself is left to the caller. False: the unit says nothing. */
int pl_report(pl_world *w, int unit, int off, uint32_t period, uint8_t *status, uint8_t *age);

/* Extra error a faulty unit adds to a value with noise of 1 sigma; counters k and k + 1 of the stream. */
double pl_fault_error(const pl_unit_effect *fault, double noise, double sigma, uint64_t stream, uint64_t k);

/* What a faulty unit's constant, growing and periodic errors come to now, in the unit of its value; active ones only. */
double pl_fault_offset(const pl_world *w, const pl_unit_effect *fault);

/* Whether an intermittent fault takes this sample. */
int pl_lost(const pl_unit_effect *fault, uint64_t stream, uint64_t k);
