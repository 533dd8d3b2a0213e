// What MicroPython's qemu port lacks for a flight computer: a clock, standard input that can be polled, and sleep.
#ifndef OVERLAY_H
#define OVERLAY_H
#include <stdint.h>

#define MICROPY_PY_SYS_STDIO_BUFFER (1)
#define MICROPY_PY_SELECT           (1)
#define MICROPY_PY_TIME             (1)

#define MICROPY_INTERNAL_WFE(timeout_ms) overlay_wait()

void overlay_init(void);
int overlay_received(void);  // whether the UART has a byte
uint32_t overlay_us(void);   // wraps at 2^32
void overlay_wait(void);     // sleep until it has one: its interrupt wakes the core and is never taken

#ifndef __ARM_FP
// Processors without a flush-to-zero mode (see flush.py): denormals count as zeros of their sign.
static inline float overlay_flushed(float value) {
    union { float f; uint32_t u; } bits = { value };
    if (!(bits.u & 0x7f800000)) {
        bits.u &= 0x80000000;
    }
    return bits.f;
}

// A product or quotient that only became 2^-126 by rounding as a denormal: with 24 bits it is below, so it is a zero.
static inline float overlay_rounded(float value, double exact) {
    union { float f; uint32_t u; } bits = { value };
    if ((bits.u & 0x7fffffff) == 0x00800000 && exact < 0x1.ffffffp-127 && exact > -0x1.ffffffp-127) {
        bits.u &= 0x80000000;
    }
    return bits.f;
}
#endif
#endif
