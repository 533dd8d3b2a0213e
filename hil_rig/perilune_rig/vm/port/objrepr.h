// Objects of 64 bits with float32 inside the word: no float is a heap object. Exact: all 32 bits are kept.
//
//   ...1 small int   ..010 qstr   ..110 None, False, True   ..000 pointer   float bits << 32 | 12
//
// MicroPython's obj.h defines nothing for a representation it does not know, so that all of it is defined here.
#define MICROPY_OBJ_REPR (4)
#define FLOAT_TAG (12)

static inline bool mp_obj_is_small_int(const void *o) { return ((intptr_t)o & 1) != 0; }
#define MP_OBJ_SMALL_INT_VALUE(o) (((mp_int_t)(o)) >> 1)
#define MP_OBJ_NEW_SMALL_INT(small_int) ((mp_obj_t)((((mp_uint_t)(small_int)) << 1) | 1))
#define MP_SMALL_INT_MIN ((mp_int_t)(((mp_int_t)MP_OBJ_WORD_MSBIT_HIGH) >> 1))
#define MP_SMALL_INT_FITS(n) ((((n) ^ ((mp_uint_t)(n) << 1)) & MP_OBJ_WORD_MSBIT_HIGH) == 0)
#define MP_SMALL_INT_POSITIVE_MASK ~(MP_OBJ_WORD_MSBIT_HIGH | (MP_OBJ_WORD_MSBIT_HIGH >> 1))

static inline bool mp_obj_is_qstr(const void *o) { return ((intptr_t)o & 7) == 2; }
#define MP_OBJ_QSTR_VALUE(o) (((mp_uint_t)(o)) >> 3)
#define MP_OBJ_NEW_QSTR(qst) ((mp_obj_t)((((mp_uint_t)(qst)) << 3) | 2))

static inline bool mp_obj_is_immediate_obj(const void *o) { return ((intptr_t)o & 7) == 6; }
#define MP_OBJ_IMMEDIATE_OBJ_VALUE(o) (((mp_uint_t)(o)) >> 3)
#define MP_OBJ_NEW_IMMEDIATE_OBJ(val) ((mp_obj_t)(((val) << 3) | 6))

static inline bool mp_obj_is_obj(const void *o) { return ((intptr_t)o & 7) == 0; }

#define MP_ROM_FLOAT(bits) ((mp_rom_obj_t)((uint64_t)(bits) << 32 | FLOAT_TAG))
#define mp_const_float_e MP_ROM_FLOAT(0x402df854)
#define mp_const_float_pi MP_ROM_FLOAT(0x40490fdb)
#define mp_const_float_tau MP_ROM_FLOAT(0x40c90fdb)
#define mp_const_float_inf MP_ROM_FLOAT(0x7f800000)
#define mp_const_float_nan MP_ROM_FLOAT(0x7fc00000)

static inline bool mp_obj_is_float(const void *o) { return (uint32_t)(uintptr_t)o == FLOAT_TAG; }
static inline float mp_obj_float_get(const void *o) {
    union { uint32_t u; float f; } bits = { .u = (uintptr_t)o >> 32 };
    return bits.f;
}
static inline void *mp_obj_new_float(float f) {
    union { float f; uint32_t u; } bits = { .f = f };
    return (void *)((uint64_t)bits.u << 32 | FLOAT_TAG);
}

// The type of an object, and arithmetic: see numbers.c.
#define MICROPY_WRAP_MP_OBJ_GET_TYPE(f) f ## _upstream
#define MICROPY_WRAP_MP_BINARY_OP(f) f ## _upstream
