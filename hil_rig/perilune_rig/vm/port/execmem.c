// Executable memory for code that the native emitters make at run time.
// A fixed arena that only grows: a snapshot stays valid, because no code it refers to is ever given back.
#define _DEFAULT_SOURCE
#include <sys/mman.h>
#include "py/gc.h"
#include "py/runtime.h"
#include "host.h"

#define ARENA_BYTES (1024 * 1024)

size_t exec_used;

static uint8_t *arena(void) {
    if (host->exec_arena == NULL) {
        void *p = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        host->exec_arena = p == MAP_FAILED ? NULL : p;
    }
    return host->exec_arena;
}

void exec_free(void) {
    if (host->exec_arena != NULL) {
        munmap(host->exec_arena, ARENA_BYTES);
    }
}

void *perilune_exec_alloc(size_t min_size, size_t *size) {
    *size = (min_size + 63) & ~(size_t)63;
    if (arena() == NULL || *size > ARENA_BYTES - exec_used) {
        m_malloc_fail(min_size);
    }
    void *p = host->exec_arena + exec_used;
    exec_used += *size;
    return p;
}

void exec_mark(void) {
    if (exec_used > 0) {
        gc_collect_root((void **)host->exec_arena, exec_used / sizeof(void *));
    }
}
