// Clock and sleep of QEMU's 32-bit RISC-V machine `virt`.
#include "overlay.h"
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_IER       (*(volatile uint8_t *)0x10000001)
#define UART_LSR       (*(volatile uint8_t *)0x10000005)
#define MTIME_LOW      REGISTER(0x0200bff8)
#define MTIME_HIGH     REGISTER(0x0200bffc)
#define PLIC_PRIORITY  REGISTER(0x0c000000 + 4 * UART_IRQ)
#define PLIC_ENABLE    REGISTER(0x0c002000)
#define PLIC_THRESHOLD REGISTER(0x0c200000)
#define PLIC_CLAIM     REGISTER(0x0c200004)

#define UART_IRQ 10
#define RECEIVED 1
#define EXTERNAL (1 << 11)
#define MTIME_MHZ 10

void overlay_init(void) {
    __asm volatile ("csrci mstatus, 8"); // interrupts wake the core and are never taken
    __asm volatile ("csrs mie, %0" : : "r" (EXTERNAL));
    PLIC_PRIORITY = 1;
    PLIC_THRESHOLD = 0;
    PLIC_ENABLE = 1 << UART_IRQ;
    UART_IER = 1;
}

int overlay_received(void) {
    return UART_LSR & RECEIVED;
}

uint32_t overlay_us(void) {
    uint32_t high, low;
    do {
        high = MTIME_HIGH;
        low = MTIME_LOW;
    } while (high != MTIME_HIGH);
    return (uint32_t)((((uint64_t)high << 32) | low) / MTIME_MHZ);
}

void overlay_wait(void) {
    PLIC_CLAIM = PLIC_CLAIM; // a byte that comes from here on is pending again
    if (!overlay_received()) {
        __asm volatile ("wfi");
    }
}
