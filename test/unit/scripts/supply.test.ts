import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { packageRoot } from '../../../src/config/package-root.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const root = packageRoot();

function script(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, ...environment }, maxBuffer: 1e8 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join('scripts', name), ...args], options);
  return { status, stdout, stderr };
}

const lockSchema = z.object({ packages: z.record(z.string(), z.record(z.string(), z.unknown())) });
const readLock = () => lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));

describe('licences', () => {
  /** What is said of our lockfile after `change`. */
  function check(change: (packages: Record<string, Record<string, unknown>>) => void) {
    const lock = readLock();
    change(lock.packages);
    return script('check-licences.mjs', [temporaryFolder({ 'package-lock.json': JSON.stringify(lock) })]);
  }

  it('of all that is shipped are allowed, or excepted with a reason', () => {
    expect(script('check-licences.mjs', [])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['GPL-3.0-only', 1],
    ['MIT AND GPL-3.0-only', 1],
    ['(MIT OR GPL-3.0-only)', 0],
    ['((MIT OR ISC) AND GPL-3.0-only)', 1],
    [undefined, 1],
  ])('%s is judged', (license, status) => {
    const said = check((packages) => {
      packages['node_modules/extra'] = { version: '1.0.0', license };
    });
    expect(said.status).toBe(status);
    if (status === 1) expect(said.stderr).toContain('extra@1.0.0');
  });

  it('of what is for development alone do not matter, but those of what the page holds do', () => {
    const forTests = check((packages) => {
      packages['node_modules/extra'] = { version: '1.0.0', license: 'GPL-3.0-only', dev: true };
    });
    expect(forTests.status).toBe(0);
    const inPage = check((packages) => {
      packages['node_modules/preact'] = { ...packages['node_modules/preact'], license: 'GPL-3.0-only' };
    });
    expect(inPage.stderr).toContain('preact@');
  });

  it('are excepted only while something needs it', () => {
    const said = check((packages) => {
      packages['node_modules/busboy'] = { ...packages['node_modules/busboy'], license: 'MIT' };
    });
    expect(said).toMatchObject({ status: 1, stderr: expect.stringContaining('busboy fits nothing') });
  });

  it('are looked at of every package that the page imports', async () => {
    const text = readFileSync(join(root, 'scripts', 'shipped-packages.mjs'), 'utf8');
    const inPage = z
      .array(z.string())
      .parse(JSON.parse((/IN_PAGE = (\[.*\])/.exec(text)?.[1] ?? '').replaceAll("'", '"')));
    const files = readdirSync(join(root, 'web', 'src'), { recursive: true, encoding: 'utf8' });
    const imported = files
      .filter((file) => /\.tsx?$/.test(file))
      .flatMap((file) => [
        ...readFileSync(join(root, 'web', 'src', file), 'utf8').matchAll(/(?:from|import) '([^.'][^']*)'/g),
      ])
      .map(([, name = '']) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)
      .filter((name) => !name.startsWith('virtual:'));
    expect(imported).toContain('preact');
    const { packages } = readLock();
    const known = (name: string) => inPage.includes(name) || packages[`node_modules/${name}`]?.dev !== true;
    expect([...new Set(imported)].filter((name) => !known(name))).toEqual([]);
  });
});

describe('the bill of materials', () => {
  it('names what is shipped, with licences and sums, and nothing that is for development alone', () => {
    const { stdout, status } = script('sbom.mjs', []);
    expect(status).toBe(0);
    const component = z.object({ name: z.string(), version: z.string(), hashes: z.array(z.unknown()).min(1) });
    const bill = z
      .object({
        bomFormat: z.literal('CycloneDX'),
        metadata: z.object({ component: z.object({ name: z.literal('streetdex') }) }),
        components: z.array(component.extend({ licenses: z.array(z.unknown()).optional() })),
        dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
      })
      .parse(JSON.parse(stdout));
    const names = new Set(bill.components.map(({ name }) => name));
    for (const name of ['better-sqlite3', 'express', 'busboy', 'preact', 'maplibre-gl', '@img/sharp-libvips-linux-x64'])
      expect(names).toContain(name);
    for (const name of ['jest', 'typescript', 'vite', 'knip']) expect(names).not.toContain(name);
    expect(bill.components.filter(({ licenses }) => licenses === undefined).map(({ name }) => name)).toEqual([
      'busboy',
      'streamsearch',
    ]);
  });
});

describe('the audit', () => {
  const advisory = (id: string) => ({
    name: 'left',
    title: 'It falls over',
    severity: 'high',
    url: `https://github.com/advisories/${id}`,
  });
  const id = 'GHSA-aaaa-bbbb-cccc';
  const found = { vulnerabilities: { left: { via: [advisory(id)] }, right: { via: ['left'] } } };

  /** With an npm whose registry answers `answer`. */
  function audit(answer: unknown, exceptions: readonly unknown[] = []) {
    const folder = temporaryFolder({
      'answer.json': typeof answer === 'string' ? answer : JSON.stringify(answer),
      'exceptions.json': JSON.stringify(exceptions),
      npm: '#!/bin/sh\ncat "$(dirname "$0")/answer.json"\nexit 1\n',
    });
    chmodSync(join(folder, 'npm'), 0o755);
    return script('audit.mjs', [join(folder, 'exceptions.json')], { PATH: `${folder}${delimiter}${process.env.PATH}` });
  }
  const except = (until: string, reason = 'not reached', name = id) => ({ advisory: name, until, reason });

  it('fails on an advisory, and says which', () => {
    expect(audit(found)).toMatchObject({ status: 1, stderr: expect.stringContaining(id) });
  });

  it('passes without one, and with one that is excepted', () => {
    expect(audit({ vulnerabilities: {} }).status).toBe(0);
    expect(audit(found, [except('9999-01-01')]).status).toBe(0);
  });

  it('fails when an exception is over, is for nothing, or has no reason', () => {
    expect(audit(found, [except('2020-01-01')]).stderr).toContain('ended on 2020-01-01');
    expect(audit({ vulnerabilities: {} }, [except('9999-01-01')]).stderr).toContain('fits no advisory');
    expect(audit(found, [except('9999-01-01', '')]).status).toBe(1);
  });

  it.each(['', 'gateway timeout', { message: '405 Method Not Allowed', error: {} }])(
    'is a notice where the registry does not answer: %j',
    (answer) => {
      expect(audit(answer)).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing was audited') });
    },
  );
});
