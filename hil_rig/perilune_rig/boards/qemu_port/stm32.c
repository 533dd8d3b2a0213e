// Clock and sleep of an STM32F2 or F4 as QEMU models it.
#include "overlay.h"
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define USART1_SR  REGISTER(0x40011000)
#define USART1_CR1 REGISTER(0x4001100c)
#define TIM2_CR1   REGISTER(0x40000000)
#define TIM2_EGR   REGISTER(0x40000014)
#define TIM2_CNT   REGISTER(0x40000024)
#define TIM2_PSC   REGISTER(0x40000028)
#define TIM2_ARR   REGISTER(0x4000002c)
#define NVIC_ISER1 REGISTER(0xe000e104)
#define NVIC_ICPR1 REGISTER(0xe000e284)

#define RXNE (1 << 5)
#define RXNEIE (1 << 5)
#define USART1_IRQ (37 - 32)
#define TIMER_HZ 1000000000 // as QEMU clocks it

void overlay_init(void) {
    TIM2_PSC = TIMER_HZ / 1000000 - 1;
    TIM2_ARR = 0xffffffff;
    TIM2_EGR = 1;
    TIM2_CR1 = 1;
    __asm volatile ("cpsid i");
    USART1_CR1 |= RXNEIE;
    NVIC_ISER1 = 1 << USART1_IRQ;
}

int overlay_received(void) {
    return USART1_SR & RXNE;
}

uint32_t overlay_us(void) {
    return TIM2_CNT;
}

void overlay_wait(void) {
    NVIC_ICPR1 = 1 << USART1_IRQ; // a byte that comes from here on sets it again
    if (!overlay_received()) {
        __asm volatile ("wfi");
    }
}
