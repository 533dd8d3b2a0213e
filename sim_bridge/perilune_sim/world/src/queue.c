#include "queue.h"

#include <stdint.h>
#include <string.h>

#include "dynamics.h"
#include "maths.h"
#include "places.h"
#include "random.h"
#include "types.h"
#include "wire.h"

#define PL_NEVER_MS 65535

int pl_due(uint32_t tick, uint32_t period, uint32_t phase) { return tick % period == phase % period; }

/* Switched off: forget everything, warm up again later. True while the unit says nothing. */
static int pl_silent(pl_world *w, int unit, int off) {
    pl_queue *q = &w->state.queue[unit];
    pl_unit_effect *fault = &w->state.effects.unit[unit];
    if (off) {
        if (fault->active && fault->until_power_cycle) memset(fault, 0, sizeof *fault), w->state.cured++;
        memset(q, 0, sizeof *q);
        q->ready = w->state.tick + PL_WARM_UP_TICKS;
    }
    return off || w->state.tick < q->ready || (fault->active && fault->dead);
}

void pl_push_sample(pl_world *w, int unit, uint32_t latency, const pl_sample *taken) {
    pl_queue *q = &w->state.queue[unit];
    const pl_unit_effect *fault = &w->state.effects.unit[unit];
    pl_sample x = *taken;
    x.taken = w->state.tick;
    x.due = x.taken + latency + (fault->active ? (uint32_t)(fault->delay_s * 50 + 0.5) : 0);
    while (q->count && q->ring[(q->first + q->count - 1) % PL_QUEUE].due > x.due) q->count--;
    if (q->count == PL_QUEUE) return;
    q->ring[(q->first + q->count++) % PL_QUEUE] = x;
}

/* Takes what is due; true if there was something. A frozen unit repeats its old values as new ones. */
static int pl_deliver(pl_world *w, int unit) {
    pl_queue *q = &w->state.queue[unit];
    const pl_unit_effect *fault = &w->state.effects.unit[unit];
    int fresh = 0;
    while (q->count && q->ring[q->first].due <= w->state.tick) {
        pl_sample *x = &q->ring[q->first];
        if (fault->active && fault->frozen && q->started) q->current.taken = x->taken;
        else q->current = *x;
        q->first = (q->first + 1) % PL_QUEUE, q->count--, q->started = 1, fresh = 1;
    }
    return fresh;
}

static uint32_t pl_age_ms(const pl_world *w, int unit) {
    const pl_queue *q = &w->state.queue[unit];
    const pl_unit_effect *fault = &w->state.effects.unit[unit];
    if (!q->started) return PL_NEVER_MS;
    uint32_t age = 20 * (w->state.tick - q->current.taken), lie = 20 * (uint32_t)(fault->delay_s * 50 + 0.5);
    if (fault->active && fault->hide_age) age = age > lie ? age - lie : 0;
    return age < PL_NEVER_MS ? age : PL_NEVER_MS;
}

int pl_report(pl_world *w, int unit, int off, uint32_t period, uint8_t *status, uint8_t *age) {
    int silent = pl_silent(w, unit, off), fresh = pl_deliver(w, unit);
    if (silent || !w->state.queue[unit].started) {
        *status = 0;
        pl_put16(age, PL_NEVER_MS);
        return 0;
    }
    uint32_t since = w->state.tick - w->state.queue[unit].current.due;
    *status = w->state.queue[unit].current.status;
    if (fresh) *status |= ST_FRESH;
    else if (since > period + period / 2) *status |= ST_STALE;
    pl_put16(age, pl_age_ms(w, unit));
    return 1;
}

double pl_fault_error(const pl_unit_effect *fault, double noise, double sigma, uint64_t stream, uint64_t k) {
    double error = noise * sigma;
    if (!fault->active) return error;
    error *= fault->noise;
    if (pl_uniform(stream, k) < fault->tail_probability) {
        double u = pl_uniform(stream, k + 1), size = -fault->tail_size * pl_log(2 * (u < 0.5 ? u : 1 - u));
        error += u < 0.5 ? -size : size;
    }
    return error;
}

double pl_fault_offset(const pl_world *w, const pl_unit_effect *fault) {
    double now_s = PL_TICK_S * w->state.tick, offset = fault->bias + fault->ramp * now_s;
    if (fault->wave != 0) {
        double sine, cosine;
        pl_sincos(2 * PL_PI * (now_s - fault->wave_from_s) / fault->wave_s, &sine, &cosine);
        offset += fault->wave * sine;
    }
    return offset;
}

int pl_lost(const pl_unit_effect *fault, uint64_t stream, uint64_t k) {
    return fault->active && pl_uniform(stream, k) < fault->intermittent;
}
