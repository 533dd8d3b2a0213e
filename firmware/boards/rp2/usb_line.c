// `perilune_usb`: what standard input and output of the rp2 port do not tell, how much they hold. With it a reader never
// asks for a byte that has not come, and a writer never waits for a host that does not read.

#include "py/mphal.h"
#include "py/ringbuf.h"
#include "py/runtime.h"
#include "shared/tinyusb/mp_usbd_cdc.h"
#ifndef NO_QSTR // their names are looked for without the USB stack at hand
#include "tusb.h"
#endif

extern ringbuf_t stdin_ringbuf;

// Bytes that can be read at once.
static mp_obj_t waiting(void) {
    mp_usbd_cdc_poll_interfaces(0);
    return MP_OBJ_NEW_SMALL_INT(ringbuf_avail(&stdin_ringbuf));
}
static MP_DEFINE_CONST_FUN_OBJ_0(waiting_obj, waiting);

// Bytes that can be written at once. Without a host all can: the oldest are then lost.
static mp_obj_t room(void) {
    return MP_OBJ_NEW_SMALL_INT(tud_cdc_connected() ? tud_cdc_write_available() : CFG_TUD_CDC_TX_BUFSIZE);
}
static MP_DEFINE_CONST_FUN_OBJ_0(room_obj, room);

static const mp_rom_map_elem_t names[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_perilune_usb) },
    { MP_ROM_QSTR(MP_QSTR_waiting), MP_ROM_PTR(&waiting_obj) },
    { MP_ROM_QSTR(MP_QSTR_room), MP_ROM_PTR(&room_obj) },
};
static MP_DEFINE_CONST_DICT(names_dict, names);

const mp_obj_module_t perilune_usb_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&names_dict,
};

MP_REGISTER_MODULE(MP_QSTR_perilune_usb, perilune_usb_module);
