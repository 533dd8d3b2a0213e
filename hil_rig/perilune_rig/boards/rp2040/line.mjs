// What is sent to one UART of the chip, a byte at a time at its baud rate; what it sends is told at once.
import { Pl011 } from './pl011.mjs';

export class Line {
  constructor(chip, n, baudRate, received) {
    this.uart = Pl011.install(chip, n);
    this.uart.onByte = received;
    this.byteNs = 10e9 / baudRate;
    this.queue = [];
    this.alarm = chip.clock.createAlarm(() => this.next());
  }

  send(bytes) {
    const idle = !this.queue.length;
    this.queue.push(...bytes);
    if (idle && bytes.length) this.alarm.schedule(this.byteNs);
  }

  next() {
    this.uart.feed(this.queue.shift());
    if (this.queue.length) this.alarm.schedule(this.byteNs);
  }
}
