// Calls of machine code, and how such a function's arguments come to their places.
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

#define SIGNATURES (1024)
static signature_t signatures[SIGNATURES];

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

void quick_setup_code_state(mp_code_state_native_t *state, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    const mp_obj_fun_bc_t *fun = state->fun_bc;
    signature_t *signature = &signatures[((uintptr_t)fun->bytecode >> 4) % SIGNATURES];
    bool known = n_kw == 0 && (signature->code == fun->bytecode || plain(fun, signature));
    if (!known || signature->n_args != n_args) {
        mp_setup_code_state_native(state, n_args, n_kw, args);
        return;
    }
    mp_obj_t *to = state->state;
    for (size_t i = state->n_state - n_args; i > 0; i--) {
        *to++ = MP_OBJ_NULL;
    }
    while (n_args > 0) {
        *to++ = args[--n_args];
    }
}
