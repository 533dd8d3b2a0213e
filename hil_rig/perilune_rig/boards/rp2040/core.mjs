// The processor: places that jumps lead to often run as traces (traces.mjs), everything else as the interpreter reads
// it. Traces change nothing but the speed: same registers, memory and cycles, wherever a run ends.
import { interpreter } from './interpreter.mjs';
import { layout, RAM } from './memory.mjs';
import { record } from './traces.mjs';

// Jumps to a place until it is worth a trace: V8 spends milliseconds on each before it is fast. Measured on the last
// 100 s of a descent: at 24 slower than the interpreter alone, at 4000 to 20000 all alike.
const HOT = 8000;
const NEVER = -(2 ** 31); // heat of a place that no trace begins at, or that has its trace

export class Processor {
  constructor(chip, hot = HOT) {
    this.core = chip.core;
    this.hot = hot;
    this.memory = layout(chip);
    const { places } = this.memory;
    this.traces = new Array(places).fill(undefined);
    this.most = new Int32Array(places); // cycles of the trace there, at most
    this.heat = new Int32Array(places);
    this.memory.changed = (at, bytes) => this.forget(RAM + at, RAM + at + bytes);
    this.made = [];
    this.interpret = interpreter(chip, this.memory, (pc) => this.worth(pc));
  }

  // Whether the interpreter should stop at the place `pc`, to which a jump has led.
  worth(pc) {
    const at = this.memory.place(pc);
    return at >= 0 && (this.traces[at] !== undefined || ++this.heat[at] >= this.hot);
  }

  // Runs at least `limit` cycles, to the instruction, unless the core falls asleep; the cycles run.
  run(limit) {
    const { core, traces, most, heat, hot, memory: { r, place } } = this;
    let cycles = 0;
    while (cycles < limit) {
      let upTo = limit - cycles;
      if (!core.interruptsUpdated) {
        const at = place(r[15] & ~1), trace = traces[at];
        if (trace !== undefined) {
          if (most[at] <= upTo) {
            const ran = trace();
            cycles += ran < 0 ? ~ran : ran;
            if (ran >= 0) continue;
            upTo = 1;
          }
        } else if (at >= 0 && ++heat[at] >= hot) {
          cycles += this.record(at, upTo);
          continue;
        }
      }
      cycles += this.interpret(upTo);
      if (core.waiting) break;
    }
    return cycles;
  }

  // Makes the trace that begins at the place `at`, where the processor is; the cycles it went on by meanwhile.
  record(at, limit) {
    const { run, path, most, ran } = record(this.core, this.memory, this.interpret, limit);
    this.heat[at] = NEVER;
    if (!run) return ran;
    this.traces[at] = run;
    this.most[at] = most;
    this.made.push({ at, path });
    this.mark(path);
    return ran;
  }

  mark(path) { for (const pc of path) this.memory.code[this.memory.place(pc)] = 1; }

  // The program from address `from` up to `to` has changed: drops the traces that were made of it.
  forget(from, to) {
    const { code, place } = this.memory;
    if (!code.subarray(place(from), place(to - 1) + 1).includes(1)) return;
    const stale = this.made.filter(({ path }) => path.some((pc) => pc + 4 > from && pc < to));
    for (const { at } of stale) {
      this.traces[at] = undefined;
      this.heat[at] = 0;
    }
    this.made = this.made.filter((trace) => !stale.includes(trace));
    code.fill(0);
    for (const { path } of this.made) this.mark(path);
  }
}
