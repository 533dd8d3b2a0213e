"""MicroPython's native emitter with float arithmetic in place of calls, for the frozen modules of this port.

MicroPython's tree is not touched: a copy of its emitter stands before it in mpy-cross's include path. A tree whose
emitter looks otherwise is compiled as it is; the machine code is slower then, and its bits are the same.
"""

from pathlib import Path

__all__ = ["with_floats_in_place"]

_BEFORE = "static void emit_native_jump_helper("
_TRUTH = """        emit_call(emit, MP_F_OBJ_IS_TRUE);
"""
_BINARY = """        emit_call_with_imm_arg(emit, MP_F_BINARY_OP, op, REG_ARG_1);
        if (invert) {
"""
_TRUTH_IN_PLACE = """        #if N_X64
        need_reg_all(emit);
        emit_x64_is_true(emit);
        size_t call_at = mp_asm_base_get_code_pos(&emit->as->base);
        #endif
        emit_call(emit, MP_F_OBJ_IS_TRUE);
        #if N_X64
        emit_x64_check(emit, call_at, X64_IS_TRUE_CALL_BYTES);
        #endif
"""
_BINARY_IN_PLACE = """        #if N_X64
        need_reg_all(emit);
        bool in_place = emit_x64_float_op(emit, op);
        size_t call_at = mp_asm_base_get_code_pos(&emit->as->base);
        #endif
        emit_call_with_imm_arg(emit, MP_F_BINARY_OP, op, REG_ARG_1);
        #if N_X64
        if (in_place) {
            emit_x64_check(emit, call_at, X64_BINARY_CALL_BYTES);
        }
        #endif
        if (invert) {
"""


def with_floats_in_place(emitter: str, snippet: str) -> str | None:
    """The text of emitnative.c with the snippet (port/emit_x64.h) put to use; None where it is not the one known."""
    edits = [
        (_BEFORE, f"#if N_X64\n{snippet}#endif\n\n{_BEFORE}"),
        (_TRUTH, _TRUTH_IN_PLACE),
        (_BINARY, _BINARY_IN_PLACE),
    ]
    for old, new in edits:
        if emitter.count(old) != 1:
            return None
        emitter = emitter.replace(old, new)
    return emitter


def place(tree: Path, port: Path, build: Path) -> None:
    """Put the copy where mpy-cross, built in `build`, finds it before the tree's own."""
    own = tree / "py" / "emitnative.c"
    copy = with_floats_in_place(
        own.read_text(encoding="utf-8"), (port / "emit_x64.h").read_text(encoding="utf-8")
    )
    if copy is not None:
        (build / "py").mkdir(parents=True, exist_ok=True)
        (build / "py" / "emitnative.c").write_text(copy, encoding="utf-8")
