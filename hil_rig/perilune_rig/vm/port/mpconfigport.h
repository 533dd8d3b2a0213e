// MicroPython configured as on an RP2040 board (ports/rp2), without the hardware, the file system and the operating system.
#include <alloca.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#define MICROPY_CONFIG_ROM_LEVEL                (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

// Numbers as on the board.
#define MICROPY_FLOAT_IMPL                      (MICROPY_FLOAT_IMPL_FLOAT)
#if UINTPTR_MAX > 0xffffffff
#include "objrepr.h"
#endif
#define MICROPY_LONGINT_IMPL                    (MICROPY_LONGINT_IMPL_MPZ)
// 16 bit digits, as 32-bit boards have: the digit size decides how a large int rounds to float.
#define MPZ_DIG_SIZE                            (16)
#define MICROPY_QSTR_BYTES_IN_HASH              (1)

// Memory. A block holds a tuple of five or an instance: most objects of a tick are one block.
#define MICROPY_BYTES_PER_GC_BLOCK              (64)
#define MICROPY_ENABLE_GC                       (1)
// Wide enough for the children of a module's dictionary: on overflow a collection walks the whole heap instead.
#define MICROPY_ALLOC_GC_STACK_SIZE             (1024)
#define MICROPY_GC_STACK_ENTRY_TYPE             uint32_t
// Frames of calls live on a stack of their own instead of the heap: a tick makes some hundred calls, and every frame
// larger than eleven words would else be a search for a run of free blocks. Results do not depend on it.
#define MICROPY_ENABLE_PYSTACK                  (1)
// The flight code touches some three hundred attributes a tick: with the default of 128 entries they evict each other.
#define MICROPY_OPT_MAP_LOOKUP_CACHE            (1)
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE       (4096)
#define MICROPY_STACK_CHECK_MARGIN              (1024)
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF  (1)
#define MICROPY_EMERGENCY_EXCEPTION_BUF_SIZE    (256)

// Compiler, emitters, virtual machine.
#define MICROPY_ENABLE_COMPILER                 (1)
#define MICROPY_PERSISTENT_CODE_LOAD            (1)
#define MICROPY_OPT_COMPUTED_GOTO               (1)
#define MICROPY_SCHEDULER_DEPTH                 (8)
#define MICROPY_SCHEDULER_STATIC_NODES          (1)
#define MICROPY_ENABLE_VM_ABORT                 (1)
#define MICROPY_KBD_EXCEPTION                   (1)
#if defined(__x86_64__)
#define MICROPY_EMIT_X64                        (1)
#endif

// A loop that never ends must end: the hook counts backward jumps (see vm_loop_limit).
extern uint64_t perilune_loops_left;
void perilune_loops_spent(void);
#define MICROPY_VM_HOOK_LOOP \
    if (__builtin_expect(--perilune_loops_left == 0, 0)) { perilune_loops_spent(); }

// Modules: what needs hardware or an operating system is absent.
#define MICROPY_PY_SYS_PLATFORM                 "perilune"
#define MICROPY_BANNER_MACHINE                  "Perilune, float32"
#define MICROPY_PY_SYS_STDFILES                 (0)
#define MICROPY_PY_SYS_STDIO_BUFFER             (0)
#define MICROPY_PY_BUILTINS_INPUT               (0)
#define MICROPY_PY_BUILTINS_HELP                (0)
#define MICROPY_HELPER_REPL                     (0)
#define MICROPY_PY_MACHINE                      (0)
#define MICROPY_PY_NETWORK                      (0)
#define MICROPY_PY_SOCKET                       (0)
#define MICROPY_PY_SELECT                       (0)
#define MICROPY_PY_OS                           (0)
#define MICROPY_PY_OS_DUPTERM                   (0)
#define MICROPY_VFS                             (0)
#define MICROPY_PY_VFS                          (0)
#define MICROPY_EPOCH_IS_1970                   (1)
#define MICROPY_PY_TIME_TIME_TIME_NS            (0)
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (0)
// Small ints have 31 bits on the boards, so their ticks wrap at 2**30.
#define MICROPY_PY_TIME_TICKS_PERIOD            (1UL << 30)
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC        (1)

#define MP_STATE_PORT MP_STATE_VM
#define MP_SSIZE_MAX PTRDIFF_MAX
typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
typedef long mp_off_t;

void *perilune_exec_alloc(size_t min_size, size_t *size);
#define MP_PLAT_ALLOC_EXEC(min_size, ptr, size) (*(ptr) = perilune_exec_alloc((min_size), (size)))
#define MP_PLAT_FREE_EXEC(ptr, size) ((void)(ptr), (void)(size))
