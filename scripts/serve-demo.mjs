// The demo's index behind a server of its own, and a Chromium: what the screenshots and the page's bench look at.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

/** Starts the server; ends the process with a sentence where the demo's index or a browser is missing. */
export async function serveDemo() {
  const demo = join(root, '.streetdex', 'demo');
  const executablePath = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
  if (!existsSync(join(demo, 'index', 'manifest.json')) || executablePath === undefined) {
    console.error('Expected the demo’s index (run `npm run demo` once) and a Chromium (CHROMIUM names one elsewhere).');
    process.exit(2);
  }
  prepare();
  const { queries } = JSON.parse(readFileSync(join(demo, 'world', 'world.json'), 'utf8'));
  const server = spawn(
    process.execPath,
    ['dist/cli/main.js', 'serve', '--index', join(demo, 'index'), '--port', '0', '--log-level', 'error'],
    { cwd: root, env: { ...process.env, STREETDEX_RATE_LIMIT_PER_MINUTE: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise((resolve) => server.once('exit', () => resolve(null)));
  const said = new Promise((resolve) => {
    server.stdout.on('data', (bytes) => {
      const found = /http:\/\/[\d.]+:\d+/.exec(String(bytes));
      if (found) resolve(found[0]);
    });
  });
  const url = await Promise.race([said, ended]);
  if (url === null) throw new Error('The server did not start.');
  return {
    url,
    executablePath,
    photos: queries.filter(({ indexed }) => indexed).map(({ file }) => file),
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
    },
  };
}
