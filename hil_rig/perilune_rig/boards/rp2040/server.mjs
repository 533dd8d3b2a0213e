// Serves one emulated board to the process at the other end of standard input and output.
//   node server.mjs BOOTROM IMAGE.uf2 [FLASH.bin]
// Request: u8 command, u8 channel, f64 time (ns, absolute), u32 length, bytes for the channel.
// Reply: f64 time now, f64 busy ns so far, u32 resets so far, u32 length and bytes of USB, u32 length and bytes of UART,
// u32 length and bytes of samples (see sampler.mjs; none until PROFILE asks for them: the bytes are its ranges, the time
// its cycles from sample to sample), u32 length and bytes of UART1, u32 length and bytes of the pins (see pins.mjs; none
// until WATCH asks for them: the channel is the pin that marks time). DRIVE: u32 pins driven from outside, u32 levels.
import { readFileSync, readSync, writeSync } from 'node:fs';
import { Board } from './board.mjs';
import { Sampler } from './sampler.mjs';

const RUN = 0, TRANSACT = 1, RESET = 2, POWER = 3, PROFILE = 4, WATCH = 5, DRIVE = 6;
const HEAD = 14, EVENT = 0x61, TYPE_AT = 4;

function retried(call) {
  for (;;) {
    try { return call(); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
  }
}

function read(length) {
  const buffer = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const got = retried(() => readSync(0, buffer, at, length - at));
    if (!got) process.exit(0);
    at += got;
  }
  return buffer;
}

function write(buffer) {
  for (let at = 0; at < buffer.length; ) at += retried(() => writeSync(1, buffer, at));
}

// Whether the bytes end with the last frame of a reply: events come before it.
function replied(bytes) {
  if (!bytes.length || bytes[bytes.length - 1] !== 0) return false;
  const start = bytes.lastIndexOf(0, bytes.length - 2) + 1;
  return bytes[start + TYPE_AT] !== EVENT;
}

function length(part) {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(part.length);
  return size;
}

function reply(board) {
  const head = Buffer.alloc(20), samples = board.sampler?.take() ?? Buffer.alloc(0);
  const parts = [board.take(0), board.take(1), samples, board.take(2), board.pins.take()];
  head.writeDoubleLE(board.nanos, 0);
  head.writeDoubleLE(board.busy, 8);
  head.writeUInt32LE(board.resets, 16);
  write(Buffer.concat([head, ...parts.flatMap((part) => [length(part), part])]));
}

function serve(board) {
  for (;;) {
    const head = read(HEAD), command = head[0], channel = head[1], until = head.readDoubleLE(2);
    const bytes = read(head.readUInt32LE(10));
    if (command === RESET || command === POWER) board.reset(command === POWER);
    if (command === PROFILE) {
      board.sampler = new Sampler(new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)), until);
      reply(board);
      continue;
    }
    if (command === WATCH) board.pins.watch(channel);
    if (command === DRIVE) board.pins.drive(bytes.readUInt32LE(0), bytes.readUInt32LE(4));
    else if (bytes.length) board.send(channel, bytes);
    board.run(until, command === TRANSACT ? () => replied(board.received[channel]) : null);
    reply(board);
  }
}

const rom = readFileSync(process.argv[2]);
const words = new Uint32Array(rom.buffer.slice(rom.byteOffset, rom.byteOffset + rom.length));
serve(new Board(words, readFileSync(process.argv[3]), process.argv[4]));
