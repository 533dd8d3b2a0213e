// Time and polling of MicroPython's qemu port, from the few functions that each machine has.
#include "overlay.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "py/stream.h"

uintptr_t mp_hal_stdio_poll(uintptr_t poll_flags) {
    uintptr_t ready = poll_flags & MP_STREAM_POLL_WR;
    if ((poll_flags & MP_STREAM_POLL_RD) && overlay_received()) {
        ready |= MP_STREAM_POLL_RD;
    }
    return ready;
}

mp_uint_t mp_hal_ticks_us(void) {
    return overlay_us();
}

mp_uint_t mp_hal_ticks_ms(void) {
    return overlay_us() / 1000;
}

mp_uint_t mp_hal_ticks_cpu(void) {
    return overlay_us();
}

uint64_t mp_hal_time_ns(void) {
    return (uint64_t)overlay_us() * 1000;
}

void mp_hal_delay_us(mp_uint_t us) {
    for (mp_uint_t begin = overlay_us(); overlay_us() - begin < us;) {
    }
}

void mp_hal_delay_ms(mp_uint_t ms) {
    mp_hal_delay_us(ms * 1000);
}
