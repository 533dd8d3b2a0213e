#include "framing.h"

#include <stdint.h>
#include <string.h>

#define PL_CRC_POLYNOMIAL 0xEDB88320u

static uint32_t pl_crc_table[8][256];

static void pl_crc_fill(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ PL_CRC_POLYNOMIAL : c >> 1;
        pl_crc_table[0][i] = c;
    }
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++)
            pl_crc_table[k][i] = pl_crc_table[k - 1][i] >> 8 ^ pl_crc_table[0][pl_crc_table[k - 1][i] & 255];
}

uint32_t pl_crc(const uint8_t *p, uint32_t n) {
    uint32_t c = ~0u;
    if (pl_crc_table[0][1] == 0) pl_crc_fill();
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t a = (p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24) ^ c;
        c = pl_crc_table[7][a & 255] ^ pl_crc_table[6][a >> 8 & 255] ^ pl_crc_table[5][a >> 16 & 255]
            ^ pl_crc_table[4][a >> 24] ^ pl_crc_table[3][p[4]] ^ pl_crc_table[2][p[5]] ^ pl_crc_table[1][p[6]]
            ^ pl_crc_table[0][p[7]];
    }
    while (n--) c = pl_crc_table[0][(c ^ *p++) & 255] ^ c >> 8;
    return ~c;
}

void pl_put_crc(uint8_t *to, uint32_t crc) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(crc >> 8 * i);
}

uint32_t pl_cobs(const uint8_t *from, uint32_t n, uint8_t *to) {
    uint8_t *code = to, *start = to++, run = 1;
    for (uint32_t i = 0; i < n; i++) {
        if (from[i]) *to++ = from[i], run++;
        if (!from[i] || run == 255) {
            *code = run, run = 1, code = to;
            if (!from[i] || i + 1 < n) to++;
        }
    }
    *code = run;
    return (uint32_t)(to - start);
}

uint32_t pl_uncobs(const uint8_t *from, uint32_t n, uint8_t *to) {
    uint32_t i = 0, m = 0;
    while (i < n) {
        uint32_t run = from[i++];
        if (run == 0 || i + run - 1 > n) return 0;
        memcpy(to + m, from + i, run - 1);
        m += run - 1, i += run - 1;
        if (run < 255 && i < n) to[m++] = 0;
    }
    return m;
}
