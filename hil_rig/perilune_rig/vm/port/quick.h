// Quick ways for what a flight's tick is made of. MicroPython's native emitter calls a function of `mp_fun_table` for each
// of its operations; quick.c puts these in the places of some. Whatever is not one of the cases that they know goes to
// MicroPython's own function, so that all semantics are MicroPython's.
#pragma once
#include <stdbool.h>
#include "py/bc.h"
#include "py/obj.h"

void quick_init(void);

// names.c
mp_obj_t quick_load_global(qstr name);
mp_obj_t quick_load_attr(mp_obj_t base, qstr name);
void quick_load_method(mp_obj_t base, qstr name, mp_obj_t *dest);
void quick_store_attr(mp_obj_t base, qstr name, mp_obj_t value);

// items.c
mp_obj_t quick_subscr(mp_obj_t base, mp_obj_t index, mp_obj_t value);
void quick_unpack_sequence(mp_obj_t seq, size_t n, mp_obj_t *items);

// numbers.c
bool quick_is_true(mp_obj_t o);
mp_obj_t quick_unary_op(mp_unary_op_t op, mp_obj_t o);

// calls.c
mp_obj_t quick_call_function(mp_obj_t fun, size_t n_args_kw, const mp_obj_t *args);
mp_obj_t quick_call_method(size_t n_args, size_t n_kw, const mp_obj_t *args);
void quick_setup_code_state(mp_code_state_native_t *state, size_t n_args, size_t n_kw, const mp_obj_t *args);
