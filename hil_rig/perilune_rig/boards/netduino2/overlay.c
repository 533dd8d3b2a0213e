// Clock, poll and sleep of an STM32F205 as QEMU models it.
#include "py/mphal.h"
#include "py/runtime.h"
#include "py/stream.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define USART1_SR  REGISTER(0x40011000)
#define USART1_CR1 REGISTER(0x4001100c)
#define TIM2_CR1   REGISTER(0x40000000)
#define TIM2_EGR   REGISTER(0x40000014)
#define TIM2_CNT   REGISTER(0x40000024)
#define TIM2_PSC   REGISTER(0x40000028)
#define TIM2_ARR   REGISTER(0x4000002c)
#define NVIC_ISER1 REGISTER(0xe000e104)

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

uintptr_t mp_hal_stdio_poll(uintptr_t poll_flags) {
    uintptr_t ready = poll_flags & MP_STREAM_POLL_WR;
    if ((poll_flags & MP_STREAM_POLL_RD) && (USART1_SR & RXNE)) {
        ready |= MP_STREAM_POLL_RD;
    }
    return ready;
}

mp_uint_t mp_hal_ticks_us(void) {
    return TIM2_CNT;
}

mp_uint_t mp_hal_ticks_ms(void) {
    return TIM2_CNT / 1000;
}

mp_uint_t mp_hal_ticks_cpu(void) {
    return TIM2_CNT;
}

uint64_t mp_hal_time_ns(void) {
    return (uint64_t)TIM2_CNT * 1000;
}

void mp_hal_delay_us(mp_uint_t us) {
    for (mp_uint_t begin = TIM2_CNT; TIM2_CNT - begin < us;) {
    }
}

void mp_hal_delay_ms(mp_uint_t ms) {
    mp_hal_delay_us(ms * 1000);
}
