// The board's pins as whoever is wired to them sees them: what drives each from outside, what the board drives, and how
// long its PWM outputs were high between two edges of a pin that marks time.
const PINS = 30, CHANNELS = 16;

export class Pins {
  constructor() {
    this.driven = 0; // bit n: pin n is driven from outside ...
    this.levels = 0; // ... to this level; the others float, and follow the board's own pulls
    this.mark = -1; // the pin whose edges are noted; none: nobody watches
    this.edges = [];
  }

  // To the pins of this chip, which has just started.
  attach(chip, pwm) {
    this.chip = chip;
    this.pwm = pwm;
    chip.gpio.slice(0, PINS).forEach((pin, n) => {
      Object.defineProperty(pin, 'rawInputValue', { get: () => this.level(pin, n), set() {} });
    });
    this.watch(this.mark);
  }

  level(pin, n) {
    if (pin.outputEnable) return pin.outputValue;
    if ((this.driven >> n) & 1) return !!((this.levels >> n) & 1);
    return pin.pullupEnabled;
  }

  drive(driven, levels) {
    this.driven = driven;
    this.levels = levels;
  }

  watch(mark) {
    this.forget?.();
    this.mark = mark;
    if (mark >= 0) this.forget = this.chip.gpio[mark].addListener((now, before) => { if (now < 2 && before < 2) this.edge(); }); // not what it is while it is set up
  }

  edge() {
    const high = Array.from({ length: CHANNELS }, (_, n) => this.pwm.high(n));
    this.edges.push(Float64Array.of(this.chip.clock.nanos, ...high));
  }

  // u32 levels, u32 pins that the board drives, 16 f64 duty of each PWM channel, and for each edge since the last time f64
  // time (ns since the chip started) and 16 f64 ns high; empty where nobody watches.
  take() {
    if (this.mark < 0) return Buffer.alloc(0);
    const { chip, pwm, edges } = this, head = Buffer.alloc(8);
    const bits = (test) => chip.gpio.slice(0, PINS).reduce((sum, pin, n) => sum | (test(pin, n) << n), 0) >>> 0;
    head.writeUInt32LE(bits((pin, n) => this.level(pin, n)), 0);
    head.writeUInt32LE(bits((pin) => pin.outputEnable), 4);
    const duty = Float64Array.from({ length: CHANNELS }, (_, n) => pwm.duty(n));
    this.edges = [];
    return Buffer.concat([head, ...[duty, ...edges].map((row) => Buffer.from(row.buffer))]);
  }
}
