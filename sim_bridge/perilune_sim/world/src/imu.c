#include "imu.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dynamics.h"
#include "maths.h"
#include "places.h"
#include "queue.h"
#include "random.h"
#include "types.h"
#include "wire.h"

/* Instability of a gyro's bias, first-order Gauss-Markov like the accelerometers'. */
static void pl_gyro_drift(pl_world *w, int unit) {
    const pl_imu_config *m = &w->sensors.imu[unit];
    double *drift = w->state.gyro_drift + 3 * unit, n[4];
    uint64_t k = 0xC000000000ull + 4ull * w->state.tick;
    pl_normal2(m->stream, k, n), pl_normal2(m->stream, k + 2, n + 2);
    double keep = w->state.tick == 0 ? 0 : pl_exp(-1 / m->gyro_drift_time_s);
    for (int i = 0; i < 3; i++) drift[i] = keep * drift[i] + m->gyro_drift * sqrt(1 - keep * keep) * n[i];
}

void pl_drift(pl_world *w, int unit) {
    const pl_imu_config *m = &w->sensors.imu[unit];
    double *drift = w->state.drift + 3 * unit, n[4];
    uint64_t k = 0x8000000000ull + 4ull * w->state.tick;
    pl_normal2(m->stream, k, n), pl_normal2(m->stream, k + 2, n + 2);
    double keep = w->state.tick == 0 ? 0 : pl_exp(-1 / m->accel_drift_time_s);
    for (int i = 0; i < 3; i++) drift[i] = keep * drift[i] + m->accel_drift * sqrt(1 - keep * keep) * n[i];
    if (m->gyro_drift > 0) pl_gyro_drift(w, unit);
}

/* What disturbs a gyro beside its bias: specific force, and the vibration of the engines rectified about the thrust
   axis, as coning is. */
static void pl_disturb_gyro(const pl_world *w, const pl_imu_config *m, int unit, double *bias) {
    double thrust = 0, full = 0;
    for (int n = 0; n < w->vehicle.engine_count; n++)
        thrust += w->state.engine[n].thrust_n, full += w->vehicle.engine[n].thrust_n;
    for (int i = 0; i < 3; i++)
        bias[i] += w->state.gyro_drift[3 * unit + i] + m->gyro_per_m_s2 * w->state.dvel[i] / PL_TICK_S;
    bias[2] += m->rectified * thrust / full;
}

/* One triad: matrix * truth + bias * dt + walk, clipped; returns the status bits it earns. */
static int pl_triad(const double *matrix, const double *truth, const double *bias, double walk, const double *n,
                    double limit, double *out) {
    int status = ST_VALID | ST_FRESH;
    pl_rotate(matrix, truth, out);
    for (int i = 0; i < 3; i++) {
        out[i] += bias[i] * PL_TICK_S + walk * n[i];
        double most = limit * PL_TICK_S;
        if (fabs(out[i]) > most) out[i] = out[i] > 0 ? most : -most, status |= ST_SATURATED;
    }
    return status;
}

/* Measures into out: rotation, then velocity increment. Returns the status byte. */
static int pl_imu_measure(const pl_world *w, int unit, double *out) {
    const pl_imu_config *m = &w->sensors.imu[unit];
    const pl_imu_effect *fault = &w->state.effects.imu[unit];
    double n[6], accel_bias[3], gyro_bias[3], accel_limit = m->accel_limit, gyro_limit = m->gyro_limit, noise = 1;
    uint64_t k = 8ull * w->state.tick;
    for (int i = 0; i < 6; i += 2) pl_normal2(m->stream, k + i, n + i);
    for (int i = 0; i < 3; i++) {
        accel_bias[i] = m->accel_bias[i] + w->state.drift[3 * unit + i];
        gyro_bias[i] = m->gyro_bias[i];
    }
    if (m->gyro_drift > 0 || m->gyro_per_m_s2 != 0 || m->rectified != 0) pl_disturb_gyro(w, m, unit, gyro_bias);
    if (fault->active) {
        const double now_s = PL_TICK_S * w->state.tick;
        for (int i = 0; i < 3; i++) {
            accel_bias[i] += fault->accel_bias[i] + fault->accel_ramp[i] * now_s;
            gyro_bias[i] += fault->gyro_bias[i] + fault->gyro_ramp[i] * now_s;
            accel_bias[i] += fault->accel_scale[i] * w->state.dvel[i] / PL_TICK_S;
            gyro_bias[i] += fault->gyro_scale[i] * w->state.dtheta[i] / PL_TICK_S;
        }
        if (fault->accel_limit > 0) accel_limit = fault->accel_limit;
        if (fault->gyro_limit > 0) gyro_limit = fault->gyro_limit;
        noise = fault->noise;
    }
    int status = pl_triad(m->gyro_matrix, w->state.dtheta, gyro_bias, noise * m->gyro_walk, n, gyro_limit, out);
    status |= pl_triad(m->accel_matrix, w->state.dvel, accel_bias, noise * m->accel_walk, n + 3, accel_limit, out + 3);
    if (fault->active && fault->gyro_zero) memset(out, 0, 3 * sizeof *out);
    if (fault->active && fault->accel_zero) memset(out + 3, 0, 3 * sizeof *out);
    return status;
}

void pl_imu(pl_world *w, int unit, int off, uint8_t *status, uint8_t *data) {
    pl_state *s = &w->state;
    pl_imu_effect *fault = &s->effects.imu[unit];
    double *out = s->imu_last + 6 * unit, fresh[6], nothing[6] = {0};
    if (off) {
        s->imu_ready[unit] = s->tick + PL_WARM_UP_TICKS;
        if (fault->active && fault->until_power_cycle) memset(fault, 0, sizeof *fault), s->cured++;
    }
    if (s->tick % 50 == 0) pl_drift(w, unit);
    int now = pl_imu_measure(w, unit, fresh);
    if (!(fault->active && fault->frozen)) {
        memcpy(out, fresh, sizeof fresh);
        s->imu_last_status[unit] = (uint8_t)now;
    }
    int silent = off || s->tick < s->imu_ready[unit] || (fault->active && fault->dead);
    *status = silent ? 0 : s->imu_last_status[unit];
    pl_put_floats(data, silent ? nothing : out, 6);
}
