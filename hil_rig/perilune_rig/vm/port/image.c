// Program image: the writable memory of this library, and with the heap the whole state of the virtual machine.
// Taking all of it, rather than the structures known to hold state, also catches the statics of single modules
// (the random generator's, for one).
#define _GNU_SOURCE
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "py/gc.h"
#include "py/mpstate.h"
#include "host.h"
#include "image.h"

typedef struct {
    uint64_t generation;
    uint64_t clock_us;
    uint64_t heap_used;
    uint64_t exec_used;
} header_t;

host_t *host;

// The writable segment that holds `host`, less its leading part which the loader makes read-only after relocation.
static int find_image(struct dl_phdr_info *info, size_t size, void *out) {
    (void)size;
    host_t *found = out;
    uintptr_t here = (uintptr_t)&host, start = 0, end = 0, relro_end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t first = info->dlpi_addr + segment->p_vaddr, last = first + segment->p_memsz;
        if (segment->p_type == PT_LOAD && first <= here && here < last) {
            start = first, end = last;
        } else if (segment->p_type == PT_GNU_RELRO) {
            uintptr_t page = sysconf(_SC_PAGESIZE);
            relro_end = (last + page - 1) & ~(page - 1);
        }
    }
    if (start == 0) {
        return 0;
    }
    if (start < relro_end && relro_end <= here) {
        start = relro_end;
    }
    found->image = (uint8_t *)start;
    found->image_bytes = end - start;
    return 1;
}

host_t *host_get(void) {
    if (host != NULL) {
        return host;
    }
    host_t *made = calloc(1, sizeof(host_t));
    if (made == NULL || !dl_iterate_phdr(find_image, made) || (made->pristine = malloc(made->image_bytes)) == NULL) {
        free(made);
        return NULL;
    }
    host = made; // before the copy, so that a fresh start keeps it
    memcpy(made->pristine, made->image, made->image_bytes);
    return host;
}

void host_free(void) {
    if (host == NULL) {
        return;
    }
    if (host->heap != NULL) {
        munmap(host->heap, host->heap_bytes);
    }
    exec_free();
    free(host->pristine);
    free(host);
    host = NULL;
}

void image_reset(void) {
    memcpy(host->image, host->pristine, host->image_bytes);
}

// Up to the highest block in use. What lies above is cleared when it is allocated, so its contents are no state.
static size_t heap_used(void) {
    mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    return area->gc_pool_start + (area->gc_last_used_block + 1) * MICROPY_BYTES_PER_GC_BLOCK - host->heap;
}

size_t image_snapshot_bytes(void) {
    return sizeof(header_t) + host->image_bytes + heap_used() + exec_used;
}

void image_save(uint8_t *to) {
    header_t header = { host->generation, clock_us, heap_used(), exec_used };
    memcpy(to, &header, sizeof(header));
    memcpy(to += sizeof(header), host->image, host->image_bytes);
    memcpy(to += host->image_bytes, host->heap, header.heap_used);
    if (header.exec_used > 0) {
        memcpy(to + header.heap_used, host->exec_arena, header.exec_used);
    }
}

bool image_load(const uint8_t *from, size_t n) {
    header_t header;
    if (n < sizeof(header)) {
        return false;
    }
    memcpy(&header, from, sizeof(header));
    bool ours = header.generation == host->generation
        && n == sizeof(header) + host->image_bytes + header.heap_used + header.exec_used;
    if (!ours) {
        return false;
    }
    memcpy(host->image, from += sizeof(header), host->image_bytes);
    memcpy(host->heap, from += host->image_bytes, header.heap_used);
    if (header.exec_used > 0) {
        memcpy(host->exec_arena, from + header.heap_used, header.exec_used);
    }
    return true;
}
