// Random programs, run by the interpreter alone and with traces from the third round on, in steps of random length:
// registers, flags, memory and cycles have to be the same after each step. Prints what differs, a line each.
//   node traces.mjs EMULATOR-DIRECTORY FIRST-SEED COUNT
import { pathToFileURL } from 'node:url';

const [directory, first, count] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${directory}/${name}`).href);
const { RP2040 } = await load('node_modules/rp2040js/dist/esm/index.js');
const { Processor } = await load('core.mjs');
const RAM = 0x20000000, PROGRAM = RAM + 0x1000, DATA = RAM + 0x8000, STACK = RAM + 0x10000, FLASH = 0x10000000;
const STEPS = 50, STEP_CYCLES = 1500, BODY = 24, HOT = 3;
const ADDS_R0_1 = 0x3001, SUBS_R0_2 = 0x3802;
const BL = 0xf000, BLX_R8 = 0x47c0, BX_LR = 0x4770, MOVS_R3_R5 = 0x002b, ANDS_R4_R7 = 0x403c;

// mulberry32: whole numbers below `below`
function random(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

// A random instruction or two that belong together. Registers 0 to 3 are free; 4 is an index, a multiple of 4; 5 holds
// DATA; 6 an address in flash or ROM.
function instructions(pick) {
  const rd = pick(4), rm = pick(4), rn = pick(4), some = 1 + pick(15);
  const kinds = [
    () => [(pick(3) << 11) | (pick(32) << 6) | (rm << 3) | rd], // shifts by a constant
    () => [0x1800 | (pick(4) << 9) | (rn << 6) | (rm << 3) | rd], // ADDS, SUBS
    () => [0x2000 | (pick(4) << 11) | (rd << 8) | pick(256)], // MOVS, CMP, ADDS, SUBS of a constant
    () => [0x4000 | (pick(16) << 6) | (rm << 3) | rd], // data processing
    () => [0x4000 | (pick(16) << 6) | (rm << 3) | rd], // sixteen of them, so more often
    () => [0x4400 | (pick(3) << 8) | (rm << 3) | rd], // ADD, CMP, MOV of any registers
    () => [0xb200 | (pick(4) << 6) | (rm << 3) | rd], // extensions
    () => [0xba00 | ([0, 1, 3][pick(3)] << 6) | (rm << 3) | rd], // REV
    () => [0x6000 | (pick(6) << 11) | (pick(16) << 6) | (5 << 3) | rd], // loads and stores at DATA
    () => [0x5000 | (pick(8) << 9) | (4 << 6) | (5 << 3) | rd], // at DATA and the index
    () => [0x6800 | (pick(3) << 12) | (pick(16) << 6) | (6 << 3) | rd], // loads of flash or ROM
    () => [0x4800 | (rd << 8) | pick(4), 0xa000 | (rm << 8) | pick(64)], // load of the program; an address in it
    () => [0xb088, 0x9000 | (rd << 8) | pick(8), 0x9800 | (rm << 8) | pick(8), 0xa800 | (rn << 8) | pick(8), 0xb008], // a frame on the stack
    () => [0xb400 | some, 0xbc00 | some], // PUSH, POP
    () => [MOVS_R3_R5, 0xc300 | (pick(2) << 11) | (1 + pick(7))], // STMIA, LDMIA
    () => [0x3400 | (4 * pick(16))], // the index moves
    () => [0xd000 | (pick(14) << 8), ADDS_R0_1], // a branch over one
    () => [0xe000, 0xbf00], // B over one
  ];
  return kinds[pick(kinds.length)]();
}

// Where the index is 0, makes another instruction of the program's first: the one register 9 points to, by exclusive or
// with register 10.
const CHANGE = [0x2c00, 0xd104, 0x464b, 0x881a, 0x4651, 0x404a, 0x801a];

const several = (pick, n) => Array.from({ length: n }, () => instructions(pick)).flat();

// A loop that calls a function which pushes and pops, and by a register one which does not.
function program(pick) {
  const saved = pick(16);
  const loop = [ADDS_R0_1, ...several(pick, BODY), ANDS_R4_R7, ...CHANGE, BL, 0, BLX_R8];
  loop[loop.length - 2] = 0xf800 | 2; // BL's other half: over BLX and B
  loop.push(0xe000 | ((-loop.length - 2) & 0x7ff));
  const function1 = [0xb500 | saved, ...several(pick, 4), 0xbd00 | saved];
  return { code: [...loop, ...function1, ...several(pick, 2), BX_LR], leaf: 2 * (loop.length + function1.length) };
}

function machine(seed, hot) {
  const pick = random(seed), chip = new RP2040(), r = chip.core.registers, { code, leaf } = program(pick);
  chip.loadBootrom(Uint32Array.from({ length: 4096 }, () => pick(2 ** 32)));
  for (let i = 0; i < 1024; i++) {
    chip.flash[i] = pick(256);
    chip.sram[DATA - RAM + i] = pick(256);
  }
  new Uint16Array(chip.sram.buffer).set(code, (PROGRAM - RAM) / 2);
  for (let i = 0; i < 4; i++) r[i] = pick(2 ** 32);
  r.set([4 * pick(16), DATA, pick(2) ? FLASH + 256 : 0x400, 60, (PROGRAM + leaf) | 1, PROGRAM, ADDS_R0_1 ^ SUBS_R0_2], 4);
  r[13] = STACK;
  r[15] = PROGRAM;
  return { chip, processor: new Processor(chip, hot) };
}

function state({ processor: { memory: { r, f } } }) {
  return `${[...r].map((x) => (x >>> 0).toString(16))} N${+(f[0] < 0)} Z${+(f[1] === 0)} C${f[2]} V${f[3]}`;
}

function difference(seed) {
  const machines = [machine(seed, Infinity), machine(seed, HOT)], pick = random(~seed);
  for (let step = 0; step < STEPS; step++) {
    const limit = 1 + pick(STEP_CYCLES);
    const seen = machines.map((one) => {
      let cycles = 0;
      while (cycles < limit) cycles += one.processor.run(limit - cycles);
      return `${cycles} cycles, ${state(one)}`;
    });
    if (seen[0] !== seen[1]) return `step ${step}: ${seen[0]}; with traces ${seen[1]}`;
    if (Buffer.compare(machines[0].chip.sram, machines[1].chip.sram)) return `step ${step}: memory differs`;
  }
  return machines[1].processor.made.length ? null : 'no trace was made';
}

for (let seed = +first; seed < +first + +count; seed++) {
  const found = difference(seed);
  if (found) console.log(`seed ${seed}: ${found}`);
}
