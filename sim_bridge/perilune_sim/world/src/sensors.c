#include "sensors.h"

#include <stddef.h>
#include <stdint.h>

#include "beams.h"
#include "dynamics.h"
#include "frames.h"
#include "imu.h"
#include "maths.h"
#include "places.h"
#include "queue.h"
#include "random.h"
#include "types.h"
#include "wire.h"

static void pl_star_sample(pl_world *w, pl_sample *x) {
    const pl_star_config *m = &w->sensors.star;
    const pl_unit_effect *fault = &w->state.effects.unit[PL_STAR];
    const uint64_t k = 16ull * w->state.tick;
    double q[4], error[3], n[4], dq[4];
    pl_site_from_inertial(w, PL_TICK_S * w->state.tick, q);
    q[1] = -q[1], q[2] = -q[2], q[3] = -q[3];
    pl_qmul(q, w->state.y + 6, q);
    pl_normal2(m->stream, k, n), pl_normal2(m->stream, k + 2, n + 2);
    for (int i = 0; i < 3; i++)
        error[i] = m->bias[i] + pl_fault_error(fault, n[i], m->noise, m->stream, k + 6 + 2 * i)
                   + (fault->active && fault->axes >> i & 1 ? pl_fault_offset(w, fault) : 0);
    pl_qvector(error, dq);
    pl_qmul(q, dq, x->value);
    pl_qnormalise(x->value);
    if (x->value[0] < 0)
        for (int i = 0; i < 4; i++) x->value[i] = -x->value[i];
    int seen = pl_norm(w->state.y + 10) <= m->max_rate && pl_uniform(m->stream, k + 4) >= m->dropout
               && !pl_lost(fault, m->stream, k + 5);
    x->status = seen ? ST_VALID : 0;
}

static void pl_star(pl_world *w, uint8_t *out) {
    static const double identity[4] = {1, 0, 0, 0};
    const pl_star_config *m = &w->sensors.star;
    if (pl_due(w->state.tick, m->period, m->phase)) {
        pl_sample x = {0};
        pl_star_sample(w, &x);
        pl_push_sample(w, PL_STAR, m->latency, &x);
    }
    int says = pl_report(w, PL_STAR, 0, m->period, out + SENS_STAR_STATUS, out + SENS_STAR_AGE_MS);
    int good = says && w->state.queue[PL_STAR].current.status & ST_VALID;
    pl_put_floats(out + SENS_STAR_Q, good ? w->state.queue[PL_STAR].current.value : identity, 4);
}

static uint32_t pl_kpa(double pressure, double ratio, double n) {
    return (uint32_t)(pl_clamp(pressure * (1 + ratio * n), 0, 65535) + 0.5);
}

double pl_pressurant_kpa(const pl_world *w) {
    double full = w->vehicle.propellant_kg > 0 ? w->state.propellant_kg / w->vehicle.propellant_kg : 0;
    return w->vehicle.pressurant_kpa * (0.2 + 0.8 * full) + w->state.pressurant_offset_kpa;
}

static double pl_gauge(const pl_world *w, double reading_kg) {
    const pl_gauge_effect *fault = &w->state.effects.gauge;
    if (!fault->active) return reading_kg;
    if (fault->stuck) return fault->stuck_at;
    double wrong = fault->bias + fault->ramp * PL_TICK_S * w->state.tick + fault->scale * w->state.propellant_kg;
    return pl_clamp(reading_kg + wrong, 0, 1e6);
}

/* Tank, bottle and gauge are read at 10 Hz. */
static void pl_tank(pl_world *w, uint8_t *out) {
    pl_state *s = &w->state;
    const pl_sensors *m = &w->sensors;
    if (s->tick % 5 == 0 || s->tick <= 1) {
        double n[4];
        uint64_t k = 0x8000000000ull + 4ull * s->tick;
        pl_normal2(m->housekeeping_stream, k, n), pl_normal2(m->housekeeping_stream, k + 2, n + 2);
        s->tank_reading[0] = pl_kpa(s->tank_kpa, m->pressure_ratio, n[0]);
        s->tank_reading[1] = pl_kpa(pl_pressurant_kpa(w), m->pressure_ratio, n[1]);
        s->tank_reading[2] = pl_gauge(w, s->propellant_kg + m->gauge_bias + m->gauge_noise * n[2]);
    }
    pl_put16(out + SENS_TANK_KPA, (uint32_t)s->tank_reading[0]);
    pl_put16(out + SENS_PRESSURANT_KPA, (uint32_t)s->tank_reading[1]);
    pl_put_float(out + SENS_PROPELLANT_KG, s->tank_reading[2]);
}

static void pl_chambers(pl_world *w, uint8_t *out) {
    for (int n = 0; n < w->vehicle.engine_count; n += 2) {
        double noise[2];
        pl_normal2(w->sensors.housekeeping_stream, 8ull * w->state.tick + n, noise);
        for (int i = n; i < n + 2 && i < w->vehicle.engine_count; i++) {
            double full = w->state.engine[i].thrust_n / w->vehicle.engine[i].thrust_n;
            pl_put16(out + SENS_CHAMBER_KPA + 3 * i,
                     pl_kpa(w->vehicle.chamber_kpa * full, w->sensors.pressure_ratio, noise[i - n]));
        }
    }
}

static int pl_forced(const pl_bits_effect *fault, int bits) {
    return fault->active ? (bits & ~fault->off_bits) | fault->on_bits : bits;
}

void pl_sense(pl_world *w, uint32_t switches) {
    pl_state *s = &w->state;
    uint8_t *out = s->payload;
    pl_put32(out + SENS_TICK, s->tick);
    pl_put32(out + SENS_TIME_MS, s->tick * 20);
    pl_imu(w, 0, (switches & SW_IMU_A_POWER_OFF) != 0, out + SENS_IMU_A_STATUS, out + SENS_IMU_A_DTHETA);
    pl_imu(w, 1, (switches & SW_IMU_B_POWER_OFF) != 0, out + SENS_IMU_B_STATUS, out + SENS_IMU_B_DTHETA);
    pl_star(w, out);
    pl_altimeter(w, PL_LASER, (switches & SW_LRF_POWER_OFF) != 0, (switches & SW_LRF_DESCENT_HEAD) != 0,
                 out + SENS_LRF_STATUS, out + SENS_LRF_AGE_MS, out + SENS_LRF_RANGE_M, NULL);
    pl_altimeter(w, PL_RADAR, (switches & SW_RADAR_POWER_OFF) != 0, (switches & SW_RADAR_DESCENT_HEAD) != 0,
                 out + SENS_RADAR_STATUS, out + SENS_RADAR_AGE_MS, out + SENS_RADAR_RANGE_M, out + SENS_RADAR_RATE_M_S);
    pl_velocimeter(w, (switches & SW_VELOCIMETER_POWER_OFF) != 0, out);
    out[SENS_LEG_CONTACT] = (uint8_t)(pl_forced(&s->effects.contact, (int)s->leg_contact) & 0xFF);
    out[SENS_DISCRETES] = (uint8_t)(pl_forced(&s->effects.discretes, 0) & 0xFF);
    pl_chambers(w, out);
    pl_tank(w, out);
}
