// Entry points of the library: each sets up the board's float environment and the limits of the C stack, and catches
// whatever the Python code raises.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "py/compile.h"
#include "py/cstack.h"
#include "py/pystack.h"
#include "py/gc.h"
#include "py/objarray.h"
#include "py/runtime.h"
#include "genhdr/mpversion.h"
#include "shared/runtime/gchelper.h"
#include "quick.h"
#include "floatenv.h"
#include "heap.h"
#include "host.h"
#include "image.h"

#pragma GCC visibility push(default)
#include "library.h"
#pragma GCC visibility pop

#define C_STACK_BYTES (256 * 1024)
#define PYTHON_STACK_BYTES (32 * 1024)
#define SCRUBBED_BYTES (8 * 1024)
#define BOOT_COLLECT_BYTES (8 * 1024)

MP_REGISTER_ROOT_POINTER(mp_obj_t step_function);
MP_REGISTER_ROOT_POINTER(mp_obj_t step_in);
MP_REGISTER_ROOT_POINTER(mp_obj_t step_out);

uint64_t perilune_loops_left;
static uint64_t loop_limit;      // backward jumps allowed per call, 0: no limit
static uint32_t collect_every;   // steps between forced collections, 0: only when the heap is full
static uint32_t steps_since_collection;
static uint64_t collections;
static bool running, stopped;

typedef int (*body_t)(void *argument);

// A traceback too long for the buffer keeps its beginning and its end: the last line is the exception.
static void make_room(size_t n) {
    static const char cut[] = "\n[...]\n";
    char *kept = host->error + ERROR_HEAD_BYTES;
    size_t over = host->error_used + n - ERROR_BYTES;
    memcpy(kept - (sizeof(cut) - 1), cut, sizeof(cut) - 1);
    memmove(kept, kept + over, host->error_used - over - ERROR_HEAD_BYTES);
    host->error_used -= over;
}

static void error_print(void *env, const char *text, size_t n) {
    (void)env;
    n = n < ERROR_BYTES / 2 ? n : ERROR_BYTES / 2;
    if (host->error_used + n > ERROR_BYTES) {
        make_room(n);
    }
    memcpy(host->error + host->error_used, text, n);
    host->error_used += n;
}

static const mp_print_t error_out = { NULL, error_print };

static void describe(void *exception) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_obj_print_exception(&error_out, MP_OBJ_FROM_PTR(exception));
        nlr_pop();
    } else {
        mp_print_str(&error_out, "(and printing the exception raised another)\n");
    }
}

static int stop(void) {
    stopped = true;
    mp_printf(&error_out, "stopped: more than %u backward jumps in one call\n", (unsigned)loop_limit);
    return VM_STOPPED;
}

void perilune_loops_spent(void) {
    if (loop_limit > 0) {
        nlr_jump_abort();
    }
}

// Collection takes every word on the C stack that looks like an address for one. Words left over from earlier calls
// would make what it frees depend on the caller's past.
static __attribute__((noinline)) void scrub_stack(void) {
    char below[SCRUBBED_BYTES];
    memset(below, 0, sizeof(below));
    __asm__ volatile ("" : : "r" (below) : "memory");
}

static __attribute__((noinline)) int caught(body_t body, void *argument) {
    nlr_buf_t nlr;
    int result = VM_EXCEPTION;
    host->error_used = 0;
    perilune_loops_left = loop_limit;
    if (nlr_push(&nlr) == 0) {
        nlr_set_abort(&nlr);
        result = body(argument);
        nlr_pop();
    } else if (nlr.ret_val == NULL) {
        result = stop();
    } else {
        perilune_loops_left = 0;
        describe(nlr.ret_val);
    }
    nlr_set_abort(NULL);
    return result;
}

static __attribute__((noinline)) int guarded(body_t body, void *argument) {
    if (!running || stopped) {
        return running ? VM_STOPPED : VM_NOT_READY;
    }
    float_env_t callers = float_env_enter();
    scrub_stack();
    mp_cstack_init_with_top(__builtin_frame_address(0), C_STACK_BYTES);
    int result = caught(body, argument);
    float_env_leave(callers);
    return result;
}

void gc_collect(void) {
    collections++;
    gc_collect_start();
    gc_helper_collect_regs_and_stack();
    exec_mark();
    gc_collect_end();
    heap_from_the_bottom();
}

void nlr_jump_fail(void *value) {
    (void)value;
    fputs("MicroPython: exception outside of any handler\n", stderr);
    abort();
}

const char *vm_version(void) {
    return MICROPY_GIT_TAG;
}

static bool map_heap(size_t bytes) {
    if (host->heap != NULL) {
        munmap(host->heap, host->heap_bytes);
    }
    host->heap = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool mapped = host->heap != MAP_FAILED;
    host->heap_bytes = mapped ? bytes : 0;
    host->heap = mapped ? host->heap : NULL;
    return mapped;
}

static uint8_t python_stack[PYTHON_STACK_BYTES] __attribute__((aligned(8)));

int vm_start(size_t heap_bytes) {
    if (host_get() == NULL || !map_heap(heap_bytes)) {
        return VM_NOT_READY;
    }
    image_reset();
    host->generation++;
    host->log.used = host->log.lost = 0;
    float_env_t callers = float_env_enter();
    mp_cstack_init_with_top(__builtin_frame_address(0), C_STACK_BYTES);
    gc_init(host->heap, host->heap + heap_bytes);
    mp_pystack_init(python_stack, python_stack + sizeof(python_stack));
    quick_init();
    mp_init();
    running = true;
    float_env_leave(callers);
    return VM_OK;
}

void vm_stop(void) {
    running = false;
    host_free();
}

typedef struct {
    const char *source;
    size_t n;
} exec_t;

static int exec_body(void *argument) {
    exec_t *call = argument;
    mp_lexer_t *lexer = mp_lexer_new_from_str_len(MP_QSTR__lt_stdin_gt_, call->source, call->n, 0);
    qstr name = lexer->source_name;
    mp_parse_tree_t tree = mp_parse(lexer, MP_PARSE_FILE_INPUT);
    mp_call_function_0(mp_compile(&tree, name, false));
    return VM_OK;
}

int vm_exec(const char *source, size_t n, uint64_t time_us) {
    exec_t call = { source, n };
    if (!running) {
        return VM_NOT_READY;
    }
    clock_us = time_us;
    // Collect often while modules load, so that what stays lies low in the heap: every later sweep, and every snapshot,
    // reaches up to the highest block in use.
    size_t threshold = MP_STATE_MEM(gc_alloc_threshold);
    MP_STATE_MEM(gc_alloc_threshold) = BOOT_COLLECT_BYTES / MICROPY_BYTES_PER_GC_BLOCK;
    int result = guarded(exec_body, &call);
    if (MP_STATE_MEM(gc_alloc_threshold) == BOOT_COLLECT_BYTES / MICROPY_BYTES_PER_GC_BLOCK) {
        MP_STATE_MEM(gc_alloc_threshold) = threshold;
    }
    return result;
}

static mp_obj_t io_buffer(void) {
    static const byte zeros[VM_IO_BYTES];
    return mp_obj_new_bytearray(VM_IO_BYTES, zeros);
}

static uint8_t *items(mp_obj_t buffer) {
    return ((mp_obj_array_t *)MP_OBJ_TO_PTR(buffer))->items;
}

static int bind_body(void *argument) {
    // Compiling leaves the heap full of holes; long-lived buffers above them would make every later sweep longer.
    gc_collect();
    MP_STATE_VM(step_function) = mp_load_global(qstr_from_str(argument));
    MP_STATE_VM(step_in) = io_buffer();
    MP_STATE_VM(step_out) = io_buffer();
    return VM_OK;
}

int vm_bind(const char *name, uint8_t **in, uint8_t **out) {
    int result = guarded(bind_body, (void *)name);
    if (result == VM_OK) {
        *in = items(MP_STATE_VM(step_in));
        *out = items(MP_STATE_VM(step_out));
    }
    return result;
}

static int bad_reply(const char *why) {
    mp_print_str(&error_out, why);
    return VM_BAD_REPLY;
}

// The caller holds the addresses of both buffers: a step that resizes one would leave them dangling.
static bool moved(mp_obj_t buffer, const uint8_t *at) {
    const mp_obj_array_t *array = MP_OBJ_TO_PTR(buffer);
    return array->items != at || array->len != VM_IO_BYTES;
}

static void collect_if_due(void) {
    if (collect_every > 0 && ++steps_since_collection >= collect_every) {
        steps_since_collection = 0;
        gc_collect();
    }
}

static int step_body(void *argument) {
    uint8_t *in = items(MP_STATE_VM(step_in)), *out = items(MP_STATE_VM(step_out));
    mp_obj_t arguments[3] = { MP_STATE_VM(step_in), MP_OBJ_NEW_SMALL_INT(*(int *)argument), MP_STATE_VM(step_out) };
    mp_obj_t reply = mp_call_function_n_kw(MP_STATE_VM(step_function), 3, 0, arguments);
    if (moved(MP_STATE_VM(step_in), in) || moved(MP_STATE_VM(step_out), out)) {
        stopped = true;
        return bad_reply("the step function resized one of its buffers\n");
    }
    if (!mp_obj_is_small_int(reply)) {
        return bad_reply("the step function must return the number of bytes in its reply, an int\n");
    }
    mp_int_t n = MP_OBJ_SMALL_INT_VALUE(reply);
    if (n < 0 || n > VM_IO_BYTES) {
        return bad_reply("the step function returned a length outside its buffer\n");
    }
    return n;
}

static int collect_body(void *argument) {
    if (argument == NULL) {
        gc_collect();
    } else {
        collect_if_due();
    }
    return VM_OK;
}

int vm_step(int n, uint64_t time_us) {
    if (!running || MP_STATE_VM(step_function) == MP_OBJ_NULL || n < 0 || n > VM_IO_BYTES) {
        return VM_NOT_READY;
    }
    clock_us = time_us;
    int result = guarded(step_body, &n);
    if (collect_every > 0 && result != VM_STOPPED) {
        // In a call of its own: nothing of the step is left on the stack.
        size_t error_used = host->error_used;
        guarded(collect_body, &collect_every);
        host->error_used = error_used;
    }
    return result;
}

int vm_collect(void) {
    return guarded(collect_body, NULL);
}

void vm_collect_every(uint32_t steps) {
    collect_every = steps;
    steps_since_collection = 0;
}

void vm_loop_limit(uint64_t loops) {
    loop_limit = loops;
}

void vm_heap(vm_heap_t *heap) {
    gc_info_t info = { 0 };
    if (running) {
        gc_info(&info);
    }
    *heap = (vm_heap_t) { info.total, info.used, info.free, info.max_free * MICROPY_BYTES_PER_GC_BLOCK, collections };
}

size_t vm_error_text(const char **text) {
    *text = host == NULL ? "" : host->error;
    return host == NULL ? 0 : host->error_used;
}

size_t vm_log_text(const char **text, size_t *lost) {
    *text = host == NULL ? "" : host->log.text;
    *lost = host == NULL ? 0 : host->log.lost;
    return host == NULL ? 0 : host->log.used;
}

void vm_log_clear(void) {
    if (host != NULL) {
        host->log.used = host->log.lost = 0;
    }
}

size_t vm_snapshot_bytes(void) {
    return running ? image_snapshot_bytes() : 0;
}

void vm_snapshot(uint8_t *to) {
    if (running) {
        image_save(to);
    }
}

int vm_restore(const uint8_t *from, size_t n) {
    return host != NULL && host->heap != NULL && image_load(from, n) ? VM_OK : VM_NOT_READY;
}
