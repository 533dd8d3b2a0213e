// An interpreter of the Cortex-M0+ (ARMv6-M; DDI 0419): instructions that touch only registers, RAM, flash and
// ROM run here, with the flags in local variables; everything else (peripherals, exceptions, special registers,
// waiting) is one instruction of rp2040js's own core. Cycles are those of zero-wait-state memory (DDI 0484, table 3-1).
import { FLASH_MASK, RAM, ROM_BYTES } from './memory.mjs';

const LDR = 1, LDRH = 2, LDRB = 3, LDRSB = 4, LDRSH = 5, STR = 6, STRH = 7, STRB = 8;
const REGISTER_KINDS = [STR, STRH, STRB, LDRSB, LDR, LDRH, LDRB, LDRSH];
const SP = 13, LR = 14;

// `worth(pc)` says whether to stop at a place to which a jump has led.
export function interpreter(chip, memory, worth) {
  const core = chip.core, { f, flash8, flash32, rom8, rom16, rom32, code, code32 } = memory;

  // Runs at least `limit` cycles unless the core falls asleep or there is a place to stop at; returns the cycles run.
  return function run(limit) {
    const { r, ram8, ram16, ram32, flash16, ramBytes } = memory; // local: an eighth faster than the closure's own
    let cycles = 0;
    let n = f[0], z = f[1], c = f[2], v = f[3];
    let pc = r[15] & ~1, before = pc - 2;
    while (cycles < limit) {
      if (pc !== before + 2 && worth(pc)) break;
      before = pc;
      let slow = core.interruptsUpdated, op = 0, at = pc - RAM;
      if (!slow) {
        if (pc >>> 24 === 0x10) op = flash16[(pc & FLASH_MASK) >>> 1];
        else if (at >= 0 && at < ramBytes) op = ram16[at >>> 1];
        else if (pc >= 0 && pc < ROM_BYTES) op = rom16[pc >>> 1];
        else slow = true;
      }
      let kind = 0, address = 0, rt = op & 7;
      if (!slow) {
        const rm = (op >>> 3) & 7, rd8 = (op >>> 8) & 7, imm5 = (op >>> 6) & 31, imm8 = op & 255;
        switch (op >>> 11) {
          case 0: // LSLS immediate, MOVS register
            at = r[rm];
            if (imm5) c = (at >>> (32 - imm5)) & 1;
            n = z = r[rt] = at << imm5;
            break;
          case 1: // LSRS immediate
            at = r[rm];
            c = (at >>> (imm5 ? imm5 - 1 : 31)) & 1;
            n = z = r[rt] = imm5 ? at >>> imm5 : 0;
            break;
          case 2: // ASRS immediate
            at = r[rm];
            c = (at >> (imm5 ? imm5 - 1 : 31)) & 1;
            n = z = r[rt] = at >> (imm5 || 31);
            break;
          case 3: { // ADDS, SUBS register or 3-bit immediate
            const a = r[rm], b = op & 0x400 ? (op >>> 6) & 7 : r[(op >>> 6) & 7];
            if (op & 0x200) {
              at = (a - b) | 0;
              c = a >>> 0 >= b >>> 0 ? 1 : 0;
              v = ((a ^ b) & (a ^ at)) >>> 31;
            } else {
              at = (a + b) | 0;
              c = at >>> 0 < a >>> 0 ? 1 : 0;
              v = ((a ^ at) & (b ^ at)) >>> 31;
            }
            n = z = r[rt] = at;
            break;
          }
          case 4: // MOVS immediate
            n = z = r[rd8] = imm8;
            break;
          case 5: { // CMP immediate
            const a = r[rd8];
            n = z = at = (a - imm8) | 0;
            c = a >>> 0 >= imm8 ? 1 : 0;
            v = ((a ^ imm8) & (a ^ at)) >>> 31;
            break;
          }
          case 6: { // ADDS immediate
            const a = r[rd8];
            n = z = r[rd8] = at = (a + imm8) | 0;
            c = at >>> 0 < a >>> 0 ? 1 : 0;
            v = ((a ^ at) & (imm8 ^ at)) >>> 31;
            break;
          }
          case 7: { // SUBS immediate
            const a = r[rd8];
            n = z = r[rd8] = at = (a - imm8) | 0;
            c = a >>> 0 >= imm8 ? 1 : 0;
            v = ((a ^ imm8) & (a ^ at)) >>> 31;
            break;
          }
          case 8:
            if (op & 0x400) { // high registers
              const rm4 = (op >>> 3) & 15, rd4 = ((op >>> 4) & 8) | rt;
              const value = rm4 === 15 ? pc + 4 : r[rm4];
              switch ((op >>> 8) & 3) {
                case 0: // ADD
                  if (rd4 === 15) { pc = ((pc + 4 + value) & ~1) - 2; cycles++; }
                  else if (rd4 === SP) r[SP] = (r[SP] + value) & ~3;
                  else r[rd4] = r[rd4] + value;
                  break;
                case 1: { // CMP
                  const a = r[rd4];
                  n = z = at = (a - value) | 0;
                  c = a >>> 0 >= value >>> 0 ? 1 : 0;
                  v = ((a ^ value) & (a ^ at)) >>> 31;
                  break;
                }
                case 2: // MOV
                  if (rd4 === 15) { pc = (value & ~1) - 2; cycles++; }
                  else r[rd4] = rd4 === SP ? value & ~3 : value;
                  break;
                default: // BX, BLX
                  if (value >>> 28 === 15 || rm4 === 15) { slow = true; break; }
                  if (op & 0x80) r[LR] = (pc + 2) | 1;
                  pc = (value & ~1) - 2;
                  cycles++;
              }
              break;
            }
            { // data processing
              const a = r[rt], b = r[rm];
              switch ((op >>> 6) & 15) {
                case 0: n = z = r[rt] = a & b; break;
                case 1: n = z = r[rt] = a ^ b; break;
                case 2: // LSLS
                  at = b & 255;
                  if (at) {
                    c = at <= 32 ? (at === 32 ? a & 1 : (a >>> (32 - at)) & 1) : 0;
                    r[rt] = at < 32 ? a << at : 0;
                  }
                  n = z = r[rt];
                  break;
                case 3: // LSRS
                  at = b & 255;
                  if (at) {
                    c = at <= 32 ? (a >>> (at - 1)) & 1 : 0;
                    r[rt] = at < 32 ? a >>> at : 0;
                  }
                  n = z = r[rt];
                  break;
                case 4: // ASRS
                  at = b & 255;
                  if (at) {
                    c = (a >> (at < 32 ? at - 1 : 31)) & 1;
                    r[rt] = a >> (at < 32 ? at : 31);
                  }
                  n = z = r[rt];
                  break;
                case 5: { // ADCS
                  const sum = (a >>> 0) + (b >>> 0) + c;
                  n = z = r[rt] = at = sum | 0;
                  c = sum > 0xffffffff ? 1 : 0;
                  v = ((a ^ at) & (b ^ at)) >>> 31;
                  break;
                }
                case 6: { // SBCS
                  const inverse = ~b, sum = (a >>> 0) + (inverse >>> 0) + c;
                  n = z = r[rt] = at = sum | 0;
                  c = sum > 0xffffffff ? 1 : 0;
                  v = ((a ^ at) & (inverse ^ at)) >>> 31;
                  break;
                }
                case 7: // RORS
                  at = b & 255;
                  if (at) {
                    r[rt] = at & 31 ? (a >>> (at & 31)) | (a << (32 - (at & 31))) : a;
                    c = r[rt] >>> 31;
                  }
                  n = z = r[rt];
                  break;
                case 8: n = z = a & b; break; // TST
                case 9: // RSBS
                  n = z = r[rt] = at = -b | 0;
                  c = b === 0 ? 1 : 0;
                  v = (b & at) >>> 31;
                  break;
                case 10: // CMP
                  n = z = at = (a - b) | 0;
                  c = a >>> 0 >= b >>> 0 ? 1 : 0;
                  v = ((a ^ b) & (a ^ at)) >>> 31;
                  break;
                case 11: // CMN
                  n = z = at = (a + b) | 0;
                  c = at >>> 0 < a >>> 0 ? 1 : 0;
                  v = ((a ^ at) & (b ^ at)) >>> 31;
                  break;
                case 12: n = z = r[rt] = a | b; break;
                case 13: n = z = r[rt] = Math.imul(a, b); break;
                case 14: n = z = r[rt] = a & ~b; break;
                default: n = z = r[rt] = ~b;
              }
            }
            break;
          case 9: kind = LDR; rt = rd8; address = ((pc + 4) & ~3) + (imm8 << 2); break; // literal
          case 10: case 11: // register offset
            kind = REGISTER_KINDS[(op >>> 9) & 7];
            address = (r[rm] + r[(op >>> 6) & 7]) | 0;
            break;
          case 12: kind = STR; address = (r[rm] + (imm5 << 2)) | 0; break;
          case 13: kind = LDR; address = (r[rm] + (imm5 << 2)) | 0; break;
          case 14: kind = STRB; address = (r[rm] + imm5) | 0; break;
          case 15: kind = LDRB; address = (r[rm] + imm5) | 0; break;
          case 16: kind = STRH; address = (r[rm] + (imm5 << 1)) | 0; break;
          case 17: kind = LDRH; address = (r[rm] + (imm5 << 1)) | 0; break;
          case 18: kind = STR; rt = rd8; address = (r[SP] + (imm8 << 2)) | 0; break;
          case 19: kind = LDR; rt = rd8; address = (r[SP] + (imm8 << 2)) | 0; break;
          case 20: r[rd8] = ((pc + 4) & ~3) + (imm8 << 2); break; // ADR
          case 21: r[rd8] = r[SP] + (imm8 << 2); break;
          case 22:
            if ((op & 0x0f00) === 0) { // ADD, SUB SP
              r[SP] = (r[SP] + (op & 0x80 ? -((op & 0x7f) << 2) : (op & 0x7f) << 2)) & ~3;
            } else if ((op & 0x0e00) === 0x0400) { // PUSH
              let count = 0;
              for (let bits = op & 0x1ff; bits; bits &= bits - 1) count++;
              at = r[SP] - RAM - 4 * count;
              if (at < 0 || at + 4 * count > ramBytes) { slow = true; break; }
              r[SP] -= 4 * count;
              for (let i = 0; i < 8; i++) if (op & (1 << i)) { ram32[at >>> 2] = r[i]; if (code32[at >>> 2]) memory.changed(at, 4); at += 4; }
              if (op & 0x100) { ram32[at >>> 2] = r[LR]; if (code32[at >>> 2]) memory.changed(at, 4); }
              cycles += count;
            } else if ((op & 0x0f00) === 0x0200) { // extend
              at = r[rm];
              const which = (op >>> 6) & 3;
              r[rt] = which === 0 ? (at << 16) >> 16 : which === 1 ? (at << 24) >> 24 : which === 2 ? at & 0xffff : at & 0xff;
            } else slow = true;
            break;
          case 23:
            if ((op & 0x0e00) === 0x0c00) { // POP
              at = r[SP] - RAM;
              let count = 0;
              for (let bits = op & 0x1ff; bits; bits &= bits - 1) count++;
              if (at < 0 || at + 4 * count > ramBytes) { slow = true; break; }
              let target = 0;
              if (op & 0x100) {
                target = ram32[(at >>> 2) + count - 1];
                if (target >>> 28 === 15) { slow = true; break; }
              }
              for (let i = 0; i < 8; i++) if (op & (1 << i)) { r[i] = ram32[at >>> 2]; at += 4; }
              r[SP] += 4 * count;
              cycles += count;
              if (op & 0x100) { pc = (target & ~1) - 2; cycles++; }
            } else if ((op & 0x0f00) === 0x0a00) { // REV, REV16, REVSH
              at = r[rm];
              const swapped = ((at & 0xff00ff) << 8) | ((at >>> 8) & 0xff00ff), which = (op >>> 6) & 3;
              if (which === 2) { slow = true; break; }
              r[rt] = which === 0 ? (swapped << 16) | (swapped >>> 16) : which === 1 ? swapped : (swapped << 16) >> 16;
            } else if (op !== 0xbf00) slow = true; // NOP
            break;
          case 24: { // STMIA
            at = r[rd8] - RAM;
            if (at < 0 || at + 32 > ramBytes || at & 3) { slow = true; break; }
            for (let i = 0; i < 8; i++) if (op & (1 << i)) { ram32[at >>> 2] = r[i]; if (code32[at >>> 2]) memory.changed(at, 4); at += 4; cycles++; }
            r[rd8] = at + RAM;
            break;
          }
          case 25: { // LDMIA
            at = r[rd8] - RAM;
            if (at < 0 || at + 32 > ramBytes || at & 3) { slow = true; break; }
            for (let i = 0; i < 8; i++) if (op & (1 << i)) { r[i] = ram32[at >>> 2]; at += 4; cycles++; }
            if (!(op & (1 << rd8))) r[rd8] = at + RAM;
            break;
          }
          case 26: case 27: { // B conditional, SVC
            let taken = false;
            switch ((op >>> 8) & 15) {
              case 0: taken = z === 0; break;
              case 1: taken = z !== 0; break;
              case 2: taken = c === 1; break;
              case 3: taken = c === 0; break;
              case 4: taken = n < 0; break;
              case 5: taken = n >= 0; break;
              case 6: taken = v === 1; break;
              case 7: taken = v === 0; break;
              case 8: taken = c === 1 && z !== 0; break;
              case 9: taken = c === 0 || z === 0; break;
              case 10: taken = n >>> 31 === v; break;
              case 11: taken = n >>> 31 !== v; break;
              case 12: taken = z !== 0 && n >>> 31 === v; break;
              case 13: taken = z === 0 || n >>> 31 !== v; break;
              default: slow = true;
            }
            if (taken) { pc += ((op << 24) >> 23) + 2; cycles++; }
            break;
          }
          case 28: pc += ((op << 21) >> 20) + 2; cycles++; break; // B
          case 30: { // BL
            const next = pc >>> 24 === 0x10 ? flash16[((pc & FLASH_MASK) >>> 1) + 1] : pc < ROM_BYTES ? rom16[(pc >>> 1) + 1] : ram16[((pc - RAM) >>> 1) + 1];
            if ((next & 0xd000) !== 0xd000) { slow = true; break; }
            const sign = (op << 21) >> 31, i1 = ~((next >>> 13) ^ sign) & 1, i2 = ~((next >>> 11) ^ sign) & 1;
            r[LR] = (pc + 4) | 1;
            pc += 2 + ((sign << 24) | (i1 << 23) | (i2 << 22) | ((op & 0x3ff) << 12) | ((next & 0x7ff) << 1));
            cycles += 2;
            break;
          }
          default: slow = true;
        }
      }
      if (kind !== 0) {
        const inRam = address - RAM;
        if (inRam >= 0 && inRam + 3 < ramBytes) {
          switch (kind) {
            case LDR: if (address & 3) slow = true; else r[rt] = ram32[inRam >>> 2]; break;
            case LDRH: if (address & 1) slow = true; else r[rt] = ram16[inRam >>> 1]; break;
            case LDRB: r[rt] = ram8[inRam]; break;
            case LDRSB: r[rt] = (ram8[inRam] << 24) >> 24; break;
            case LDRSH: if (address & 1) slow = true; else r[rt] = (ram16[inRam >>> 1] << 16) >> 16; break;
            case STR: if (address & 3) slow = true; else ram32[inRam >>> 2] = r[rt]; break;
            case STRH: if (address & 1) slow = true; else ram16[inRam >>> 1] = r[rt]; break;
            default: ram8[inRam] = r[rt];
          }
          if (kind >= STR && (code[inRam >>> 1] | code[(inRam >>> 1) + 1])) memory.changed(inRam, 4);
        } else if (kind < STR && address >>> 24 === 0x10) {
          const inFlash = address & FLASH_MASK;
          switch (kind) {
            case LDR: if (address & 3) slow = true; else r[rt] = flash32[inFlash >>> 2]; break;
            case LDRH: if (address & 1) slow = true; else r[rt] = flash16[inFlash >>> 1]; break;
            case LDRB: r[rt] = flash8[inFlash]; break;
            case LDRSB: r[rt] = (flash8[inFlash] << 24) >> 24; break;
            default: if (address & 1) slow = true; else r[rt] = (flash16[inFlash >>> 1] << 16) >> 16;
          }
        } else if (kind < STR && address >= 0 && address < ROM_BYTES) {
          switch (kind) {
            case LDR: if (address & 3) slow = true; else r[rt] = rom32[address >>> 2]; break;
            case LDRH: if (address & 1) slow = true; else r[rt] = rom16[address >>> 1]; break;
            case LDRB: r[rt] = rom8[address]; break;
            case LDRSB: r[rt] = (rom8[address] << 24) >> 24; break;
            default: if (address & 1) slow = true; else r[rt] = (rom16[address >>> 1] << 16) >> 16;
          }
        } else slow = true;
        if (!slow) cycles++;
      }
      if (slow) {
        core.N = n < 0; core.Z = z === 0; core.C = c === 1; core.V = v === 1;
        r[15] = pc;
        cycles += core.executeInstruction();
        n = core.N ? -1 : 0; z = core.Z ? 0 : 1; c = core.C ? 1 : 0; v = core.V ? 1 : 0;
        pc = r[15] & ~1;
        if (core.waiting) break;
      } else {
        pc += 2;
        cycles++;
      }
    }
    f[0] = n; f[1] = z; f[2] = c; f[3] = v;
    r[15] = pc;
    return cycles;
  };
}
