/* What is true now, as doubles in the order of TRUTH in truth.py. */
#include "world.h"

#include <math.h>
#include <string.h>

#include "dynamics.h"
#include "frames.h"
#include "maths.h"
#include "places.h"
#include "queue.h"
#include "sensors.h"
#include "step.h"
#include "terrain.h"
#include "types.h"

/* Lowest footpad above the ground below it; *bottom: its height above the sphere. */
static double pl_agl(const pl_world *w, double *bottom) {
    double c[9], lowest = 1e30;
    *bottom = 1e30;
    pl_matrix(w->state.y + 6, c);
    for (int n = 0; n < PL_LEGS; n++) {
        double p[3], s, left, altitude;
        pl_point(w->state.y, c, w->vehicle.point + 3 * n, p);
        pl_arcs(w, p, &s, &left, &altitude);
        if (altitude < *bottom) *bottom = altitude;
        altitude -= pl_height(&w->terrain, s, left, 0);
        if (altitude < lowest) lowest = altitude;
    }
    return lowest;
}

/* What an altimeter's last sample says of the footpads' height: NaN unless valid and delivered in the last 5 ticks.
   The sample carries the elevation it implies, by true geometry when it was taken. */
static double pl_sensed_agl(const pl_world *w, int unit, double bottom) {
    const pl_queue *q = &w->state.queue[unit];
    int good = q->started && q->current.status & ST_VALID && w->state.tick - q->current.due <= 5;
    return good ? bottom - q->current.value[2] : NAN;
}

void pl_truth(const pl_world *w, double *out) {
    const pl_state *s = &w->state;
    pl_touchdown now;
    double downrange, left, altitude, bottom, total = 0, *p = out;
    pl_attitude_now(w, &now);
    pl_arcs(w, s->y, &downrange, &left, &altitude);
    *p++ = s->tick;
    memcpy(p, s->y, sizeof s->y), p += 13;
    *p++ = w->vehicle.dry_kg + s->propellant_kg, *p++ = s->propellant_kg;
    *p++ = altitude, *p++ = pl_agl(w, &bottom), *p++ = downrange, *p++ = left;
    *p++ = now.vertical_m_s, *p++ = now.horizontal_m_s, *p++ = now.tilt_deg, *p++ = now.rate_deg_s;
    for (int i = 0; i < 3; i++) *p++ = s->dvel[i] / PL_TICK_S;
    for (int i = 0; i < PL_ENGINES; i++) total += s->engine[i].thrust_n;
    *p++ = total;
    for (int i = 0; i < PL_ENGINES; i++) *p++ = s->engine[i].thrust_n;
    *p++ = pl_height(&w->terrain, downrange, left, 0), *p++ = pl_slope_deg(w, downrange, left);
    *p++ = pl_touching(s) & 15, *p++ = pl_touching(s) >> PL_LEGS;
    *p++ = s->legs_out_tick <= s->tick, *p++ = s->landed, *p++ = s->rest_ticks >= PL_REST_TICKS;
    *p++ = s->tipped, *p++ = s->crashed, *p++ = s->hull_strike, *p++ = s->worst_impact_m_s;
    *p++ = s->tank_kpa, *p++ = pl_pressurant_kpa(w), *p++ = s->payload_tick;
    *p++ = pl_sensed_agl(w, PL_LASER, bottom), *p++ = pl_sensed_agl(w, PL_RADAR, bottom);
    p[0] = p[-2] == p[-2] ? s->queue[PL_LASER].current.value[0] : NAN;
}
