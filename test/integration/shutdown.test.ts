import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makePipe } from '../support/odd-entries.js';
import { Installed } from '../support/served.js';

let installed: Installed;
beforeAll(() => {
  installed = new Installed();
});
afterAll(() => installed.end());

describe('a server that is asked to end', () => {
  it('does so, with 0', async () => {
    const server = await installed.serve();
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe('code 0');
  }, 60_000);

  it('does so within its time where a read gives no answer, which Node’s own exit would wait for', async () => {
    makePipe(join(installed.folder, 'stalled'));
    // Stands for a disk that does not answer: the read keeps a thread of the process for ever.
    const hang = join(installed.folder, 'hang.cjs');
    writeFileSync(
      hang,
      `if (require('node:worker_threads').isMainThread) require('node:fs').open(${JSON.stringify(join(installed.folder, 'stalled'))}, () => {});`,
    );
    const server = await installed.serve(['--shutdown-timeout-s', '2'], { NODE_OPTIONS: `--require=${hang}` });
    const asked = performance.now();
    server.child.kill('SIGTERM');
    expect(await server.ended).not.toBe('code 0');
    expect(performance.now() - asked).toBeLessThan(4000);
    expect(server.said()).toContain('did not end within 2 s');
  }, 60_000);
});
