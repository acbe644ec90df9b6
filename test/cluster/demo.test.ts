import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../support/references.js';
import { askNode, NODES, programEnvironment } from './support/clusters.js';

describe('the demo', () => {
  it('answers from the cluster, by two servers in turn, as it does from its folder', async () => {
    const main = join(process.cwd(), 'dist/cli/main.js');
    const args = ['demo', '--check', '--cluster', NODES, '--data-dir', temporaryFolder()];
    const child = spawn(process.execPath, [main, ...args], { env: programEnvironment() });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const code = await new Promise((resolve) => child.once('close', resolve));
    for (const name of ['Demo', 'DemoSource', 'DemoSummary']) await askNode(0, 'DELETE', `/schema/${name}`);
    expect([code, said]).toEqual([
      0,
      expect.stringMatching(
        /160 of 160 photos have the same first candidate in the folder and in the cluster, asked by 2 servers/,
      ),
    ]);
  }, 300_000);
});
