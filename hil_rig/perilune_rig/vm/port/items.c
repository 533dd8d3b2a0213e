// Items of tuples, lists and arrays by small whole numbers, and tuples taken apart.
#include "py/binary.h"
#include "py/objarray.h"
#include "py/objlist.h"
#include "py/objtuple.h"
#include "py/runtime.h"
#include "quick.h"

// As mp_obj_subscr: `value` is MP_OBJ_SENTINEL to load, MP_OBJ_NULL to delete, else what to store. Returns MP_OBJ_NULL
// where it is none of these cases.
static mp_obj_t tuple_item(mp_obj_t base, size_t i, mp_obj_t value) {
    mp_obj_tuple_t *self = MP_OBJ_TO_PTR(base);
    return i < self->len && value == MP_OBJ_SENTINEL ? self->items[i] : MP_OBJ_NULL;
}

static mp_obj_t list_item(mp_obj_t base, size_t i, mp_obj_t value) {
    mp_obj_list_t *self = MP_OBJ_TO_PTR(base);
    if (i >= self->len || value == MP_OBJ_NULL) {
        return MP_OBJ_NULL;
    }
    if (value == MP_OBJ_SENTINEL) {
        return self->items[i];
    }
    self->items[i] = value;
    return mp_const_none;
}

static mp_obj_t float_item(float *at, mp_obj_t value) {
    if (value == MP_OBJ_SENTINEL) {
        return mp_obj_new_float(*at);
    }
    if (value == MP_OBJ_NULL || !mp_obj_is_float(value)) {
        return MP_OBJ_NULL;
    }
    *at = mp_obj_float_get(value);
    return mp_const_none;
}

// A whole number that does not fit into its item is MicroPython's to judge.
#define WHOLE_ITEM(type) \
    static mp_obj_t type##_item(type *at, mp_obj_t value) { \
        if (value == MP_OBJ_SENTINEL) { \
            return MP_OBJ_NEW_SMALL_INT(*at); \
        } \
        if (value == MP_OBJ_NULL || !mp_obj_is_small_int(value) || MP_OBJ_SMALL_INT_VALUE(value) != (type)MP_OBJ_SMALL_INT_VALUE(value)) { \
            return MP_OBJ_NULL; \
        } \
        *at = MP_OBJ_SMALL_INT_VALUE(value); \
        return mp_const_none; \
    }
WHOLE_ITEM(uint8_t)
WHOLE_ITEM(uint16_t)
WHOLE_ITEM(uint32_t)

static mp_obj_t array_item(mp_obj_t base, size_t i, mp_obj_t value) {
    mp_obj_array_t *self = MP_OBJ_TO_PTR(base);
    if (i >= self->len) {
        return MP_OBJ_NULL;
    }
    switch (self->typecode) {
        case 'f':
            return float_item((float *)self->items + i, value);
        case 'B':
        case BYTEARRAY_TYPECODE:
            return uint8_t_item((uint8_t *)self->items + i, value);
        case 'H':
            return uint16_t_item((uint16_t *)self->items + i, value);
        case 'I':
            return uint32_t_item((uint32_t *)self->items + i, value);
        default:
            return MP_OBJ_NULL;
    }
}

mp_obj_t quick_subscr(mp_obj_t base, mp_obj_t index, mp_obj_t value) {
    if (mp_obj_is_obj(base) && mp_obj_is_small_int(index)) {
        const mp_obj_type_t *type = ((mp_obj_base_t *)MP_OBJ_TO_PTR(base))->type;
        size_t i = MP_OBJ_SMALL_INT_VALUE(index); // below zero: beyond every length
        mp_obj_t found = MP_OBJ_NULL;
        if (type == &mp_type_tuple) {
            found = tuple_item(base, i, value);
        } else if (type == &mp_type_list) {
            found = list_item(base, i, value);
        } else if (type == &mp_type_array || type == &mp_type_bytearray) {
            found = array_item(base, i, value);
        }
        if (found != MP_OBJ_NULL) {
            return found;
        }
    }
    return mp_obj_subscr(base, index, value);
}

static void unpack(size_t n, const mp_obj_t *from, mp_obj_t *items) {
    for (size_t i = 0; i < n; i++) {
        items[i] = from[n - 1 - i];
    }
}

void quick_unpack_sequence(mp_obj_t seq, size_t n, mp_obj_t *items) {
    if (mp_obj_is_type(seq, &mp_type_tuple) && ((mp_obj_tuple_t *)MP_OBJ_TO_PTR(seq))->len == n) {
        unpack(n, ((mp_obj_tuple_t *)MP_OBJ_TO_PTR(seq))->items, items);
    } else if (mp_obj_is_type(seq, &mp_type_list) && ((mp_obj_list_t *)MP_OBJ_TO_PTR(seq))->len == n) {
        unpack(n, ((mp_obj_list_t *)MP_OBJ_TO_PTR(seq))->items, items);
    } else {
        mp_unpack_sequence(seq, n, items);
    }
}
