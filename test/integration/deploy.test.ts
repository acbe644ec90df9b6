import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load-config.js';
import { packageRoot } from '../../src/config/package-root.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const read = (...path: string[]) => readFileSync(join(packageRoot(), ...path), 'utf8');
const unit = read('deploy', 'streetdex.service');

/** Values of a key of the unit, in the order in which they stand. */
const valuesOf = (key: string, text = unit) =>
  text.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

/** What the unit's syntax allows: sections, keys with values, comments. */
function misspelt(text: string): string[] {
  return text.split('\n').filter((line) => !/^($|#|\[(Unit|Service|Install)\]$|[A-Z][A-Za-z]+=)/.test(line));
}

/** What systemd says of a unit whose program and user are of this machine; null where there is no systemd. */
function verify(text: string): string | null {
  const here = text
    .replace('/usr/bin/node', process.execPath)
    .replace(/^User=.*$/m, 'User=root')
    .replace(/^Group=.*$/m, 'Group=root');
  const folder = temporaryFolder({ 'streetdex.service': here });
  const { error, stderr, status } = spawnSync('systemd-analyze', ['verify', join(folder, 'streetdex.service')], {
    encoding: 'utf8',
  });
  if (error !== undefined) return null;
  return status === 0 ? stderr : `${stderr}exit code ${status}`;
}

describe('the systemd unit', () => {
  it('is one, as systemd reads it', () => {
    expect(misspelt(unit)).toEqual([]);
    expect(misspelt('[Servise]\nRestart always\n')).toHaveLength(2);
    const said = verify(unit);
    if (said === null) return;
    expect(said).toBe('');
    expect(verify(unit.replace('RestartSec', 'RestartSek'))).toContain('RestartSek');
  });

  it('sets what streetdex knows, and gives it longer to end than it takes', () => {
    const environment = Object.fromEntries(valuesOf('Environment').map((entry) => entry.split('=', 2)));
    const config = loadConfig({}, environment);
    expect(config).toMatchObject({ index: '/var/lib/streetdex/index', data_dir: '/var/lib/streetdex/data' });
    expect(Number(valuesOf('TimeoutStopSec')[0])).toBeGreaterThan(config.shutdown_timeout_s + 1);
  });
});

describe('the compose file', () => {
  const service = z.object({
    environment: z.record(z.string(), z.string()),
    read_only: z.literal(true),
    stop_grace_period: z.string(),
    tmpfs: z.array(z.string()),
    volumes: z.array(z.string()),
  });
  const { services, volumes } = z
    .object({ services: z.object({ streetdex: service }), volumes: z.record(z.string(), z.null()) })
    .parse(parse(read('deploy', 'compose.yaml')));
  const { streetdex } = services;

  it('sets what streetdex knows, and gives it longer to end than it takes', () => {
    const config = loadConfig({}, streetdex.environment);
    expect(Number.parseFloat(streetdex.stop_grace_period)).toBeGreaterThan(config.shutdown_timeout_s + 1);
  });

  it('leaves writable, in a container that can only be read, what the image keeps and the folder of the socket', () => {
    const kept = z.array(z.string()).parse(JSON.parse(/^VOLUME (.+)$/m.exec(read('Dockerfile'))?.[1] ?? ''));
    const mounted = streetdex.volumes
      .map((entry) => entry.split(':'))
      .filter(([from = '']) => from in volumes)
      .map(([, to]) => to);
    expect(mounted.sort()).toEqual(kept.sort());
    expect(streetdex.tmpfs.map((entry) => entry.split(':')[0])).toEqual(['/tmp']);
  });
});
