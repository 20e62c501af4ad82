// A daemon over a wiki of its own, on a free port, in a folder that goes with it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const START_MS = 60000;

/** Starts the daemon over pages, `[path, text]` each, and waits until it has indexed them. `settings` are ACHEI_… variables. */
export async function startDaemon(pages, settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'achei-browser-'));
  for (const [path, text] of pages) {
    const file = join(folder, 'content', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  // Run where no config.toml lies, so that the defaults hold.
  const daemon = await launch({ cwd: folder, args: ['--content', 'content', '--index', 'index'], settings });
  return {
    ...daemon,
    async stop() {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts `achei serve` on a free port and waits until it is ready. */
export async function launch({ cwd, args = [], settings = {} }) {
  const child = spawn(process.env.ACHEI_BIN, ['serve', '--listen', '127.0.0.1:0', ...args], {
    cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...settings },
  });
  const lines = [];
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the daemon did not start:\n${lines.join('\n')}`)), START_MS);
    const look = (line) => {
      lines.push(line);
      const found = /listening.*address="?([0-9.]+:[0-9]+)/.exec(line);
      if (found) {
        clearTimeout(timer);
        resolve(`http://${found[1]}`);
      }
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', look);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the daemon ended with ${code}:\n${lines.join('\n')}`)));
  });
  const until = Date.now() + START_MS;
  while (!(await fetch(`${address}/readyz`)).ok) {
    if (Date.now() > until) throw new Error('the daemon did not get ready');
  }
  return {
    address,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}
