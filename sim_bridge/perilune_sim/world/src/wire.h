#pragma once
/* Big-endian fields of the payloads. Offsets come from the schema, see build.py. */
#include <stdint.h>
#include <string.h>

static inline uint16_t pl_get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static inline void pl_put16(uint8_t *p, uint32_t x) { p[0] = (uint8_t)(x >> 8), p[1] = (uint8_t)x; }

static inline void pl_put32(uint8_t *p, uint32_t x) { pl_put16(p, x >> 16), pl_put16(p + 2, x & 0xFFFF); }

static inline void pl_put_float(uint8_t *p, double x) {
    float f = (float)x;
    uint32_t bits;
    memcpy(&bits, &f, 4);
    pl_put32(p, bits);
}

/* count floats, five bytes apart: each is preceded by its CBOR head. */
static inline void pl_put_floats(uint8_t *p, const double *x, int count) {
    for (int i = 0; i < count; i++) pl_put_float(p + 5 * i, x[i]);
}
