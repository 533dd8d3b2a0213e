// Allocation in rising order: a tick makes some hundred small objects, and MicroPython's search for room begins again at
// the first free block for each of them. Blocks are taken from where the last one ended; a collection starts from the
// bottom again. Which blocks an object gets is the only difference.
#include <string.h>
#include "py/gc.h"
#include "py/mpstate.h"
#include "heap.h"

#define BLOCK (MICROPY_BYTES_PER_GC_BLOCK)
#define BLOCKS_PER_BYTE (4) // of the allocation table: 00 free, 01 head, 10 tail, 11 marked head
#define MOST_BLOCKS (24)    // whose bits are in one word, wherever they begin
#define TAILS (0xaaaaaaaaaaaaaaaaull)
#define FIRST_IS_HEAD (3)   // tail to head

void *gc_alloc_upstream(size_t n_bytes, unsigned int flags);

static size_t next; // block

void heap_from_the_bottom(void) {
    next = 0;
}

// From `next` on as well: see where it is set.
static __attribute__((noinline)) void *search(size_t n_bytes, unsigned int flags) {
    byte *found = gc_alloc_upstream(n_bytes, flags);
    if (found != NULL) {
        next = (found - MP_STATE_MEM(area).gc_pool_start) / BLOCK + (n_bytes + BLOCK - 1) / BLOCK;
    }
    return found;
}

void *gc_alloc(size_t n_bytes, unsigned int flags) {
    mp_state_mem_area_t *area = &MP_STATE_MEM(area);
    size_t n = (n_bytes + BLOCK - 1) / BLOCK, at = next;
    bool plain = n - 1 < MOST_BLOCKS && flags == 0 && MP_STATE_THREAD(gc_lock_depth) == 0
        && MP_STATE_MEM(gc_alloc_amount) < MP_STATE_MEM(gc_alloc_threshold);
    if (!plain || at + n + 32 > area->gc_alloc_table_byte_len * BLOCKS_PER_BYTE) {
        return search(n_bytes, flags);
    }
    byte *place = area->gc_alloc_table_start + at / BLOCKS_PER_BYTE;
    int shift = 2 * (at % BLOCKS_PER_BYTE);
    uint64_t bits, mask = (1ull << 2 * n) - 1;
    memcpy(&bits, place, sizeof(bits));
    if ((bits >> shift & mask) != 0) {
        return search(n_bytes, flags);
    }
    bits |= ((TAILS & mask) ^ FIRST_IS_HEAD) << shift;
    memcpy(place, &bits, sizeof(bits));
    next = at + n;
    area->gc_last_free_atb_index = next / BLOCKS_PER_BYTE; // MicroPython's own searches begin here
    if (next > area->gc_last_used_block + 1) {
        area->gc_last_used_block = next - 1;
    }
    MP_STATE_MEM(gc_alloc_amount) += n;
    byte *found = area->gc_pool_start + at * BLOCK;
    for (size_t i = 0; i < n; i++) { // as MICROPY_GC_CONSERVATIVE_CLEAR promises
        memset(found + i * BLOCK, 0, BLOCK);
    }
    return found;
}
