import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_PROFILE } from '../../src/locate/blend-profile.js';
import { readProfile, writeProfile } from '../../src/locate/profile-file.js';
import { commandLine } from '../support/command-line.js';
import { type EvaluationWorld, makeEvaluationWorld } from '../support/evaluation-world.js';

let world: EvaluationWorld;
let modelId: string;
const environment = { ...process.env, STREETDEX_THREADS: '1' };

function tune(...args: string[]): string[] {
  const data = join(world.folder, 'data');
  return ['tune', '--index', index(), '--manifest', world.manifest, '--data-dir', data, ...args];
}

const { run } = commandLine();
const streetdex = (args: readonly string[]) => run(args, environment);

const index = () => join(world.folder, 'index');
const file = () => join(index(), 'blend-profile.json');

/** A present profile that anything beats: it trusts the captions of a model that hardly reads. */
const poor = {
  ...DEFAULT_PROFILE,
  name: 'poor',
  captions: { ...DEFAULT_PROFILE.captions, temperature: { country: 0.2, region: 0.2, city: 0.2 } },
  blend: { ...DEFAULT_PROFILE.blend, alpha: 0.05, beta: 1.5, gamma: 0 },
};

beforeAll(async () => {
  world = await makeEvaluationWorld(24, 3, 5);
  modelId = (await world.open().index()).reader.modelId;
}, 300_000);

beforeEach(() => writeProfile(index(), { ...poor, provenance: { ...poor.provenance, model: modelId } }));

describe('streetdex tune', () => {
  it('says what it would do, and with --dry-run does not', () => {
    const before = readFileSync(file());
    // Whichever way the queries are split, the gain is some six standard errors.
    const { status, stdout, stderr } = streetdex(tune('--dry-run', '--seed', randomUUID()));
    expect(stderr).toContain('120 queries');
    expect(stdout).toMatch(
      /Queries: 120 \(\d+ authors\), each fitted to, calibrated with and checked by in turn, in 5 folds/,
    );
    expect(stdout).toMatch(/Left as it was, for so few queries: .*retrieval\.not_indexed/);
    expect(stdout).toMatch(
      /Answers that name a country, likely \(at most 20 % wrong\): (up to a spread of 0\.\d+|none)/,
    );
    expect(stdout).toMatch(/log loss, nats +\d+\.\d{3} +\d+\.\d{3}/);
    expect(stdout).toContain('beats the profile poor');
    expect(stdout).toContain('The profile of the index is as it was.');
    expect(status).toBe(0);
    expect(readFileSync(file())).toEqual(before);
  });

  it('leaves the profile as it is when it is refused, and when it is killed in the middle', async () => {
    const before = readFileSync(file());
    const few = streetdex(tune('--limit', '60'));
    expect(few.status).toBe(2);
    expect(few.stderr).toContain('too_few_queries');

    for (const stage of ['fit: retrieval', 'check']) {
      const running = spawn(process.execPath, ['dist/cli/main.js', ...tune()], {
        env: environment,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      running.stderr.on('data', (chunk) => {
        said += chunk;
        if (said.includes(`${stage} …`)) running.kill('SIGKILL');
      });
      const [code, signal] = await once(running, 'exit');
      // The last stage is short: it may have ended, but then it has ended well.
      if (signal === 'SIGKILL') expect(readFileSync(file())).toEqual(before);
      else expect(code).toBe(0);
      if (stage === 'fit: retrieval') expect(signal).toBe('SIGKILL');
    }
    expect(readProfile(index())).not.toBeNull();
  });

  it('keeps what beats the present profile, which then answers; what does not beat it changes nothing', () => {
    const { status, stdout, stderr } = streetdex(tune('--json', '--seed', 'b'));
    expect(stdout === '' ? stderr : '').toBe('');
    const { written, report, profile } = JSON.parse(stdout);
    expect({ status, written, outcome: report.outcome }).toEqual({ status: 0, written: true, outcome: 'fitted' });
    expect(report.freedom).toBe('few');
    expect(readdirSync(index()).filter((name) => name.includes('blend-profile'))).toEqual(['blend-profile.json']);
    expect(readProfile(index())).toEqual(profile);
    expect(profile.name).toBe('tuned on 120 queries');
    const kept = readFileSync(file());
    // Fitted once more from there, to the same queries: with this seed two standard errors are lost.
    const again = streetdex(tune('--json', '--seed', 'b'));
    expect({ status: again.status, ...JSON.parse(again.stdout) }).toMatchObject({
      status: 1,
      written: false,
      report: { outcome: 'unchanged' },
    });
    expect(readFileSync(file())).toEqual(kept);
    const data = join(world.folder, 'data');
    const photo = join(world.folder, 'queries', world.rows[0]?.file as string);
    const located = streetdex(['locate', photo, '--index', index(), '--data-dir', data, '--json']);
    expect(JSON.parse(located.stdout).blend.profile).toBe('tuned on 120 queries');
  });

  it('writes none where there was none and nothing was to be kept', () => {
    rmSync(file());
    const { stdout } = streetdex(tune('--dry-run', '--json'));
    expect(JSON.parse(stdout)).toMatchObject({ written: false, profile: { provenance: { queries: 120 } } });
    expect(existsSync(file())).toBe(false);
  });
});
