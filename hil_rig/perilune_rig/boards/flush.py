"""Flush-to-zero for processors that have no such mode: Cortex-M3 without an FPU, RISC-V.

The reference (SSE with FTZ and DAZ), the RP2040's boot ROM and ARM's FPU with FPSCR.FZ take denormal operands for zeros
of their sign and return no denormals. libgcc's routines keep them, and so does the F extension of RISC-V, which has no
such mode. So MicroPython's float operations flush operands and results, also those that rounding as a denormal made
2^-126. Values that are only moved, negated or stored keep their bits, as they do on the others.
"""

from pathlib import Path

from perilune_rig.boards.source_edits import replace

__all__ = ["in_software"]

_INCLUDE = '#include "py/runtime.h"\n'
_OPERANDS = "        return MP_OBJ_NULL; // op not supported\n    }\n\n    switch (op) {\n"
_RESULT = "    return mp_obj_new_float(lhs_val);\n}\n\n#endif // MICROPY_PY_BUILTINS_FLOAT"


def in_software(tree: Path, include: str) -> None:
    """Edit MicroPython's `tree`; `include` declares `overlay_flushed`. RigError where the version is unknown."""
    floats = tree / "py" / "objfloat.c"
    flushed = "    lhs_val = overlay_flushed(lhs_val);\n    rhs_val = overlay_flushed(rhs_val);\n"
    replace(floats, _OPERANDS, _OPERANDS.replace("    switch", flushed + "    switch"))
    replace(floats, _RESULT, _RESULT.replace("(lhs_val)", "(overlay_flushed(lhs_val))"))
    replace(floats, "mp_obj_new_bool(val != 0)", "mp_obj_new_bool(overlay_flushed(val) != 0)")
    for sign in "*/":
        exact = f"overlay_rounded(lhs_val {sign} rhs_val, (double)lhs_val {sign} (double)rhs_val)"
        replace(floats, f"            lhs_val {sign}= rhs_val;\n", f"            lhs_val = {exact};\n")
    replace(floats, _INCLUDE, _INCLUDE + include)
