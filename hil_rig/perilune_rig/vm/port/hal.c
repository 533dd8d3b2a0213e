// The caller's clock, captured output, and the absence of files.
#include <string.h>
#include "py/builtin.h"
#include "py/lexer.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "host.h"

uint64_t clock_us;

mp_uint_t mp_hal_ticks_ms(void) {
    return clock_us / 1000;
}

mp_uint_t mp_hal_ticks_us(void) {
    return clock_us;
}

void mp_hal_delay_us(mp_uint_t us) {
    clock_us += us;
}

void mp_hal_delay_ms(mp_uint_t ms) {
    clock_us += (uint64_t)ms * 1000;
    mp_handle_pending(true);
}

int mp_hal_stdin_rx_chr(void) {
    return 4;
}

mp_uint_t mp_hal_stdout_tx_strn(const char *text, size_t n) {
    text_log_t *log = &host->log;
    size_t room = LOG_BYTES - log->used;
    size_t kept = n < room ? n : room;
    memcpy(log->text + log->used, text, kept);
    log->used += kept;
    log->lost += n - kept;
    return n;
}

void mp_hal_stdout_tx_strn_cooked(const char *text, size_t n) {
    mp_hal_stdout_tx_strn(text, n);
}

void mp_hal_stdout_tx_str(const char *text) {
    mp_hal_stdout_tx_strn(text, strlen(text));
}

mp_import_stat_t mp_import_stat(const char *path) {
    (void)path;
    return MP_IMPORT_STAT_NO_EXIST;
}

mp_lexer_t *mp_lexer_new_from_file(qstr filename) {
    (void)filename;
    mp_raise_OSError(2);
}

static mp_obj_t no_files(size_t n_args, const mp_obj_t *args, mp_map_t *kwargs) {
    (void)n_args, (void)args, (void)kwargs;
    mp_raise_OSError(2);
}
MP_DEFINE_CONST_FUN_OBJ_KW(mp_builtin_open_obj, 1, no_files);

// The board takes log2f from its C library, which is not the math library linked here: refuse rather than differ.
float log2f(float x) {
    (void)x;
    mp_raise_NotImplementedError(MP_ERROR_TEXT("math.log2 differs between boards: use math.log"));
}
