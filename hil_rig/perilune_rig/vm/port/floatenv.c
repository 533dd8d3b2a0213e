#include "floatenv.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#define BOARD_ENV (0x1f80 | 0x8000 | 0x0040) // exceptions masked, flush to zero, denormals are zero
static inline float_env_t env_read(void) { return _mm_getcsr(); }
static inline void env_write(float_env_t env) { _mm_setcsr((unsigned)env); }
#elif defined(__aarch64__)
#define BOARD_ENV (1ULL << 24) // FZ: inputs and results
static inline float_env_t env_read(void) {
    float_env_t env;
    __asm__ volatile ("mrs %0, fpcr" : "=r" (env));
    return env;
}
static inline void env_write(float_env_t env) { __asm__ volatile ("msr fpcr, %0" : : "r" (env)); }
#else
#error "the float environment of the board is known for x86-64 and aarch64 hosts only"
#endif

float_env_t float_env_enter(void) {
    float_env_t callers = env_read();
    env_write(BOARD_ENV);
    return callers;
}

void float_env_leave(float_env_t callers) {
    env_write(callers);
}
