#include "propulsion.h"

#include <stdint.h>

#include "maths.h"
#include "places.h"
#include "types.h"
#include "wire.h"

#define PL_G0 9.80665

void pl_add_push(const double *position, const double *force, double factor, pl_push *push) {
    double f[3] = {factor * force[0], factor * force[1], factor * force[2]}, m[3];
    pl_cross(position, f, m);
    for (int i = 0; i < 3; i++) push->force[i] += f[i], push->moment[i] += m[i];
}

double pl_throttle(pl_world *w, int n, const uint8_t *actuators) {
    pl_state *s = &w->state;
    pl_engine_state *e = &s->engine[n];
    double command = 0;
    if (actuators && (actuators[ACT_ENGINE_ENABLE] >> n & 1)) {
        command = pl_get16(actuators + ACT_THROTTLE + 3 * n) * 1e-4;
        command = pl_clamp(command, w->vehicle.throttle_min, 1);
    }
    e->command[s->tick % PL_DELAY] = command;
    const pl_engine_effect *fault = &s->effects.engine[n];
    if (!fault->active) return command;
    uint32_t late = (uint32_t)(fault->delay_s * 50 + 0.5);
    command = late > s->tick ? 0 : e->command[(s->tick - late) % PL_DELAY];
    if (fault->stuck_throttle >= 0 && command > 0) command = fault->stuck_throttle;
    return fault->dead ? 0 : command;
}

/* Valve position after dt: start delay, then rate limit; closing at cut-off is immediate. */
static void pl_move_valve(const pl_vehicle *v, pl_engine_state *e, double command, double dt) {
    if (command <= 0) {
        e->valve = 0, e->delay_left_s = v->start_delay_s;
        return;
    }
    if (e->delay_left_s > 1e-9) {
        e->delay_left_s -= dt;
        return;
    }
    if (e->valve <= 0) e->valve = v->throttle_min;
    e->valve = pl_clamp(command, e->valve - v->throttle_rate_s * dt, e->valve + v->throttle_rate_s * dt);
}

/* Thrust of one engine averaged over dt: the lag's exact answer to a valve that holds still for dt. */
static double pl_engine_thrust(pl_world *w, int n, double command, double dt) {
    pl_state *s = &w->state;
    pl_engine_state *e = &s->engine[n];
    pl_move_valve(&w->vehicle, e, command, dt);
    double lag = w->vehicle.lag_s, mean = e->valve;
    if (lag > 0) {
        double decay = pl_exp(-dt / lag), gap = e->level - e->valve;
        mean += gap * (1 - decay) * lag / dt;
        e->level = e->valve + gap * decay;
    } else e->level = e->valve;
    if (e->valve == 0 && e->level < 1e-6) e->level = 0;
    double feed = s->tank_kpa < w->vehicle.tank_kpa ? s->tank_kpa / w->vehicle.tank_kpa : 1;
    double health = s->effects.engine[n].active ? s->effects.engine[n].thrust_factor : 1;
    return e->thrust_n = mean * feed * health * w->vehicle.engine[n].thrust_n;
}

void pl_push_engines(pl_world *w, const double *command, double dt, pl_push *push) {
    const pl_vehicle *v = &w->vehicle;
    for (int n = 0; n < v->engine_count; n++) {
        pl_engine_state *e = &w->state.engine[n];
        if (command[n] == 0 && e->level == 0) {
            e->valve = 0, e->thrust_n = 0, e->delay_left_s = v->start_delay_s;
            continue;
        }
        double thrust = pl_engine_thrust(w, n, command[n], dt);
        pl_add_push(v->engine[n].position, v->engine[n].direction, thrust, push);
        push->flow_kg_s += thrust / (v->isp_s * PL_G0);
    }
}

/* Thruster duty over the tick: an on-time below the minimum does not open the valve. */
static double pl_duty(const pl_world *w, int n, const uint8_t *actuators) {
    const pl_bits_effect *fault = &w->state.effects.rcs;
    int on_ms = actuators ? actuators[ACT_RCS_ON_MS + 2 * n] : 0;
    if (on_ms < w->vehicle.rcs_min_on_ms) on_ms = 0;
    if (fault->active && fault->on_bits >> n & 1) on_ms = 20;
    if (fault->active && fault->off_bits >> n & 1) on_ms = 0;
    return (on_ms > 20 ? 20 : on_ms) / 20.0;
}

void pl_push_thrusters(pl_world *w, const uint8_t *actuators, pl_push *push) {
    const pl_vehicle *v = &w->vehicle;
    for (int n = 0; n < v->thruster_count; n++) {
        double duty = pl_duty(w, n, actuators);
        if (duty == 0) continue;
        pl_add_push(v->thruster[n].position, v->thruster[n].force, duty, push);
        push->flow_kg_s += duty * v->rcs_thrust_n / (v->rcs_isp_s * PL_G0);
    }
}

void pl_drain(pl_world *w, double dt, pl_push *push) {
    pl_state *s = &w->state;
    double need = push->flow_kg_s * dt;
    if (need <= s->propellant_kg) return;
    double part = s->propellant_kg / need;
    for (int i = 0; i < 3; i++) push->force[i] *= part, push->moment[i] *= part;
    push->flow_kg_s *= part;
    for (int n = 0; n < w->vehicle.engine_count; n++) {
        s->engine[n].thrust_n *= part;
        if (part < 1e-9) s->engine[n].level = s->engine[n].valve = 0;
    }
}

void pl_tank_faults(pl_world *w, double dt) {
    pl_state *s = &w->state;
    const pl_tank_effect *fault = &s->effects.tank;
    if (!fault->active) return;
    s->tank_kpa = pl_clamp(s->tank_kpa + fault->tank_kpa_s * dt, 0, 60000);
    s->pressurant_offset_kpa += fault->pressurant_kpa_s * dt;
    s->propellant_kg = pl_clamp(s->propellant_kg - fault->leak_kg_s * dt, 0, 1e9);
}
