/* Many ticks of lock-step in one call: world, frame, flight computer, frame, checks.
 *
 * It stops, and leaves the tick's answer to the bridge, wherever that is not one sound actuator frame in the mode of the
 * one before. Whatever the bridge does in such a tick, and whatever the answer means, is written in bridge.py only. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* for clock_gettime; Python.h asks for it too */
#endif
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "framing.h"
#include "places.h"
#include "types.h"
#include "wire.h"
#include "world.h"

static double pl_item(const uint8_t *p, uint32_t kind) {
    if (kind == 'f') {
        uint32_t bits = (uint32_t)pl_get16(p) << 16 | pl_get16(p + 2);
        float f;
        memcpy(&f, &bits, 4);
        return f;
    }
    if (kind == 'I') return (double)((uint32_t)pl_get16(p) << 16 | pl_get16(p + 2));
    return kind == 'H' ? pl_get16(p) : p[0];
}

static int pl_in_range(const pl_loop *l, const uint8_t *p) {
    for (uint32_t i = 0; i < l->n_limits; i++) {
        double value = pl_item(p + l->limits[i].at, l->limits[i].kind);
        if (!(value >= l->limits[i].low && value <= l->limits[i].high)) return 0;
    }
    return 1;
}

/* Whether no throttle goes faster than its engine follows, and none runs after safing (checks.py). */
static int pl_within_rates(const pl_loop *l, const uint8_t *p) {
    uint32_t enable = p[ACT_ENGINE_ENABLE], both = enable & l->enable;
    for (int n = 0; n < PL_ENGINES; n++) {
        int now = pl_get16(p + ACT_THROTTLE + 3 * n), by = now - l->throttle[n];
        if (both >> n & 1 && (by > l->throttle_step || -by > l->throttle_step)) return 0;
        if (l->safed && (now || enable)) return 0;
    }
    return 1;
}

/* Whether the answer is one undamaged actuator frame of this tick and mode that breaks no rule; if so it is held. */
static int pl_sound(pl_loop *l, uint32_t tick) {
    uint8_t frame[PL_LONGEST + 4], told[4];
    uint32_t n = (uint32_t)l->reply, size = l->actuators_bytes;
    if (l->reply <= 0 || n > size + 16 || memchr(l->out, 0, n) != l->out + n - 1) return 0;
    if (pl_uncobs(l->out, n - 1, frame) != size + 4) return 0;
    pl_put_crc(told, pl_crc(frame, size));
    if (memcmp(told, frame + size, 4)) return 0;
    for (uint32_t i = 0; i < size; i++)
        if ((frame[i] & l->mask[i]) != l->marks[i]) return 0;
    if (pl_item(frame + ACT_TICK, 'I') != tick || frame[ACT_MODE] != l->mode) return 0;
    if (!pl_in_range(l, frame) || !pl_within_rates(l, frame)) return 0;
    memcpy(l->held, frame, size);
    l->holds = 1;
    return 1;
}

/* What the bridge keeps of a sound frame. */
static void pl_keep(pl_loop *l, const pl_world *w) {
    const uint8_t *frame = l->held;
    memcpy(l->content + l->content_bytes * l->sound, frame, l->content_bytes);
    l->sound++;
    l->enable = frame[ACT_ENGINE_ENABLE];
    for (int n = 0; n < PL_ENGINES; n++) l->throttle[n] = pl_get16(frame + ACT_THROTTLE + 3 * n);
    if (l->enable) l->last_thrust = w->state.tick;
    if (!l->confirmed) {
        uint32_t legs = w->state.leg_contact;
        l->contact = (legs & (legs - 1)) != 0 ? l->contact + 1 : 0;
        if (l->contact >= l->contact_ticks) l->confirmed = w->state.tick;
    }
}

/* One row of telemetry; whether the bridge has to look at it. */
static int pl_row(pl_loop *l, const pl_world *w) {
    const pl_state *s = &w->state;
    double *truth = l->truths + PL_TRUTH * l->rows;
    pl_truth(w, truth);
    memcpy(l->frames + l->actuators_bytes * l->rows, l->held, l->actuators_bytes);
    l->rows++;
    if (s->crashed || s->hull_strike || s->tipped || l->ends) return 1;
    return l->rows == l->rows_room || s->tick >= l->row_tick || truth[PL_TRUTH_AGL] <= l->low_m;
}

static uint64_t pl_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Each twin takes the same command; those whose sensor frame differs are told by their bit. */
static void pl_step_twins(pl_loop *l, const pl_world *w, const uint8_t *acting) {
    for (uint32_t i = 0; i < l->n_twins; i++) {
        pl_step(l->twin[i], acting);
        if (memcmp(l->twin[i]->state.payload, w->state.payload, l->sensors_bytes)) l->differ |= 1u << i;
    }
}

int pl_fly(pl_world *w, pl_loop *l) {
    uint8_t raw[PL_LONGEST + 4];
    l->sound = l->rows = l->differ = 0;
    memset(l->spent_ns, 0, sizeof l->spent_ns);
    int looks = 0;
    const uint32_t cured = w->state.cured;
    while (w->state.tick < l->until && !looks && !l->differ && w->state.cured == cured) {
        uint64_t t[5] = { pl_now() };
        const uint8_t *acting = l->holds ? l->held : NULL;
        pl_step(w, acting);
        if (l->n_twins) pl_step_twins(l, w, acting);
        t[1] = pl_now();
        memcpy(raw, w->state.payload, l->sensors_bytes);
        pl_put_crc(raw + l->sensors_bytes, pl_crc(raw, l->sensors_bytes));
        uint32_t n = pl_cobs(raw, l->sensors_bytes + 4, l->in), tick = w->state.tick;
        t[2] = pl_now();
        l->reply = l->step((int)n, (uint64_t)tick * PL_TICK_US);
        t[3] = pl_now();
        int sound = pl_sound(l, tick);
        t[4] = pl_now();
        if (sound) {
            pl_keep(l, w);
            looks = tick % PL_ROW_TICKS == 0 && pl_row(l, w);
        }
        l->spent_ns[0] += t[1] - t[0], l->spent_ns[1] += t[2] - t[1] + t[4] - t[3], l->spent_ns[2] += t[3] - t[2];
        l->spent_ns[3] += pl_now() - t[4];
        if (!sound) return 1;
    }
    return 0;
}
