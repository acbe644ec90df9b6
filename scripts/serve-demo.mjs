// An index behind a server of its own, and a Chromium: what the screenshots and the page's benches look at.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

/** Serves the demo's index; ends the process with a sentence where it or a browser is missing. */
export async function serveDemo() {
  const demo = join(root, '.streetdex', 'demo');
  if (!existsSync(join(demo, 'index', 'manifest.json'))) {
    console.error('Expected the demo’s index: run `npm run demo` once.');
    process.exit(2);
  }
  const { queries } = JSON.parse(readFileSync(join(demo, 'world', 'world.json'), 'utf8'));
  const photos = queries.filter(({ indexed }) => indexed).map(({ file }) => file);
  return { ...(await serveIndex(join(demo, 'index'))), photos };
}

/** Serves an index; ends the process with a sentence where there is no browser. */
export async function serveIndex(index, settings = {}) {
  const executablePath = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
  if (executablePath === undefined) {
    console.error('Expected a Chromium (CHROMIUM names one elsewhere).');
    process.exit(2);
  }
  await prepare();
  const server = spawn(
    process.execPath,
    ['dist/cli/main.js', 'serve', '--index', index, '--port', '0', '--log-level', 'error'],
    {
      cwd: root,
      env: { ...process.env, STREETDEX_RATE_LIMIT_PER_MINUTE: '0', ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
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
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
    },
  };
}
