// Machine code to JavaScript: a trace is the straight path that the processor took once from some address on, through
// jumps and calls, as one function of its own; where a later run would leave the path, the function returns.
// Instructions, flags and cycles are those of interpreter.mjs.
import { FLASH_MASK, RAM, ROM_BYTES } from './memory.mjs';
import { Trace } from './trace.mjs';

const SP = 13, LR = 14;
const LONGEST = 96; // instructions
const REGISTER_READS = [, , , 'sb', 'w', 'h', 'b', 'sh'], REGISTER_WRITES = ['w', 'h', 'b'];

class Path extends Trace {
  constructor(memory) {
    super(memory);
    this.calls = []; // where the calls made on it return to
  }

  // Data-processing instructions of two low registers (DDI 0419, A5.2.2).
  data(op) {
    const rd = op & 7, a = this.get(rd), b = this.get((op >>> 3) & 7), number = (op >>> 6) & 15;
    switch (number) {
      case 0: return this.set(rd, this.logic(`${a} & ${b}`));
      case 1: return this.set(rd, this.logic(`${a} ^ ${b}`));
      case 5: return this.set(rd, this.carried(a, b));
      case 6: return this.set(rd, this.carried(a, this.name(`~${b}`)));
      case 8: return void this.logic(`${a} & ${b}`);
      case 9: return this.set(rd, this.subtract('0', b));
      case 10: return void this.subtract(a, b);
      case 11: return void this.add(a, b);
      case 12: return this.set(rd, this.logic(`${a} | ${b}`));
      case 13: return this.set(rd, this.logic(`Math.imul(${a}, ${b})`));
      case 14: return this.set(rd, this.logic(`${a} & ~${b}`));
      case 15: return this.set(rd, this.logic(`~${b}`));
    }
    const at = this.name(`${b} & 255`);
    const few = `${at} < 32`;
    if (number === 2) this.set(rd, this.shift(at, `${few} ? ${a} << ${at} : 0`, `${few} ? (${a} >>> (32 - ${at})) & 1 : ${at} === 32 ? ${a} & 1 : 0`));
    if (number === 3) this.set(rd, this.shift(at, `${few} ? (${a} >>> ${at}) | 0 : 0`, `${at} <= 32 ? (${a} >>> (${at} - 1)) & 1 : 0`));
    if (number === 4) this.set(rd, this.shift(at, `${a} >> (${few} ? ${at} : 31)`, `(${a} >> (${few} ? ${at} - 1 : 31)) & 1`));
    if (number === 7) {
      const turned = this.name(`(${at} & 31) ? (${a} >>> (${at} & 31)) | (${a} << (32 - (${at} & 31))) : ${a}`);
      this.set(rd, this.shift(at, turned, `${turned} >>> 31`));
    }
  }

  // Appends the instruction at `pc`, where the processor is. False: not one for a trace. Otherwise the place it
  // goes on: a number, the text of a value (a jump to it), or {condition, target} of a branch.
  instruction(pc, op, next) {
    const { r } = this.memory;
    const rd = op & 7, rm = (op >>> 3) & 7, rn = (op >>> 6) & 7, rd8 = (op >>> 8) & 7, imm5 = (op >>> 6) & 31, imm8 = op & 255;
    const exact = (n, offset) => (r[n] + offset) | 0;
    const on = (fit) => fit !== false && pc + 2;
    const literal = ((pc + 4) & ~3) + (imm8 << 2);
    switch (op >>> 11) {
      case 0: {
        const a = this.get(rm);
        this.set(rd, this.result(this.name(`${a} << ${imm5}`), imm5 ? `((${a} >>> ${32 - imm5}) & 1)` : null));
        return pc + 2;
      }
      case 1: {
        const a = this.get(rm);
        this.set(rd, this.result(imm5 ? this.name(`(${a} >>> ${imm5}) | 0`) : '0', `((${a} >>> ${imm5 ? imm5 - 1 : 31}) & 1)`));
        return pc + 2;
      }
      case 2: {
        const a = this.get(rm);
        this.set(rd, this.result(this.name(`${a} >> ${imm5 || 31}`), `((${a} >>> ${imm5 ? imm5 - 1 : 31}) & 1)`));
        return pc + 2;
      }
      case 3: {
        const a = this.get(rm), b = op & 0x400 ? `${rn}` : this.get(rn);
        this.set(rd, op & 0x200 ? this.subtract(a, b) : this.add(a, b));
        return pc + 2;
      }
      case 4: this.set(rd8, this.result(`${imm8}`)); return pc + 2;
      case 5: this.subtract(this.get(rd8), `${imm8}`); return pc + 2;
      case 6: this.set(rd8, this.add(this.get(rd8), `${imm8}`)); return pc + 2;
      case 7: this.set(rd8, this.subtract(this.get(rd8), `${imm8}`)); return pc + 2;
      case 8:
        if (op & 0x400) return this.high(pc, op);
        this.data(op);
        return pc + 2;
      case 9: return on(this.read('w', rd8, `${literal}`, pc, literal));
      case 10: case 11: {
        const kind = (op >>> 9) & 7, address = `(${this.get(rm)} + ${this.get(rn)}) | 0`, actual = (r[rm] + r[rn]) | 0;
        return on(kind < 3 ? this.write(REGISTER_WRITES[kind], rd, address, pc, actual) : this.read(REGISTER_READS[kind], rd, address, pc, actual));
      }
      case 12: return on(this.write('w', rd, `(${this.get(rm)} + ${imm5 << 2}) | 0`, pc, exact(rm, imm5 << 2)));
      case 13: return on(this.read('w', rd, `(${this.get(rm)} + ${imm5 << 2}) | 0`, pc, exact(rm, imm5 << 2)));
      case 14: return on(this.write('b', rd, `(${this.get(rm)} + ${imm5}) | 0`, pc, exact(rm, imm5)));
      case 15: return on(this.read('b', rd, `(${this.get(rm)} + ${imm5}) | 0`, pc, exact(rm, imm5)));
      case 16: return on(this.write('h', rd, `(${this.get(rm)} + ${imm5 << 1}) | 0`, pc, exact(rm, imm5 << 1)));
      case 17: return on(this.read('h', rd, `(${this.get(rm)} + ${imm5 << 1}) | 0`, pc, exact(rm, imm5 << 1)));
      case 18: return on(this.write('w', rd8, `(${this.get(SP)} + ${imm8 << 2}) | 0`, pc, exact(SP, imm8 << 2)));
      case 19: return on(this.read('w', rd8, `(${this.get(SP)} + ${imm8 << 2}) | 0`, pc, exact(SP, imm8 << 2)));
      case 20: this.set(rd8, `${literal}`); return pc + 2;
      case 21: this.set(rd8, this.name(`(${this.get(SP)} + ${imm8 << 2}) | 0`)); return pc + 2;
      case 22: case 23: return this.miscellaneous(pc, op);
      case 24: case 25: {
        const list = [0, 1, 2, 3, 4, 5, 6, 7].filter((n) => op & (1 << n)), base = this.get(rd8);
        const word = this.block(base, list.length, pc, r[rd8]), after = `(${base} + ${4 * list.length}) | 0`;
        if (word === null) return false;
        if (op & 0x800) this.loads(word, list);
        else this.stores(word, list);
        if (!(op & 0x800) || !list.includes(rd8)) this.set(rd8, this.name(after));
        if (!(op & 0x800)) this.writtenBlock(word, list.length, pc);
        return pc + 2;
      }
      case 26: case 27:
        if (((op >>> 8) & 15) > 13) return false;
        return { condition: this.condition((op >>> 8) & 15), target: pc + 4 + ((op << 24) >> 23) };
      case 28: this.cycles++; return pc + 4 + ((op << 21) >> 20);
      case 30: {
        if ((next & 0xd000) !== 0xd000) return false;
        const sign = (op << 21) >> 31, i1 = ~((next >>> 13) ^ sign) & 1, i2 = ~((next >>> 11) ^ sign) & 1;
        this.set(LR, `${(pc + 4) | 1}`);
        this.calls.push(pc + 4);
        this.cycles += 2;
        return pc + 4 + ((sign << 24) | (i1 << 23) | (i2 << 22) | ((op & 0x3ff) << 12) | ((next & 0x7ff) << 1));
      }
    }
    return false;
  }

  // Instructions on all sixteen registers, and jumps.
  high(pc, op) {
    const rm = (op >>> 3) & 15, rd = ((op >>> 4) & 8) | (op & 7), value = rm === 15 ? `${pc + 4}` : this.get(rm);
    switch ((op >>> 8) & 3) {
      case 0:
        if (rd === 15) return this.jump(`(${pc + 4} + ${value})`);
        this.set(rd, this.name(rd === SP ? `(${this.get(SP)} + ${value}) & ~3` : `(${this.get(rd)} + ${value}) | 0`));
        return pc + 2;
      case 1:
        if (rd === 15) return false;
        this.subtract(this.get(rd), value);
        return pc + 2;
      case 2:
        if (rd === 15) return this.jump(value);
        this.set(rd, rd === SP ? this.name(`${value} & ~3`) : value);
        return pc + 2;
    }
    if (rm === 15) return false;
    this.unfit(`${value} >>> 28 === 15`, pc);
    if (op & 0x80) {
      this.set(LR, `${(pc + 2) | 1}`);
      this.calls.push(pc + 2);
    }
    return this.jump(value);
  }

  jump(value) {
    this.cycles++;
    return value;
  }

  miscellaneous(pc, op) {
    const { r } = this.memory;
    const list = [0, 1, 2, 3, 4, 5, 6, 7].filter((n) => op & (1 << n)), rd = op & 7, value = this.get((op >>> 3) & 7);
    if ((op & 0xff00) === 0xb000) {
      const by = op & 0x80 ? -((op & 0x7f) << 2) : (op & 0x7f) << 2;
      this.set(SP, this.name(`(${this.get(SP)} + ${by}) & ~3`));
    } else if ((op & 0xfe00) === 0xb400) {
      if (op & 0x100) list.push(LR);
      const top = this.name(`(${this.get(SP)} - ${4 * list.length}) | 0`);
      const word = this.block(top, list.length, pc, r[SP] - 4 * list.length);
      if (word === null) return false;
      this.stores(word, list);
      this.set(SP, top);
      this.writtenBlock(word, list.length, pc);
    } else if ((op & 0xff00) === 0xb200) {
      this.set(rd, this.name([`${value} << 16 >> 16`, `${value} << 24 >> 24`, `${value} & 0xffff`, `${value} & 0xff`][(op >>> 6) & 3]));
    } else if ((op & 0xfe00) === 0xbc00) {
      const count = list.length + ((op >>> 8) & 1), stack = this.get(SP), word = this.block(stack, count, pc, r[SP]);
      if (word === null) return false;
      const target = op & 0x100 ? this.name(`ram32[${word} + ${list.length}]`) : null;
      if (target) {
        this.cycles -= count; // as they are if it is none for a trace
        this.unfit(`${target} >>> 28 === 15`, pc);
        this.cycles += count;
      }
      this.loads(word, list);
      this.set(SP, this.name(`(${stack} + ${4 * count}) | 0`));
      if (target) return this.jump(target);
    } else if ((op & 0xff00) === 0xba00 && ((op >>> 6) & 3) !== 2) {
      const which = (op >>> 6) & 3, swapped = this.name(`((${value} & 0xff00ff) << 8) | ((${value} >>> 8) & 0xff00ff)`);
      this.set(rd, this.name([`(${swapped} << 16) | (${swapped} >>> 16)`, swapped, , `${swapped} << 16 >> 16`][which]));
    } else if (op !== 0xbf00) return false;
    return pc + 2;
  }

  // Stays on the path that led to `pc`; false where the trace ends with that step.
  follow(step, pc, from) {
    this.cycles++;
    if (typeof step === 'number') return true;
    if (typeof step === 'object') {
      const taken = pc === step.target;
      if (taken) this.leave(`!(${step.condition})`, from + 2, this.cycles++);
      else this.leave(step.condition, step.target, this.cycles + 1);
      return true;
    }
    if (this.calls.pop() !== pc) {
      this.text.push(this.exit(`${step} & ~1`, this.cycles));
      return false;
    }
    this.leave(`(${step} & ~1) !== ${pc}`, `${step} & ~1`, this.cycles);
    return true;
  }
}

function halfword(memory, pc) {
  if (pc >>> 24 === 0x10) return memory.flash16[(pc & FLASH_MASK) >>> 1];
  return pc < ROM_BYTES ? memory.rom16[pc >>> 1] : memory.ram16[(pc - RAM) >>> 1];
}

// The instruction at `pc`; the upper half is its second halfword, if it has one.
function fetch(memory, pc) { return halfword(memory, pc) | (halfword(memory, pc + 2) << 16); }

// Goes on with the processor from where it is, an instruction at a time, for `limit` cycles at most, and writes the
// trace of it. run: its function, which returns the cycles it ran, or their complement where the next instruction is for
// the interpreter; null if there is none, since the first instruction is not one for a trace or since the program has
// changed itself meanwhile. path: addresses of its instructions; most: cycles
// at most; ran: cycles that have passed meanwhile.
export function record(core, memory, interpret, limit) {
  const trace = new Path(memory), path = [], words = [];
  let pc = memory.r[15] & ~1, open = true, ran = 0;
  while (open && path.length < LONGEST && ran < limit && !core.interruptsUpdated) {
    const word = fetch(memory, pc), step = trace.instruction(pc, word & 0xffff, word >>> 16);
    if (step === false) break;
    path.push(pc);
    words.push(word);
    ran += interpret(1);
    const next = memory.r[15] & ~1;
    open = trace.follow(step, next, pc);
    pc = next;
  }
  if (open) trace.text.push(trace.exit(`${pc}`, trace.cycles));
  const sound = path.length && path.every((at, i) => fetch(memory, at) === words[i]);
  return { run: sound ? trace.compiled() : null, path, most: trace.cycles + 1, ran };
}
