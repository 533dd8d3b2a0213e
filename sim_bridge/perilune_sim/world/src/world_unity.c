/* The whole world as one translation unit, so that the compiler inlines across its parts. Nothing but the entry points
   of world.h is called from outside, and they only by the extension that includes this file. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* before any system header, for lockstep.c */
#endif
#pragma GCC visibility push(hidden)
#include "noise.c"
#include "raster.c"
#include "terrain.c"
#include "frames.c"
#include "gravity.c"
#include "propulsion.c"
#include "contact.c"
#include "dynamics.c"
#include "queue.c"
#include "imu.c"
#include "rays.c"
#include "beams.c"
#include "sensors.c"
#include "step.c"
#include "truth.c"
#include "framing.c"
#include "lockstep.c"
#include "exposed.c"
#pragma GCC visibility pop
