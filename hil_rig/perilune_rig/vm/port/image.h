#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void image_reset(void);              // back to how the library was loaded
size_t image_snapshot_bytes(void);   // size of a snapshot taken now
void image_save(uint8_t *to);
bool image_load(const uint8_t *from, size_t n); // false: not a snapshot of this virtual machine since its start
