#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include "places.h"
#include "truth.h"
#include "types.h"
#include "wire.h"
/* Many ticks of lock-step in one call: world, frame, flight computer, frame, checks.
 *
 * It stops, and leaves the tick's answer to the bridge, wherever that is not one sound actuator frame in the mode of the
 * one before. Whatever the bridge does in such a tick, and whatever the answer means, is written in bridge.py only. */
#define PL_CRC_POLYNOMIAL 0xEDB88320u

static uint32_t pl_crc_table[8][256];

static void pl_crc_fill(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ PL_CRC_POLYNOMIAL : c >> 1;
        pl_crc_table[0][i] = c;
    }
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++)
            pl_crc_table[k][i] = pl_crc_table[k - 1][i] >> 8 ^ pl_crc_table[0][pl_crc_table[k - 1][i] & 255];
}

/* CRC-32 as zlib's, eight bytes at a time (Kounavis and Berry, IEEE ISCC 2005). */
static uint32_t pl_crc(const uint8_t *p, uint32_t n) {
    uint32_t c = ~0u;
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t a = (p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24) ^ c;
        c = pl_crc_table[7][a & 255] ^ pl_crc_table[6][a >> 8 & 255] ^ pl_crc_table[5][a >> 16 & 255]
            ^ pl_crc_table[4][a >> 24] ^ pl_crc_table[3][p[4]] ^ pl_crc_table[2][p[5]] ^ pl_crc_table[1][p[6]]
            ^ pl_crc_table[0][p[7]];
    }
    while (n--) c = pl_crc_table[0][(c ^ *p++) & 255] ^ c >> 8;
    return ~c;
}

static void pl_put_crc(uint8_t *to, uint32_t crc) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(crc >> 8 * i);
}

/* Consistent overhead byte stuffing, without the delimiter; returns the length. */
static uint32_t pl_cobs(const uint8_t *from, uint32_t n, uint8_t *to) {
    uint8_t *code = to, *start = to++, run = 1;
    for (uint32_t i = 0; i < n; i++) {
        if (from[i]) *to++ = from[i], run++;
        if (!from[i] || run == 255) {
            *code = run, run = 1, code = to;
            if (!from[i] || i + 1 < n) to++;
        }
    }
    *code = run;
    return (uint32_t)(to - start);
}

/* The n bytes between two delimiters decoded; their length, 0 where they are none. */
static uint32_t pl_uncobs(const uint8_t *from, uint32_t n, uint8_t *to) {
    uint32_t i = 0, m = 0;
    while (i < n) {
        uint32_t run = from[i++];
        if (run == 0 || i + run - 1 > n) return 0;
        memcpy(to + m, from + i, run - 1);
        m += run - 1, i += run - 1;
        if (run < 255 && i < n) to[m++] = 0;
    }
    return m;
}

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
        l->contact = legs & (legs - 1) ? l->contact + 1 : 0;
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

/* Fly until tick `until`, or a row that the bridge has to look at, or a twin that differs; 1: the answer to the last
   tick, `reply` bytes, is the bridge's to take. */
static int pl_fly(pl_world *w, pl_loop *l) {
    uint8_t raw[PL_LONGEST + 4];
    if (pl_crc_table[0][1] == 0) pl_crc_fill();
    l->sound = l->rows = l->differ = 0;
    memset(l->spent_ns, 0, sizeof l->spent_ns);
    int looks = 0;
    while (w->state.tick < l->until && !looks && !l->differ) {
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

/* For tests: the framing by itself. */
static uint32_t pl_checksum(const uint8_t *p, uint32_t n) {
    if (pl_crc_table[0][1] == 0) pl_crc_fill();
    return pl_crc(p, n);
}

static uint32_t pl_stuff(const uint8_t *from, uint32_t n, uint8_t *to) { return pl_cobs(from, n, to); }

static uint32_t pl_unstuff(const uint8_t *from, uint32_t n, uint8_t *to) { return pl_uncobs(from, n, to); }
