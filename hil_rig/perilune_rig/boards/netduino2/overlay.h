// What MicroPython's qemu port lacks for a flight computer: a clock, standard input that can be polled, and sleep.
#define MICROPY_PY_SYS_STDIO_BUFFER (1)
#define MICROPY_PY_SELECT           (1)
#define MICROPY_PY_TIME             (1)

// Sleep until the UART has something: its interrupt wakes the core and is never taken (see overlay.c).
#define MICROPY_INTERNAL_WFE(timeout_ms) __asm volatile ("wfi")
