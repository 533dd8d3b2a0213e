// Looks at the processor every so many cycles: where it is, and in which of the Python functions that are frozen into
// its flash. Those leave a trace wherever they call: machine code a return address, bytecode its instruction pointer.
const FLASH = 0x10000000, FLASH_BYTES = 2 << 20;
const RAM = 0x20000000, RAM_BYTES = 264 << 10;
const SP = 13, LR = 14, PC = 15;
const DEEPEST = 1024; // words of stack

export class Sampler {
  // ranges: (start, length) of each function, u32; its number in this list, from 1, is what a sample says; 0 is none.
  constructor(ranges, every) {
    this.owner = new Uint16Array(FLASH_BYTES / 2);
    for (let i = 0; i < ranges.length; i += 2) {
      const at = (ranges[i] - FLASH) >>> 1;
      this.owner.fill(i / 2 + 1, at, at + (ranges[i + 1] >>> 1));
    }
    this.every = every;
    this.left = every;
    this.samples = []; // number of the function, address; alternating
  }

  take() {
    const bytes = Buffer.from(Uint32Array.from(this.samples).buffer);
    this.samples.length = 0;
    return bytes;
  }

  ran(cycles, chip) {
    this.left -= cycles;
    if (this.left > 0) return;
    this.left += this.every;
    this.samples.push(this.innermost(chip), chip.core.registers[PC] >>> 0);
  }

  at(address) { return address >>> 24 === 0x10 ? this.owner[(address & (FLASH_BYTES - 1)) >>> 1] : 0; }

  innermost(chip) {
    const r = chip.core.registers;
    let found = this.at(r[PC]) || this.at(r[LR]);
    for (let i = 4; i < 12 && !found; i++) found = this.at(r[i]);
    if (found) return found;
    const ram = new Uint32Array(chip.sram.buffer, chip.sram.byteOffset, RAM_BYTES >>> 2);
    const from = (r[SP] - RAM) >>> 2;
    for (let i = from; i < from + DEEPEST && i < ram.length && !found; i++) found = this.at(ram[i]);
    return found;
  }
}
