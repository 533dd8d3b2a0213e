// The text of a trace: values, flags, memory and the ways out. A value is named once and never changes (static single
// assignment), so that V8 sees through it; registers and flags are written back where the trace is left.
import { FLASH_MASK, RAM, ROM_BYTES } from './memory.mjs';

const READS = { // text of a read at index `i` of bytes, by width and sign
  w: (array, i) => `${array}32[${i} >>> 2]`,
  h: (array, i) => `${array}16[${i} >>> 1]`,
  b: (array, i) => `${array}8[${i}]`,
  sb: (array, i) => `${array}8[${i}] << 24 >> 24`,
  sh: (array, i) => `${array}16[${i} >>> 1] << 16 >> 16`,
};
const ALIGNED = { w: 3, h: 1, b: 0, sb: 0, sh: 1 };
const MEMORY = ['r', 'f', 'ram8', 'ram16', 'ram32', 'flash8', 'flash16', 'flash32', 'code', 'code32', 'any', 'changed'];

const within = (a, bytes, from, size) => a - from >= 0 && a - from + bytes <= size;

export class Trace {
  constructor(memory) {
    this.memory = memory; // as it is while the path is taken
    this.text = [];
    this.names = 0;
    this.registers = []; // text of each register's value; none where it is as at the start
    this.flags = { n: 'f[0]', z: 'f[1]', c: 'f[2]', v: 'f[3]', compared: null };
    this.changed = false; // the flags
    this.cycles = 0;
    this.dirty = new Set();
  }

  name(expression) {
    const name = `t${this.names++}`;
    this.text.push(`const ${name} = ${expression};`);
    return name;
  }

  get(n) { return (this.registers[n] ??= this.name(`r[${n}]`)); }

  set(n, value) {
    this.registers[n] = value;
    this.dirty.add(n);
  }

  // Leaves the trace for `pc`, a text; `~` before the cycles: that instruction is not one for a trace.
  exit(pc, cycles) {
    const back = [...this.dirty].map((n) => `r[${n}] = ${this.registers[n]};`);
    const { n, z, c, v } = this.flags;
    if (this.changed) back.push(`f[0] = ${n}; f[1] = ${z}; f[2] = ${c}; f[3] = ${v};`);
    return `${back.join(' ')} r[15] = ${pc}; return ${cycles};`;
  }

  leave(condition, pc, cycles) { this.text.push(`if (${condition}) { ${this.exit(pc, cycles)} }`); }
  unfit(condition, pc) { this.leave(condition, pc, `~${this.cycles}`); }

  result(n, c, v, compared = null) {
    const old = this.flags;
    this.flags = { n, z: n, c: c ?? old.c, v: v ?? old.v, compared };
    this.changed = true;
    return n;
  }

  add(a, b) {
    const t = this.name(`(${a} + ${b}) | 0`);
    return this.result(t, `(${t} >>> 0 < ${a} >>> 0 ? 1 : 0)`, `(((${a} ^ ${t}) & (${b} ^ ${t})) >>> 31)`);
  }

  subtract(a, b) {
    const t = this.name(`(${a} - ${b}) | 0`);
    return this.result(t, `(${a} >>> 0 >= ${b} >>> 0 ? 1 : 0)`, `(((${a} ^ ${b}) & (${a} ^ ${t})) >>> 31)`, [a, b]);
  }

  carried(a, b) {
    const sum = this.name(`(${a} >>> 0) + (${b} >>> 0) + ${this.flags.c}`), t = this.name(`${sum} | 0`);
    return this.result(t, `(${sum} > 0xffffffff ? 1 : 0)`, `(((${a} ^ ${t}) & (${b} ^ ${t})) >>> 31)`);
  }

  logic(expression) { return this.result(this.name(expression)); }

  // Shifts by `at` places, 0 to 255 in a register: result and carry for at below 32 and from there on.
  shift(at, result, carry) {
    const c = this.name(`(${at} ? ${carry} : ${this.flags.c})`);
    return this.result(this.name(result), c);
  }

  condition(number) {
    const { n, z, c, v, compared } = this.flags, [a, b] = compared ?? [];
    const less = compared ? `${a} < ${b}` : `(${n} >>> 31) !== ${v}`;
    const lower = compared ? `${a} >>> 0 < ${b} >>> 0` : `${c} === 0`;
    const text = [`${z} === 0`, `!(${lower})`, `${n} < 0`, `${v} === 1`, `!(${lower}) && ${z} !== 0`, `!(${less})`, `!(${less}) && ${z} !== 0`][number >> 1];
    return number & 1 ? `!(${text})` : text;
  }

  read(kind, rt, address, pc, actual) {
    const ram = this.memory.ramBytes, mask = ALIGNED[kind];
    const home = within(actual, 4, RAM, ram) ? 'ram' : actual >>> 24 === 0x10 ? 'flash' : within(actual, 4, 0, ROM_BYTES) ? 'rom' : null;
    if (!home || actual & mask) return false;
    const a = this.name(address), t = `t${this.names++}`;
    const i = home === 'ram' ? this.name(`(${a} - ${RAM}) | 0`) : a;
    const test = { ram: `${i} >>> 0 < ${ram - 3}`, flash: `${a} >>> 24 === 16`, rom: `${a} >>> 0 < ${ROM_BYTES - 3}` }[home] + (mask ? ` && (${a} & ${mask}) === 0` : '');
    const here = home === 'rom' ? `any.${kind}(${a}) | 0` : READS[kind](home, home === 'flash' ? `(${a} & ${FLASH_MASK})` : i);
    this.text.push(`let ${t}; if (${test}) ${t} = ${here}; else { if (!any.has(${a}, ${mask})) { ${this.exit(pc, `~${this.cycles}`)} } ${t} = any.${kind}(${a}) | 0; }`);
    this.set(rt, t);
    this.cycles++;
    return true;
  }

  write(kind, rt, address, pc, actual) {
    const ram = this.memory.ramBytes, mask = ALIGNED[kind];
    if (!within(actual, 4, RAM, ram) || actual & mask) return false;
    const value = this.get(rt), a = this.name(address), i = this.name(`(${a} - ${RAM}) | 0`);
    this.unfit(`${i} >>> 0 >= ${ram - 3}` + (mask ? ` || (${a} & ${mask}) !== 0` : ''), pc);
    this.text.push(`${READS[kind]('ram', i)} = ${value};`);
    this.cycles++;
    this.written(`code[${i} >>> 1]${kind === 'w' ? ` | code[(${i} >>> 1) + 1]` : ''}`, i, 4, pc);
    return true;
  }

  // The end of an instruction that wrote `bytes` at `i` in RAM: on a program, this one perhaps, the trace ends with it.
  written(program, i, bytes, pc) {
    this.text.push(`if (${program}) { changed(${i}, ${bytes}); ${this.exit(pc + 2, this.cycles + 1)} }`);
  }

  writtenBlock(word, count, pc) {
    const program = Array.from({ length: count }, (_, k) => `code32[${word} + ${k}]`).join(' | ');
    this.written(program, `${word} << 2`, 4 * count, pc);
  }

  // `count` words from the text `address` on; the text of the first one's place in ram32.
  block(address, count, pc, actual) {
    const ram = this.memory.ramBytes;
    if (!count || actual & 3 || !within(actual, 4 * count, RAM, ram)) return null;
    const i = this.name(`(${address} - ${RAM}) | 0`);
    this.unfit(`${i} >>> 0 > ${ram - 4 * count} || (${i} & 3) !== 0`, pc);
    this.cycles += count;
    return this.name(`${i} >>> 2`);
  }

  stores(word, registers) {
    registers.forEach((n, k) => this.text.push(`ram32[${word} + ${k}] = ${this.get(n)};`));
  }

  loads(word, registers) { registers.forEach((n, k) => this.set(n, this.name(`ram32[${word} + ${k}]`))); }

  compiled() {
    const bind = new Function(...MEMORY, `return () => {\n${this.text.join('\n')}\n};`);
    return bind(...MEMORY.map((name) => this.memory[name]));
  }
}
