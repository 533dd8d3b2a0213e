// Arithmetic and comparison of two floats, and the truth of a bool, in place of MicroPython's call for them. emitter.py puts
// this into a copy of the emitter (emitnative.c) that compiles frozen modules for x86-64.
//
// Objects are words with float32 inside, float bits << 32 | 12 (objrepr.h); False is 14 and True 30. Where an operand is of
// another kind, the call that follows is made as ever; the code in place jumps over it, so its length must be known.
#define X64_BINARY_CALL_BYTES (14)
#define X64_IS_TRUE_CALL_BYTES (9)

static void emit_x64_bytes(emit_t *emit, const char *code, size_t n) {
    for (size_t i = 0; i < n; i++) {
        mp_asm_base_data(&emit->as->base, 1, (byte)code[i]);
    }
}
#define X64(emit, code) emit_x64_bytes(emit, code, sizeof(code) - 1)

// lhs in rsi, rhs in rdx; whether anything was emitted
static bool emit_x64_float_op(emit_t *emit, mp_binary_op_t op) {
    byte arithmetic = 0, order = 0, condition = 0;
    switch (op) {
        case MP_BINARY_OP_ADD:
        case MP_BINARY_OP_INPLACE_ADD:
            arithmetic = 0x58;
            break;
        case MP_BINARY_OP_SUBTRACT:
        case MP_BINARY_OP_INPLACE_SUBTRACT:
            arithmetic = 0x5c;
            break;
        case MP_BINARY_OP_MULTIPLY:
        case MP_BINARY_OP_INPLACE_MULTIPLY:
            arithmetic = 0x59;
            break;
        case MP_BINARY_OP_LESS:
        case MP_BINARY_OP_LESS_EQUAL:
            order = 0xc8; // ucomiss xmm1, xmm0
            condition = op == MP_BINARY_OP_LESS ? 0x97 : 0x93; // above, above or equal
            break;
        case MP_BINARY_OP_MORE:
        case MP_BINARY_OP_MORE_EQUAL:
            order = 0xc1; // ucomiss xmm0, xmm1
            condition = op == MP_BINARY_OP_MORE ? 0x97 : 0x93;
            break;
        default:
            return false;
    }
    size_t body = arithmetic ? 32 : 33;
    X64(emit, "\x83\xfe\x0c\x75"); // cmp esi, 12; jne to the call
    mp_asm_base_data(&emit->as->base, 1, 5 + body);
    X64(emit, "\x83\xfa\x0c\x75"); // cmp edx, 12; jne
    mp_asm_base_data(&emit->as->base, 1, body);
    X64(emit, "\x48\xc1\xee\x20\x48\xc1\xea\x20"); // shr rsi, 32; shr rdx, 32
    X64(emit, "\x66\x0f\x6e\xc6\x66\x0f\x6e\xca"); // movd xmm0, esi; movd xmm1, edx
    if (arithmetic) {
        X64(emit, "\xf3\x0f"); // op xmm0, xmm1; movd eax, xmm0 (66 0f 7e c0) follows below
        mp_asm_base_data(&emit->as->base, 1, arithmetic);
        X64(emit, "\xc1\x66\x0f\x7e\xc0\x48\xc1\xe0\x20\x0c\x0c"); // shl rax, 32; or al, 12
    } else {
        X64(emit, "\x0f\x2e");
        mp_asm_base_data(&emit->as->base, 1, order);
        mp_asm_base_data(&emit->as->base, 1, 0x0f);
        mp_asm_base_data(&emit->as->base, 1, condition);
        X64(emit, "\xc0\x0f\xb6\xc0\xc1\xe0\x04\x83\xc0\x0e"); // setcc al; movzx; shl eax, 4; add eax, 14
    }
    X64(emit, "\xeb"); // jmp
    mp_asm_base_data(&emit->as->base, 1, X64_BINARY_CALL_BYTES);
    return true;
}

// object in rdi
static void emit_x64_is_true(emit_t *emit) {
    X64(emit, "\x48\x8d\x47\xf2"); // lea rax, [rdi - 14]
    X64(emit, "\x48\xa9\xef\xff\xff\xff"); // test rax, ~16
    X64(emit, "\x75\x05\xc1\xe8\x04\xeb"); // jne call; shr eax, 4; jmp
    mp_asm_base_data(&emit->as->base, 1, X64_IS_TRUE_CALL_BYTES);
}

static void emit_x64_check(emit_t *emit, size_t call_at, size_t bytes) {
    if (mp_asm_base_get_code_pos(&emit->as->base) - call_at != bytes) {
        mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("length of an x64 call"));
    }
}
