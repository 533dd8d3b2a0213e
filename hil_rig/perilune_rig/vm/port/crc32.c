// CRC-32 (IEEE 802.3) for the module binascii: four bytes a step (Kounavis and Berry 2005) in place of MicroPython's half
// a byte, which boards have for its small table. The frames and the kept state of a tick are some 600 bytes of CRC.
#include <stdint.h>

static uint32_t table[4][256];

static void fill(void) {
    for (unsigned i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0);
        }
        table[0][i] = crc;
    }
    for (unsigned i = 0; i < 256; i++) {
        for (int k = 1; k < 4; k++) {
            table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xFF];
        }
    }
}

uint32_t perilune_crc32(const void *data, unsigned int n, uint32_t crc) {
    const uint8_t *at = data;
    if (table[0][1] == 0) {
        fill();
    }
    for (; n >= 4; n -= 4, at += 4) {
        crc ^= at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
        crc = table[3][crc & 0xFF] ^ table[2][crc >> 8 & 0xFF] ^ table[1][crc >> 16 & 0xFF] ^ table[0][crc >> 24];
    }
    while (n-- > 0) {
        crc = table[0][(crc ^ *at++) & 0xFF] ^ (crc >> 8);
    }
    return crc;
}
