// MicroPython's float type without its boxed representation (see objrepr.h): objfloat.c asks for the representation only
// to know whether to define it.
#include "py/runtime.h"
#undef MICROPY_OBJ_REPR
#define MICROPY_OBJ_REPR MICROPY_OBJ_REPR_D
#include "py/objfloat.c"
