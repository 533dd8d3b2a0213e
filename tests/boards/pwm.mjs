// The PWM in closed form (pwm.mjs) against rp2040js's, which goes from edge to edge by alarms: the same writes at the same
// times, and the same time high on every channel. Prints what differs, a line each.
//   node pwm.mjs EMULATOR-DIRECTORY FIRST-SEED COUNT
import { pathToFileURL } from 'node:url';

const [directory, first, count] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${directory}/${name}`).href);
const { RP2040 } = await load('node_modules/rp2040js/dist/esm/index.js');
const { Pwm } = await load('pwm.mjs');
const CSR = 0, DIV = 4, CTR = 8, CC = 12, TOP = 16, STRIDE = 0x14, EN = 0xa0, STEPS = 40;
const TOLERANCE_NS = 0.1; // rounding of a double after seconds

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

// Of rp2040js's PWM: ns that each output has been high, from the edges it tells its pins.
function watched(chip) {
  const high = new Array(16).fill(0), since = new Array(16).fill(null), { pwm, clock } = chip, set = pwm.gpioSet.bind(pwm);
  pwm.gpioSet = (pin, value) => {
    set(pin, value);
    if (pin > 15) return;
    if (since[pin] !== null) high[pin] += clock.nanos - since[pin];
    since[pin] = value ? clock.nanos : null;
  };
  return (pin) => high[pin] + (since[pin] === null ? 0 : clock.nanos - since[pin]);
}

function run(seed) {
  const pick = random(seed), theirs = new RP2040(), ours = new RP2040();
  const highOfTheirs = watched(theirs), pwm = Pwm.install(ours);
  const both = (offset, value) => { theirs.pwm.writeUint32(offset, value); pwm.writeUint32(offset, value); };
  const slice = pick(8), at = slice * STRIDE, pins = [2 * slice, 2 * slice + 1];
  const top = 50 + pick(3000), level = () => pick(top + 1) | (pick(top + 1) << 16);
  const countNs = (1 + pick(200)) * (1e9 / ours.clkSys);
  both(at + DIV, Math.round(countNs / (1e9 / ours.clkSys)) << 4);
  both(at + TOP, top);
  both(at + CC, level());
  both(at + CTR, top); // the next count is the first of a period: rp2040js sets its outputs when it wraps
  both(EN, 1 << slice);
  for (let step = 0; step < STEPS; step++) {
    const ns = pick(4) ? 1 + pick(3 * top) * countNs : 1 + pick(40) * top * countNs;
    theirs.clock.tick(ns);
    ours.clock.tick(ns);
    for (const pin of pins) {
      const [a, b] = [highOfTheirs(pin), pwm.high(pin)];
      if (Math.abs(a - b) > TOLERANCE_NS) {
        return console.log(`seed ${seed}, step ${step}, GP${pin}: high for ${b} ns, by rp2040js ${a} ns`);
      }
    }
    if (pick(2)) both(at + CC, level());
    if (!pick(4)) both(at + TOP, (top >> 1) + pick(top));
  }
}

for (let seed = +first; seed < +first + +count; seed++) run(seed);
