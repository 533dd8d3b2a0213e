// main() of the build for flight, in the place of the rp2 port's: hardware, the frozen main.py, a reset. There is no
// other way through it. The port's own runs boot.py and main.py from files and then, for ever, a prompt.

#include "py/bc.h"
#include "py/builtin.h"
#include "py/cstack.h"
#include "py/emitglue.h"
#include "py/frozenmod.h"
#include "py/gc.h"
#include "py/lexer.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/runtime/gchelper.h"
#include "shared/runtime/softtimer.h"
#include "shared/timeutils/timeutils.h"
#include "shared/tinyusb/mp_usbd.h"
#include "modmachine.h"
#include "modrp2.h"
#include "pendsv.h"
#include "rp2_flash.h"

#include "hardware/structs/rosc.h"
#include "hardware/watchdog.h"
#include "pico/aon_timer.h"
#include "pico/stdlib.h"
#if PICO_RP2040
#include "RP2040.h"
#else
#include "RP2350.h"
#endif

extern uint8_t __StackTop, __StackBottom, __GcHeapStart, __GcHeapEnd;

// Every exception, fault and panic ends here: the flight software comes back and goes on from what it has kept.
void NORETURN perilune_restart(void) {
    watchdog_reboot(0, SRAM_END, 0);
    for (;;) {
        __wfi();
    }
}

void isr_hardfault(void) {
    perilune_restart();
}

void nlr_jump_fail(void *val) {
    (void)val;
    perilune_restart();
}

static void start_hardware(void) {
    SCB->SCR |= SCB_SCR_SEVONPEND_Msk; // interrupts end a wait for an event, as in the rp2 port
    pendsv_init();
    soft_timer_init();
    set_sys_clock_khz(SYS_CLK_KHZ, false);
    rp2_flash_set_timing();
    struct timespec ts = { 0, 0 };
    ts.tv_sec = timeutils_seconds_since_epoch(2021, 1, 1, 0, 0, 0);
    aon_timer_start(&ts);
    mp_hal_time_ns_set_from_rtc();
}

static void start_interpreter(void) {
    mp_cstack_init_with_top(&__StackTop, &__StackTop - &__StackBottom);
    gc_init(&__GcHeapStart, &__GcHeapEnd);
    mp_init();
    machine_pin_init();
    rp2_pio_init();
    rp2_dma_init();
    machine_i2s_init0();
    mp_usbd_init();
}

static void run_frozen(const char *name) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        return;
    }
    int type;
    void *data;
    if (mp_find_frozen_module(name, &type, &data) == MP_IMPORT_STAT_FILE && type == MP_FROZEN_MPY) {
        const mp_frozen_module_t *frozen = data;
        mp_module_context_t *context = m_new_obj(mp_module_context_t);
        context->module.globals = mp_globals_get();
        context->constants = frozen->constants;
        mp_call_function_0(mp_make_function_from_proto_fun(frozen->proto_fun, context, NULL));
    }
    nlr_pop();
}

int main(int argc, char **argv) {
    start_hardware();
    start_interpreter();
    run_frozen("main.py");
    perilune_restart();
}

// What a port without files has to say.

mp_import_stat_t mp_import_stat(const char *path) {
    (void)path;
    return MP_IMPORT_STAT_NO_EXIST;
}

mp_obj_t mp_builtin_open(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    mp_raise_OSError(MP_ENOENT);
}
MP_DEFINE_CONST_FUN_OBJ_KW(mp_builtin_open_obj, 1, mp_builtin_open);

// The rest is the rp2 port's main.c as it is.

void gc_collect(void) {
    gc_collect_start();
    gc_helper_collect_regs_and_stack();
    gc_collect_end();
}

#define POLY (0xD5)

uint8_t rosc_random_u8(size_t cycles) {
    static uint8_t r;
    for (size_t i = 0; i < cycles; ++i) {
        r = ((r << 1) | rosc_hw->randombit) ^ (r & 0x80 ? POLY : 0);
        mp_hal_delay_us_fast(1);
    }
    return r;
}

uint32_t rosc_random_u32(void) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) {
        value = value << 8 | rosc_random_u8(32);
    }
    return value;
}
