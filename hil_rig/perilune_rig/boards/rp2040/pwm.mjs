// The PWM block in closed form (RP2040 datasheet 4.5): eight counters that wrap, two compare levels each. No alarm per
// edge: how long an output has been high is summed when somebody asks, or when what it follows from changes.
//
// CC and TOP are double-buffered: while a slice runs they take effect when its counter wraps, else at once. Counting up
// alone: no phase correction, no counting of edges, no interrupt.
import { BasePeripheral } from 'rp2040js';

const CSR = 0x00, DIV = 0x04, CTR = 0x08, CC = 0x0c, TOP = 0x10, STRIDE = 0x14, SLICES = 8;
const EN = 0xa0, INTR = 0xa4, INTE = 0xa8, INTF = 0xac, INTS = 0xb0;
const RUNS = 1, INVERT = [1 << 2, 1 << 3];

class Slice {
  constructor() {
    Object.assign(this, { csr: 0, div: 1 << 4, counter: 0, cc: 0, top: 0xffff, levels: [0, 0], end: 0x10000, at: 0 });
    this.high = [0, 0]; // ns, since the start, of both outputs
  }

  get runs() { return !!(this.csr & RUNS); }

  latch() {
    this.levels = [this.cc & 0xffff, this.cc >>> 16];
    this.end = this.top + 1;
  }

  // Sums up to the time `now` (ns), with counts of `cycleNs` times the divider.
  advance(now, cycleNs) {
    const passed = now - this.at;
    this.at = now;
    if (!this.runs) {
      for (const n of [0, 1]) if (this.counter < this.levels[n]) this.high[n] += passed;
      return;
    }
    const countNs = (this.div / 16 || 256) * cycleNs;
    let counts = passed / countNs;
    while (counts > 0) {
      const part = Math.min(counts, this.end - this.counter);
      this.sum(part, countNs);
      this.counter += part;
      counts -= part;
      if (this.counter < this.end) break;
      this.counter = 0;
      this.latch();
      const whole = Math.floor(counts / this.end);
      for (const n of [0, 1]) this.high[n] += whole * Math.min(this.levels[n], this.end) * countNs;
      counts -= whole * this.end;
    }
  }

  sum(counts, countNs) {
    for (const n of [0, 1]) {
      this.high[n] += Math.max(0, Math.min(this.levels[n], this.counter + counts) - this.counter) * countNs;
    }
  }

  level(n) { return this.counter < this.levels[n] !== !!(this.csr & INVERT[n]); }
  duty(n) { return this.runs ? Math.min(this.levels[n], this.end) / this.end : +this.level(n); }
}

export class Pwm extends BasePeripheral {
  constructor(chip, name) {
    super(chip, name);
    this.slices = Array.from({ length: SLICES }, () => new Slice());
    this.gpioDirection = 0xffffffff; // all its pins are outputs
    this.channels = []; // rp2040js tells each of its own of a new clock
  }

  static install(chip) {
    const pwm = new Pwm(chip, chip.pwm.name);
    chip.pwm = chip.peripherals[0x40050] = pwm;
    return pwm;
  }

  gpioOnInput() {}

  sliceOf(pin) {
    const slice = this.slices[(pin >> 1) & 7];
    slice.advance(this.rp2040.clock.nanos, 1e9 / this.rp2040.clkSys);
    return slice;
  }

  // ns for which the channel has been high: of pin n and of pin n + 16.
  high(channel) { return this.sliceOf(channel).high[channel & 1]; }
  duty(channel) { return this.sliceOf(channel).duty(channel & 1); }

  get gpioValue() {
    let bits = 0;
    for (let pin = 0; pin < 30; pin++) if (this.sliceOf(pin).level(pin & 1)) bits |= 1 << pin;
    return bits;
  }

  enabled() { return this.slices.reduce((bits, slice, n) => bits | (slice.runs << n), 0); }

  readUint32(offset) {
    if (offset < EN) {
      const slice = this.sliceOf(2 * Math.floor(offset / STRIDE));
      switch (offset % STRIDE) {
        case CSR: return slice.csr;
        case DIV: return slice.div;
        case CTR: return Math.floor(slice.counter);
        case CC: return slice.cc;
        case TOP: return slice.top;
      }
    }
    if (offset === EN) return this.enabled();
    return offset <= INTS ? 0 : super.readUint32(offset);
  }

  writeUint32(offset, value) {
    if (offset === EN) {
      for (let n = 0; n < SLICES; n++) {
        const slice = this.sliceOf(2 * n);
        slice.csr = (slice.csr & ~RUNS) | ((value >> n) & 1);
      }
      return;
    }
    if ([INTR, INTE, INTF].includes(offset)) return;
    if (offset > EN) return super.writeUint32(offset, value);
    const slice = this.sliceOf(2 * Math.floor(offset / STRIDE));
    switch (offset % STRIDE) {
      case CSR: slice.csr = value; break;
      case DIV: slice.div = value & 0xfff; break;
      case CTR: slice.counter = value & 0xffff; break;
      case CC: slice.cc = value >>> 0; break;
      case TOP: slice.top = value & 0xffff; break;
    }
    if (!slice.runs) slice.latch();
  }
}
