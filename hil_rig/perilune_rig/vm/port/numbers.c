// Arithmetic, comparisons and truth of float32 words (objrepr.h) and small whole numbers. What may fail or grow (division
// by zero, powers, sums that do not fit) is MicroPython's.
#include "py/runtime.h"
#include "py/smallint.h"
#include "quick.h"

mp_obj_t mp_binary_op_upstream(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs);

// The type of an object: objrepr.h has another place for floats than MicroPython's own function looks for.
const mp_obj_type_t *mp_obj_get_type(mp_const_obj_t o) {
    if (mp_obj_is_obj(o)) {
        return ((const mp_obj_base_t *)MP_OBJ_TO_PTR(o))->type;
    }
    static const mp_obj_type_t *const types[] = {
        NULL, &mp_type_int, &mp_type_str, &mp_type_int, &mp_type_float, &mp_type_int, &mp_type_NoneType, &mp_type_int,
        NULL, &mp_type_int, &mp_type_str, &mp_type_int, &mp_type_float, &mp_type_int, &mp_type_bool, &mp_type_int,
    };
    return types[(uintptr_t)o & 15];
}

bool quick_is_true(mp_obj_t o) {
    if (mp_obj_is_immediate_obj(o)) {
        return o == mp_const_true;
    }
    if (mp_obj_is_small_int(o)) {
        return o != MP_OBJ_NEW_SMALL_INT(0);
    }
    return mp_obj_is_true(o);
}

mp_obj_t quick_unary_op(mp_unary_op_t op, mp_obj_t o) {
    if (mp_obj_is_float(o) && op == MP_UNARY_OP_NEGATIVE) {
        return mp_obj_new_float(-mp_obj_float_get(o));
    }
    if (op == MP_UNARY_OP_NOT) {
        return mp_obj_new_bool(!quick_is_true(o));
    }
    return mp_unary_op(op, o);
}

// A whole number of 31 bits, as boards have them, becomes a float as on them.
static inline bool number(mp_obj_t o, float *value) {
    if (mp_obj_is_float(o)) {
        *value = mp_obj_float_get(o);
        return true;
    }
    if (mp_obj_is_small_int(o)) {
        *value = (float)MP_OBJ_SMALL_INT_VALUE(o);
        return true;
    }
    return false;
}

static inline mp_obj_t of_floats(mp_binary_op_t op, float x, float y) {
    switch (op) {
        case MP_BINARY_OP_ADD:
        case MP_BINARY_OP_INPLACE_ADD:
            return mp_obj_new_float(x + y);
        case MP_BINARY_OP_SUBTRACT:
        case MP_BINARY_OP_INPLACE_SUBTRACT:
            return mp_obj_new_float(x - y);
        case MP_BINARY_OP_MULTIPLY:
        case MP_BINARY_OP_INPLACE_MULTIPLY:
            return mp_obj_new_float(x * y);
        case MP_BINARY_OP_TRUE_DIVIDE:
        case MP_BINARY_OP_INPLACE_TRUE_DIVIDE:
            return y == 0 ? MP_OBJ_NULL : mp_obj_new_float(x / y);
        case MP_BINARY_OP_LESS:
            return mp_obj_new_bool(x < y);
        case MP_BINARY_OP_MORE:
            return mp_obj_new_bool(x > y);
        case MP_BINARY_OP_LESS_EQUAL:
            return mp_obj_new_bool(x <= y);
        case MP_BINARY_OP_MORE_EQUAL:
            return mp_obj_new_bool(x >= y);
        case MP_BINARY_OP_EQUAL:
            return mp_obj_new_bool(x == y);
        case MP_BINARY_OP_NOT_EQUAL:
            return mp_obj_new_bool(x != y);
        default:
            return MP_OBJ_NULL;
    }
}

static inline mp_obj_t fitting(mp_int_t value) {
    return MP_SMALL_INT_FITS(value) ? MP_OBJ_NEW_SMALL_INT(value) : MP_OBJ_NULL;
}

static inline mp_obj_t of_small_ints(mp_binary_op_t op, mp_int_t a, mp_int_t b) {
    switch (op) {
        case MP_BINARY_OP_ADD:
        case MP_BINARY_OP_INPLACE_ADD:
            return fitting(a + b);
        case MP_BINARY_OP_SUBTRACT:
        case MP_BINARY_OP_INPLACE_SUBTRACT:
            return fitting(a - b);
        case MP_BINARY_OP_AND:
        case MP_BINARY_OP_INPLACE_AND:
            return MP_OBJ_NEW_SMALL_INT(a & b);
        case MP_BINARY_OP_OR:
        case MP_BINARY_OP_INPLACE_OR:
            return MP_OBJ_NEW_SMALL_INT(a | b);
        case MP_BINARY_OP_MODULO:
        case MP_BINARY_OP_INPLACE_MODULO: // of 31 bits: the processor divides those much faster
            return a < 0 || b <= 0 || (a | b) >> 31 != 0 ? MP_OBJ_NULL : MP_OBJ_NEW_SMALL_INT((uint32_t)a % (uint32_t)b);
        case MP_BINARY_OP_LESS:
            return mp_obj_new_bool(a < b);
        case MP_BINARY_OP_MORE:
            return mp_obj_new_bool(a > b);
        case MP_BINARY_OP_LESS_EQUAL:
            return mp_obj_new_bool(a <= b);
        case MP_BINARY_OP_MORE_EQUAL:
            return mp_obj_new_bool(a >= b);
        case MP_BINARY_OP_EQUAL:
            return mp_obj_new_bool(a == b);
        case MP_BINARY_OP_NOT_EQUAL:
            return mp_obj_new_bool(a != b);
        default:
            return MP_OBJ_NULL;
    }
}

mp_obj_t mp_binary_op(mp_binary_op_t op, mp_obj_t lhs, mp_obj_t rhs) {
    mp_obj_t result = MP_OBJ_NULL;
    float x, y;
    if (mp_obj_is_float(lhs) ? number(rhs, &y) : mp_obj_is_float(rhs) && mp_obj_is_small_int(lhs)) {
        number(lhs, &x);
        number(rhs, &y);
        result = of_floats(op, x, y);
    } else if (mp_obj_is_small_int(lhs) && mp_obj_is_small_int(rhs)) {
        result = of_small_ints(op, MP_OBJ_SMALL_INT_VALUE(lhs), MP_OBJ_SMALL_INT_VALUE(rhs));
    } else if (op == MP_BINARY_OP_IS) {
        return mp_obj_new_bool(lhs == rhs);
    }
    return result != MP_OBJ_NULL ? result : mp_binary_op_upstream(op, lhs, rhs);
}
