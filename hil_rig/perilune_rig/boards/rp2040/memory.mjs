export const RAM = 0x20000000, FLASH = 0x10000000, FLASH_BYTES = 2 << 20, FLASH_MASK = 0xffffff, ROM_BYTES = 0x4000;

// The chip's memory as typed arrays, and where in it programs are: a place is a halfword of RAM, flash or ROM.
export function layout(chip) {
  const ram8 = chip.sram, flash8 = chip.flash, rom = chip.bootrom.buffer, ramBytes = ram8.length;
  const places = (ramBytes + FLASH_BYTES + ROM_BYTES) / 2, code = new Uint8Array(places);
  const readable = (a) => a >>> 24 === 0x10 || (a >= RAM && a < RAM + ramBytes - 3) || (a >= 0 && a < ROM_BYTES - 3);
  return {
    r: new Int32Array(chip.core.registers.buffer),
    f: Int32Array.of(0, 1, 0, 0), // sign, zero, carry, overflow: set if below 0, if 0, if 1, if 1
    ram8, ram16: new Uint16Array(ram8.buffer), ram32: new Int32Array(ram8.buffer), ramBytes,
    flash8, flash16: new Uint16Array(flash8.buffer), flash32: new Int32Array(flash8.buffer),
    rom8: new Uint8Array(rom), rom16: new Uint16Array(rom), rom32: new Int32Array(rom),
    places,
    code, code32: new Uint16Array(code.buffer), // 1 where traces were made of what is there; RAM comes first
    changed: null, // to be told (offset in RAM, bytes) of such places that are written
    place(pc) {
      if (pc >>> 24 === 0x10) return (ramBytes + (pc & (FLASH_BYTES - 1))) >>> 1;
      if (pc >= RAM && pc < RAM + ramBytes) return (pc - RAM) >>> 1;
      return pc >= 0 && pc < ROM_BYTES ? (ramBytes + FLASH_BYTES + pc) >>> 1 : -1;
    },
    // Reads of any memory, but no peripheral.
    any: {
      has: (a, mask) => !(a & mask) && readable(a),
      w: (a) => chip.readUint32(a) | 0,
      h: (a) => chip.readUint16(a),
      b: (a) => chip.readUint8(a),
      sh: (a) => (chip.readUint16(a) << 16) >> 16,
      sb: (a) => (chip.readUint8(a) << 24) >> 24,
    },
  };
}
