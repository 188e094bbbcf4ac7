// The C side: p2p-link-peer driven over JSON lines.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

export class Peer {
  constructor(path) {
    this.events = [];
    this.waiters = [];
    this.handlers = {};
    this.child = spawn(path, ['--loopback'], {stdio: ['pipe', 'pipe', 'inherit']});
    this.exited = new Promise(resolve => this.child.on('exit', resolve));
    createInterface({input: this.child.stdout}).on('line', line => {
      const event = JSON.parse(line);
      if (this.handlers[event.event]) {
        this.handlers[event.event](event);
      } else {
        this.events.push(event);
      }
      this.check();
    });
  }

  check() {
    this.waiters = this.waiters.filter(w => !w());
  }

  say(cmd, more = {}) {
    this.child.stdin.write(JSON.stringify({cmd, ...more}) + '\n');
  }

  // Takes every event of this name from now on.
  on(name, handler) {
    const old = this.events.filter(e => e.event === name);
    this.events = this.events.filter(e => e.event !== name);
    this.handlers[name] = handler;
    old.forEach(handler);
  }

  // The first kept event that the test holds for, taken out. The limit ends what
  // hangs, on a busy machine, too.
  wait(name, test = () => true, seconds = 60) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const i = this.events.findIndex(e => e.event === name && test(e));
        if (i < 0) return false;
        clearTimeout(timer);
        resolve(this.events.splice(i, 1)[0]);
        return true;
      };
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter(w => w !== look);
        reject(new Error(`no ${name} in ${seconds} s; had ${JSON.stringify(this.events).slice(0, 2000)}`));
      }, seconds * 1000);
      if (!look()) this.waiters.push(look);
    });
  }

  state(name, seconds) {
    return this.wait('state', e => e.state === name, seconds);
  }

  async quit() {
    this.child.stdin.end();
    await this.exited;
  }
}

export function pattern(size, seed) {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) + seed) & 255;
  return bytes;
}

export const SIZES = [1, 11, 1130, 1135, 1136, 1163, 1164, 16384, 17408];
