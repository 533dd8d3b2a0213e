// The build for flight: what MicroPython's rp2 port can do besides running the frozen flight software is not compiled in.
// Read at the end of the port's mpconfigport.h. What is left out is not to be found in the image, whatever runs there.

// No prompt: no compiler, so no REPL (shared/runtime/pyexec.c has none without it), no eval, no exec, no source files.
#undef MICROPY_ENABLE_COMPILER
#define MICROPY_ENABLE_COMPILER (0)
#define MICROPY_HELPER_REPL (0)
#define MICROPY_PY_BUILTINS_HELP (0)
#define MICROPY_PY_BUILTINS_INPUT (0)

// No Ctrl-C: a byte is a byte, from the first instruction on.
#define MICROPY_KBD_EXCEPTION (0)

// No second way in: no stream takes the place of standard input, no reset leads to the boot ROM's drive.
#undef MICROPY_PY_OS_DUPTERM
#undef MICROPY_PY_OS_DUPTERM_NOTIFY
#define MICROPY_PY_OS_DUPTERM (0)
#define MICROPY_PY_OS_DUPTERM_NOTIFY (0)
#undef MICROPY_PY_MACHINE_BOOTLOADER
#define MICROPY_PY_MACHINE_BOOTLOADER (0)
#define MICROPY_HW_USB_CDC_1200BPS_TOUCH (0)
#undef MICROPY_HW_ENABLE_USB_RUNTIME_DEVICE
#define MICROPY_HW_ENABLE_USB_RUNTIME_DEVICE (0)

// No files: nothing to run before the flight software, nothing that keeps what somebody has written, no modules but frozen
// ones. The key lies in a page of flash that nothing but perilune.ports.rp2 reads.
#undef MICROPY_VFS
#undef MICROPY_VFS_LFS2
#undef MICROPY_VFS_FAT
#undef MICROPY_READER_VFS
#undef MICROPY_PERSISTENT_CODE_LOAD
#define MICROPY_VFS (0)
#define MICROPY_VFS_LFS2 (0)
#define MICROPY_VFS_FAT (0)
#define MICROPY_READER_VFS (0)
#define MICROPY_PERSISTENT_CODE_LOAD (0)
#define MICROPY_PY_IO (0)
#define MICROPY_PY_JSON (0) // reads from files
