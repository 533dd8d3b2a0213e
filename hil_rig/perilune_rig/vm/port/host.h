// What belongs to the process and not to the virtual machine: it lives outside the program image, so that neither a fresh
// start nor a restored snapshot touches it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_BYTES (65536)
#define ERROR_BYTES (8192)
#define ERROR_HEAD_BYTES (1024)

typedef struct {
    size_t used;
    size_t lost;
    char text[LOG_BYTES];
} text_log_t;

typedef struct {
    uint8_t *heap;
    size_t heap_bytes;
    uint8_t *image;       // writable part of the library, see image.c
    size_t image_bytes;
    uint8_t *pristine;    // that part as it was when the library was loaded
    uint8_t *exec_arena;
    uint64_t generation;  // counts starts: snapshots do not outlive one
    size_t error_used;
    char error[ERROR_BYTES];
    text_log_t log;
} host_t;

extern host_t *host;
extern uint64_t clock_us;
extern size_t exec_used;

host_t *host_get(void);
void host_free(void);
void exec_mark(void);
void exec_free(void);
