// PL011 UART with FIFOs, trigger levels, receive time-out and bit timing (ARM DDI 0183; RP2040 datasheet 4.2).
// The one of rp2040js holds its transmit interrupt for ever, which stops machine.UART in its interrupt handler.
import { BasePeripheral } from 'rp2040js';

const DR = 0x00, RSR = 0x04, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCR = 0x2c, CR = 0x30, IFLS = 0x34;
const IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44, DMACR = 0x48, IDENTITY = 0xfe0;
const RX = 1 << 4, TX = 1 << 5, TIMEOUT = 1 << 6, OVERRUN = 1 << 10;
const FIFO_ENABLE = 1 << 4, UART_ENABLE = 1, OVERRUN_DATA = 1 << 11;
const LEVELS = [4, 8, 16, 24, 28, 28, 28, 28];
const IDENTITIES = [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
const TIMEOUT_BITS = 32;

export class Pl011 extends BasePeripheral {
  constructor(chip, name, irq, dreq) {
    super(chip, name);
    Object.assign(this, { irq, dreq, control: 0x300, line: 0, mask: 0, raw: 0, whole: 0, fraction: 0 });
    Object.assign(this, { levels: 0x12, dma: 0, overrun: false, shifting: false, onByte: null });
    this.sending = [];
    this.arrived = [];
    this.sent = chip.clock.createAlarm(() => this.byteSent());
    this.silence = chip.clock.createAlarm(() => this.raise(TIMEOUT, this.arrived.length > 0));
  }

  // Takes the place of UART `n` of the chip.
  static install(chip, n) {
    const { name, irq, dreq } = chip.uart[n];
    const uart = new Pl011(chip, name, irq, dreq);
    chip.uart[n] = uart;
    chip.peripherals[0x40034 + 4 * n] = uart;
    return uart;
  }

  clkPeriChanged() {}

  get depth() { return this.line & FIFO_ENABLE ? 32 : 1; }
  get sendLevel() { return this.depth > 1 ? LEVELS[this.levels & 7] : 0; }
  get receiveLevel() { return this.depth > 1 ? LEVELS[(this.levels >> 3) & 7] : 1; }
  get bitNs() { return (((this.whole * 64 + this.fraction) || 64) / 4) * (1e9 / this.rp2040.clkPeri); }
  get byteNs() {
    const data = 5 + ((this.line >> 5) & 3), parity = (this.line >> 1) & 1, stop = 1 + ((this.line >> 3) & 1);
    return (1 + data + parity + stop) * this.bitNs;
  }

  raise(interrupt, on) {
    if (on) this.raw |= interrupt;
    else this.raw &= ~interrupt;
    this.rp2040.setInterrupt(this.irq, !!(this.raw & this.mask));
  }

  // One byte has come from the line.
  feed(byte) {
    if (this.arrived.length >= this.depth) {
      this.overrun = true;
      this.raise(OVERRUN, true);
    } else {
      this.arrived.push(byte | (this.overrun ? OVERRUN_DATA : 0));
      this.overrun = false;
    }
    this.silence.schedule(TIMEOUT_BITS * this.bitNs);
    if (this.arrived.length >= this.receiveLevel) this.raise(RX, true);
  }

  byteSent() {
    const byte = this.sending.shift();
    if (byte !== undefined) this.onByte?.(byte);
    this.shifting = this.sending.length > 0;
    if (this.shifting) this.sent.schedule(this.byteNs);
    if (this.sending.length <= this.sendLevel) this.raise(TX, true);
  }

  take() {
    const value = this.arrived.shift() ?? 0;
    if (!this.arrived.length) {
      this.silence.cancel();
      this.raise(TIMEOUT, false);
    }
    if (this.arrived.length < this.receiveLevel) this.raise(RX, false);
    return value;
  }

  put(byte) {
    if (this.sending.length < this.depth) this.sending.push(byte);
    if (this.sending.length > this.sendLevel) this.raise(TX, false);
    if (this.shifting) return;
    this.shifting = true;
    this.sent.schedule(this.byteNs);
  }

  get flags() {
    const out = this.sending.length, into = this.arrived.length, depth = this.depth;
    return (out ? 0 : 0x80) | (into >= depth ? 0x40 : 0) | (out >= depth ? 0x20 : 0) | (into ? 0 : 0x10) | (this.shifting ? 8 : 0);
  }

  readUint32(offset) {
    switch (offset) {
      case DR: return this.take();
      case RSR: return 0;
      case FR: return this.flags;
      case IBRD: return this.whole;
      case FBRD: return this.fraction;
      case LCR: return this.line;
      case CR: return this.control;
      case IFLS: return this.levels;
      case IMSC: return this.mask;
      case RIS: return this.raw;
      case MIS: return this.raw & this.mask;
      case DMACR: return this.dma;
    }
    return offset >= IDENTITY ? IDENTITIES[(offset - IDENTITY) >> 2] : super.readUint32(offset);
  }

  writeUint32(offset, value) {
    switch (offset) {
      case DR: return this.put(value & 0xff);
      case RSR: return;
      case IBRD: this.whole = value & 0xffff; return;
      case FBRD: this.fraction = value & 0x3f; return;
      case LCR: this.line = value & 0xff; return;
      case CR:
        this.control = value;
        if (value & UART_ENABLE) this.rp2040.dma.setDREQ(this.dreq.tx);
        else this.rp2040.dma.clearDREQ(this.dreq.tx);
        return;
      case IFLS: this.levels = value & 0x3f; return;
      case IMSC: this.mask = value & 0x7ff; return this.raise(0, true);
      case ICR: return this.raise(this.rawWriteValue, false);
      case DMACR: this.dma = value & 7; return;
    }
    super.writeUint32(offset, value);
  }
}
