// Erasing and programming flash: the boot ROM's functions for it become traps, since the emulator's flash interface
// takes no commands. What is written survives a reset of the chip (RP2040 datasheet 2.8.3).
const TABLE_AT = 0x14;
const ERASE = code('RE'), PROGRAM = code('RP');
const BKPT = 0xbe00, BX_LR = 0x4770;
const TRAP_ERASE = 0xe1, TRAP_PROGRAM = 0xe2;

function code(name) { return name.charCodeAt(0) | (name.charCodeAt(1) << 8); }

export class FlashRom {
  constructor(chip, kept, written) {
    this.chip = chip;
    this.kept = kept;
    this.written = written;
    const rom = new Uint16Array(chip.bootrom.buffer);
    for (let at = rom[TABLE_AT / 2] / 2; rom[at]; at += 2) {
      if (rom[at] === ERASE) this.trap(rom, rom[at + 1], TRAP_ERASE);
      if (rom[at] === PROGRAM) this.trap(rom, rom[at + 1], TRAP_PROGRAM);
    }
    chip.onBreak = (number) => this.serve(number);
  }

  trap(rom, address, number) {
    rom[(address & ~1) / 2] = BKPT | number;
    rom[(address & ~1) / 2 + 1] = BX_LR;
  }

  serve(number) {
    const [at, second, third] = this.chip.core.registers;
    if (number === TRAP_ERASE) this.write(at, new Uint8Array(second).fill(0xff), false);
    else if (number === TRAP_PROGRAM) {
      const from = second - 0x20000000;
      const data = second >= 0x20000000 ? this.chip.sram.slice(from, from + third) : this.chip.flash.slice(second - 0x10000000, second - 0x10000000 + third);
      this.write(at, data, true);
    } else throw new Error(`the firmware stopped at a breakpoint (${number}), pc ${this.chip.core.PC.toString(16)}`);
  }

  // Programming can only clear bits.
  write(at, data, program) {
    for (let i = 0; i < data.length; i++) {
      this.kept[at + i] = program ? this.kept[at + i] & data[i] : data[i];
      this.chip.flash[at + i] = this.kept[at + i];
    }
    this.written(at, data.length);
  }
}
