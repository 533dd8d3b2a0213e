// A Raspberry Pi Pico: the chip with its boot ROM and flash, a USB host, two UART lines and its pins, in virtual time.
import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';
import { Processor } from './core.mjs';
import { FlashFile } from './flash_file.mjs';
import { FlashRom } from './flash_rom.mjs';
import { Line } from './line.mjs';
import { FLASH, FLASH_BYTES } from './memory.mjs';
import { Pins } from './pins.mjs';
import { Pwm } from './pwm.mjs';
import { UsbHost } from './usb_host.mjs';

const BATCH = 4096; // cycles between looks at the clock: 33 us
const REASON_FORCED = 2;
const BAUD_RATES = [921600, 115200]; // of what is sent to each UART
export const USB = 0, UART = 1;

// Lays the blocks of a UF2 image into flash; `written(at, length)` is told of each.
export function loadUf2(image, flash, written) {
  for (let at = 0; at + 512 <= image.length; at += 512) {
    const address = image.readUInt32LE(at + 12), size = image.readUInt32LE(at + 16);
    flash.set(image.subarray(at + 32, at + 32 + size), address - FLASH);
    written(address - FLASH, size);
  }
}

export class Board {
  // flashFile: path of a file that keeps the flash between runs, or undefined; the image is laid over its content, as
  // a boot loader does.
  constructor(rom, image, flashFile) {
    this.rom = rom;
    this.flash = new Uint8Array(FLASH_BYTES).fill(0xff);
    const file = flashFile ? new FlashFile(flashFile, this.flash) : null;
    this.written = (at, length) => file?.written(at, length);
    loadUf2(image, this.flash, this.written);
    this.received = [[], [], []]; // by channel: USB, then each UART
    this.pins = new Pins();
    this.resets = 0;
    this.before = 0; // ns, of the time before the last reset
    this.busy = 0; // ns not spent asleep
    this.sampler = null;
    this.start(null);
  }

  get nanos() { return this.before + this.clock.nanos; }

  // A chip out of reset; `old` is the one before, whose watchdog registers and RAM survive (not a loss of power).
  start(old) {
    const chip = (this.chip = new RP2040());
    this.clock = chip.clock;
    chip.logger = new ConsoleLogger(LogLevel.Error, false);
    chip.loadBootrom(this.rom);
    chip.flash.set(this.flash);
    this.host = new UsbHost(chip.usbCtrl, (bytes) => this.received[USB].push(...bytes));
    this.lines = BAUD_RATES.map((rate, n) => new Line(chip, n, rate, (byte) => this.received[UART + n].push(byte)));
    this.pins.attach(chip, Pwm.install(chip));
    this.wakeAlarm = this.clock.createAlarm(() => { this.due = true; });
    const watchdog = chip.peripherals[0x40058];
    if (old) {
      const before = old.peripherals[0x40058];
      watchdog.scratchData.set(before.scratchData);
      watchdog.reason = before.reason;
      chip.sram.set(old.sram);
    }
    watchdog.onWatchdogTrigger = () => {
      this.bitten = true;
      watchdog.alarm.enable = false; // left on, it would be due again at once, for ever
    };
    this.bitten = false;
    chip.core.PC = FLASH;
    this.processor = new Processor(chip);
    this.store = new FlashRom(chip, this.flash, (at, length) => {
      this.processor.forget(FLASH + at, FLASH + at + length);
      this.written(at, length);
    });
  }

  // Reset as by the watchdog (forced: as by software), or by taking the power away.
  reset(power) {
    this.before += this.clock.nanos;
    this.resets++;
    if (!this.bitten) this.chip.peripherals[0x40058].reason = REASON_FORCED;
    this.start(power ? null : this.chip);
  }

  send(channel, bytes) {
    if (channel === USB) this.host.send(bytes);
    else this.lines[channel - UART].send(bytes);
  }

  take(channel) {
    const bytes = Buffer.from(this.received[channel]);
    this.received[channel].length = 0;
    return bytes;
  }

  // Runs until `until` (ns, absolute); earlier if `done` says so after any batch that may have changed its mind.
  run(until, done = null) {
    const end = () => until - this.before;
    this.due = false;
    this.wakeAlarm.schedule(Math.max(0, end() - this.clock.nanos));
    let seen = this.output();
    while (!this.due) {
      this.batch();
      if (this.bitten) {
        this.reset(false);
        if (this.clock.nanos >= end()) return;
        this.wakeAlarm.schedule(end() - this.clock.nanos);
      }
      if (done && this.output() !== seen) {
        seen = this.output();
        if (done()) break;
      }
    }
    this.wakeAlarm.cancel();
  }

  output() { return this.received[0].length + this.received[1].length; }

  batch() {
    const { clock, chip: { core, clkSys } } = this;
    // At least 1 ns: a difference of two large floats may be too small to move the clock, and then for ever.
    if (core.waiting) return clock.tick(Math.max(1, clock.nanosToNextAlarm));
    const cycleNs = 1e9 / clkSys;
    const limit = Math.max(1, Math.min(BATCH, clock.nanosToNextAlarm / cycleNs));
    const cycles = this.processor.run(limit);
    this.sampler?.ran(cycles, this.chip);
    this.busy += cycles * cycleNs;
    clock.tick(cycles * cycleNs);
  }
}
