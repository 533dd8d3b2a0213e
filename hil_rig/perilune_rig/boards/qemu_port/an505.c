// Clock and sleep of an MPS2+ with the AN505 image (Cortex-M33, secure state) as QEMU models it.
#include "overlay.h"
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_STATE     REGISTER(0x50200004)
#define UART_CTRL      REGISTER(0x50200008)
#define UART_INTSTATUS REGISTER(0x5020000c)
#define TIMER_CTRL     REGISTER(0x50000000)
#define TIMER_VALUE    REGISTER(0x50000004)
#define TIMER_RELOAD   REGISTER(0x50000008)
#define NVIC_ISER1     REGISTER(0xe000e104)
#define NVIC_ICPR1     REGISTER(0xe000e284)

#define RXFULL (1 << 1)
#define RX_INTERRUPT (1 << 3)
#define RX_IRQ (32 - 32)
#define TIMER_MHZ 20

void overlay_init(void) {
    TIMER_RELOAD = 0xffffffff;
    TIMER_VALUE = 0xffffffff;
    TIMER_CTRL = 1;
    __asm volatile ("cpsid i");
    UART_CTRL |= RX_INTERRUPT;
    NVIC_ISER1 = 1 << RX_IRQ;
}

int overlay_received(void) {
    return UART_STATE & RXFULL;
}

// The timer wraps after 215 s, microseconds after 71 min: what passed since the last call is added up.
uint32_t overlay_us(void) {
    static uint32_t last, us;
    static uint32_t rest;
    uint32_t now = ~TIMER_VALUE;
    uint64_t passed = (uint64_t)(uint32_t)(now - last) + rest;
    last = now;
    us += (uint32_t)(passed / TIMER_MHZ);
    rest = (uint32_t)(passed % TIMER_MHZ);
    return us;
}

void overlay_wait(void) {
    UART_INTSTATUS = 3;
    NVIC_ICPR1 = 1 << RX_IRQ; // a byte that comes from here on sets it again
    if (!overlay_received()) {
        __asm volatile ("wfi");
    }
}
