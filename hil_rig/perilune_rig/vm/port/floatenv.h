// The floating point environment of the RP2040: its boot ROM reads and writes denormals as signed zero.
#pragma once
#include <stdint.h>

typedef uint64_t float_env_t;

// Enter the board's environment (round to nearest, no traps, denormals flushed both ways); returns the caller's.
float_env_t float_env_enter(void);
void float_env_leave(float_env_t callers);
