// Flash that outlives the emulator: an image file, written through at every erase and program, so that ending the
// emulator at any moment leaves what a board would keep when its power fails.
import { existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

export class FlashFile {
  constructor(path, content) {
    if (existsSync(path)) content.set(readFileSync(path).subarray(0, content.length));
    else writeFileSync(path, content, { mode: 0o600 }); // it may hold a key
    this.content = content;
    this.file = openSync(path, 'r+');
  }

  written(at, length) { writeSync(this.file, this.content, at, length, at); }
}
