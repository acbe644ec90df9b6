import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fixture } from '../support/fixtures.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Whether this user may mount a file system of its own, for its own processes alone. */
const mayMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', temporaryFolder()]).status === 0;

const PHOTOS = readdirSync(fixture('clip-preprocess'))
  .filter((name) => name.endsWith('.jpg'))
  .slice(0, 3);

/** Fills the disk, makes it read-only, and runs each command there. */
function script(folder: string, commands: readonly string[]): string {
  const disk = join(folder, 'disk');
  const run = (command: string) => `node dist/cli/main.js ${command.replaceAll('DISK', disk)}`;
  return [
    'set -u',
    `mount -t tmpfs none ${disk} && cp -r ${folder}/filled/. ${disk}/`,
    `${run('ingest DISK/photos --index DISK/index --model tiny')} >/dev/null 2>&1`,
    `mount -o remount,ro ${disk}`,
    ...commands.map((command) => `echo "== ${command}"; ${run(command)} 2>&1; echo "exit $?"`),
  ].join('\n');
}

const COMMANDS = [
  'ingest DISK/photos --index DISK/index --model tiny',
  'ingest DISK/photos --index DISK/new --model tiny',
  'index stats --index DISK/index',
  'index verify --index DISK/index',
  'index rebuild --index DISK/index',
  'index prune --index DISK/index',
  'index backup --to DISK/copy --index DISK/index',
  'index reembed --index DISK/index --model tiny',
  `similar DISK/photos/${PHOTOS[0]} --index DISK/index`,
  'reference delete 0 --index DISK/index',
  `locate DISK/photos/${PHOTOS[0]} --model tiny`,
];

describe('a disk that can only be read', () => {
  (mayMount ? it : it.skip)(
    'is named as such by every command, without a stack',
    () => {
      const folder = temporaryFolder();
      for (const name of ['disk', 'filled', 'filled/photos', 'filled/models']) mkdirSync(join(folder, name));
      smallGazetteer(join(folder, 'filled', 'data'));
      cpSync(fixture('tiny-clip'), join(folder, 'filled', 'models', 'tiny'), { recursive: true });
      for (const name of PHOTOS) cpSync(join(fixture('clip-preprocess'), name), join(folder, 'filled', 'photos', name));
      const rows = PHOTOS.map((name, i) => `${name},${54 + i / 10},18.6`);
      writeFileSync(join(folder, 'filled', 'photos', 'labels.csv'), ['file,lat,lon', ...rows, ''].join('\n'));
      const file = join(folder, 'script.sh');
      writeFileSync(file, script(folder, COMMANDS));
      chmodSync(file, 0o755);
      const { stdout } = spawnSync('unshare', ['-m', 'bash', file], {
        encoding: 'utf8',
        env: {
          ...process.env,
          STREETDEX_MODELS_DIR: join(folder, 'disk', 'models'),
          STREETDEX_DATA_DIR: join(folder, 'disk', 'data'),
          STREETDEX_THREADS: '1',
        },
      });
      const said = stdout.split(/^== /m).slice(1);
      expect(said.map((one) => one.split('\n', 1)[0])).toEqual(COMMANDS);
      for (const one of said) {
        expect(one).not.toMatch(/^ {4}at /m);
        expect(one).not.toContain('internal_error');
        expect(one).toMatch(/exit 0|\[(index_read_only|folder_read_only)\]/);
      }
      expect(said.filter((one) => one.includes('[index_read_only]')).length).toBeGreaterThanOrEqual(6);
    },
    180_000,
  );
});
