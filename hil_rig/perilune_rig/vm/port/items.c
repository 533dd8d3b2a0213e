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

static mp_obj_t array_item(mp_obj_t base, size_t i, mp_obj_t value) {
    mp_obj_array_t *self = MP_OBJ_TO_PTR(base);
    if (i >= self->len) {
        return MP_OBJ_NULL;
    }
    if (self->typecode == 'f') {
        float *at = (float *)self->items + i;
        if (value == MP_OBJ_SENTINEL) {
            return mp_obj_new_float(*at);
        }
        if (value != MP_OBJ_NULL && mp_obj_is_float(value)) {
            *at = mp_obj_float_get(value);
            return mp_const_none;
        }
    } else if (value == MP_OBJ_SENTINEL && (self->typecode == 'B' || self->typecode == BYTEARRAY_TYPECODE)) {
        return MP_OBJ_NEW_SMALL_INT(((uint8_t *)self->items)[i]);
    }
    return MP_OBJ_NULL;
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

void quick_unpack_sequence(mp_obj_t seq, size_t n, mp_obj_t *items) {
    if (mp_obj_is_type(seq, &mp_type_tuple)) {
        mp_obj_tuple_t *tuple = MP_OBJ_TO_PTR(seq);
        if (tuple->len == n) {
            for (size_t i = 0; i < n; i++) {
                items[i] = tuple->items[n - 1 - i];
            }
            return;
        }
    }
    mp_unpack_sequence(seq, n, items);
}
