// Calls of machine code, and how such a function's arguments come to their places.
#include <string.h>
#include "py/cstack.h"
#include "py/gc.h"
#include "py/mpstate.h"
#include "py/objfun.h"
#include "py/runtime.h"
#include "quick.h"

static inline mp_obj_t call(mp_obj_t fun, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    if (mp_obj_is_obj(fun) && ((mp_obj_base_t *)MP_OBJ_TO_PTR(fun))->type == &mp_type_fun_native) {
        size_t depth = (char *)MP_STATE_THREAD(stack_top) - (char *)__builtin_frame_address(0);
        if (depth < MP_STATE_THREAD(stack_limit)) {
            mp_call_fun_t start = mp_obj_fun_native_get_function_start(MP_OBJ_TO_PTR(fun));
            return start(fun, n_args, n_kw, args);
        }
    }
    return mp_call_function_n_kw(fun, n_args, n_kw, args);
}

mp_obj_t quick_call_function(mp_obj_t fun, size_t n_args_kw, const mp_obj_t *args) {
    return call(fun, n_args_kw & 0xff, n_args_kw >> 8 & 0xff, args);
}

mp_obj_t quick_call_method(size_t n_args, size_t n_kw, const mp_obj_t *args) {
    size_t self = args[1] != MP_OBJ_NULL;
    return call(args[0], n_args + self, n_kw, args + 2 - self);
}

// How many arguments a function takes, by its code, where they are all plain ones.
typedef struct {
    const void *code;
    size_t n_args;
} signature_t;

static const mp_obj_t NOTHING[2] = { MP_OBJ_NULL, MP_OBJ_NULL };

#define SIGNATURES (1 << 12)
static signature_t signatures[SIGNATURES];

static inline signature_t *signature_of(const void *code) {
    return &signatures[(uint32_t)((uintptr_t)code >> 3) * 0x9e3779b1u >> 20];
}

static inline bool on_heap(const void *at) {
    return (const byte *)at >= MP_STATE_MEM(area).gc_pool_start && (const byte *)at < MP_STATE_MEM(area).gc_pool_end;
}

// Frozen code only: what is compiled at run time may be freed, and other code come to stand in its place.
static bool plain(const mp_obj_fun_bc_t *fun, signature_t *signature) {
    const byte *ip = mp_obj_fun_native_get_prelude_ptr(fun);
    if (on_heap(ip)) {
        return false;
    }
    MP_BC_PRELUDE_SIG_DECODE(ip);
    if (n_kwonly_args != 0 || (scope_flags & ~MP_SCOPE_FLAG_REFGLOBALS) != 0) {
        return false;
    }
    MP_BC_PRELUDE_SIZE_DECODE(ip);
    if (n_cell != 0) {
        return false;
    }
    *signature = (signature_t) { fun->bytecode, n_pos_args };
    return true;
}

static __attribute__((noinline)) void setup(mp_code_state_native_t *state, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    const mp_obj_fun_bc_t *fun = state->fun_bc;
    signature_t *signature = signature_of(fun->bytecode);
    if (n_kw == 0 && plain(fun, signature) && signature->n_args == n_args) {
        quick_setup_code_state(state, n_args, n_kw, args);
    } else {
        mp_setup_code_state_native(state, n_args, n_kw, args);
    }
}

void quick_setup_code_state(mp_code_state_native_t *state, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    const void *code = state->fun_bc->bytecode;
    const signature_t *signature = signature_of(code);
    if (n_kw != 0 || signature->code != code || signature->n_args != n_args) {
        setup(state, n_args, n_kw, args);
        return;
    }
    mp_obj_t *to = state->state;
    size_t blank = state->n_state - n_args;
    if (blank & 1) {
        *to++ = MP_OBJ_NULL;
    }
    for (mp_obj_t *end = to + (blank & ~(size_t)1); to != end; to += 2) {
        memcpy(to, NOTHING, sizeof(NOTHING));
    }
    while (n_args > 0) {
        *to++ = args[--n_args];
    }
}
