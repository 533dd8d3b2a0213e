#pragma once
/* A payload as the line carries it: CRC-32, consistent overhead byte stuffing. */
#include <stdint.h>

/* CRC-32 as zlib's, eight bytes at a time (Kounavis and Berry, IEEE ISCC 2005). */
uint32_t pl_crc(const uint8_t *p, uint32_t n);

/* Little-endian, as it stands behind a payload. */
void pl_put_crc(uint8_t *to, uint32_t crc);

/* Consistent overhead byte stuffing, without the delimiter; returns the length. */
uint32_t pl_cobs(const uint8_t *from, uint32_t n, uint8_t *to);

/* The n bytes between two delimiters decoded; their length, 0 where they are none. */
uint32_t pl_uncobs(const uint8_t *from, uint32_t n, uint8_t *to);
