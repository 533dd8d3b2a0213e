// See quick.h. The table of this library is a copy of MicroPython's, which the Makefile compiles under another name.
#define mp_fun_table mp_fun_table_declared
#include "py/nativeglue.h"
#undef mp_fun_table
#include "quick.h"

extern const mp_fun_table_t mp_fun_table_upstream;
mp_fun_table_t mp_fun_table;

void quick_init(void) {
    mp_fun_table = mp_fun_table_upstream;
    mp_fun_table.load_global = quick_load_global;
    mp_fun_table.load_attr = quick_load_attr;
    mp_fun_table.load_method = quick_load_method;
    mp_fun_table.store_attr = quick_store_attr;
    mp_fun_table.obj_subscr = quick_subscr;
    mp_fun_table.unpack_sequence = quick_unpack_sequence;
    mp_fun_table.obj_is_true = quick_is_true;
    mp_fun_table.unary_op = quick_unary_op;
    mp_fun_table.call_function_n_kw = quick_call_function;
    mp_fun_table.call_method_n_kw = quick_call_method;
    mp_fun_table.setup_code_state_native = quick_setup_code_state;
}
