// Hardware abstraction: there is no hardware, and time is what the caller says it is.
#include <stdint.h>
#include "py/mpconfig.h"

void mp_hal_set_interrupt_char(int c);
#define mp_hal_ticks_cpu() mp_hal_ticks_us()
static inline uint64_t mp_hal_time_ns(void) { return 0; }
