import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../src/config/package-root.js';
import { makePhoto } from '../support/make-photo.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** What the Dockerfile does with files, without Docker: its COPY lines, its build, and the program on what is left. */
describe('Dockerfile', () => {
  const folder = temporaryFolder();
  const stages: string[] = [];
  let built: ReturnType<typeof spawnSync>;

  beforeAll(() => {
    for (const line of readFileSync(join(packageRoot(), 'Dockerfile'), 'utf8').split('\n')) {
      if (line.startsWith('FROM ')) {
        const stage = join(folder, `stage-${stages.length}`);
        mkdirSync(stage);
        linkPackages(join(stage, 'node_modules'));
        stages.push(stage);
      }
      const stage = stages.at(-1) ?? '';
      const [, from, given = ''] = /^COPY (?:--from=(\w+) )?(.+)$/.exec(line) ?? [];
      const [to = '', ...sources] = given.split(' ').reverse();
      for (const source of sources.filter((name) => !name.endsWith('node_modules'))) {
        const whole = from === undefined ? join(packageRoot(), source) : source.replace('/app', stages[0] ?? '');
        cpSync(whole, to === './' ? join(stage, source.replace('/app/', '')) : join(stage, to), { recursive: true });
      }
      if (line.startsWith('RUN npm run build')) {
        built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: stage, encoding: 'utf8' });
      }
    }
  }, 180_000);

  it('copies all that the build reads', () => {
    expect(built.stderr).not.toMatch(/error/i);
    expect(built.status).toBe(0);
  });

  it('leaves a program that has its page, its migrations and the pocket model', async () => {
    const program = stages[1] as string;
    expect(readFileSync(join(program, 'dist', 'web', 'index.html'), 'utf8')).toContain('<script');
    const photo = join(folder, 'photos', 'one.jpg');
    mkdirSync(dirname(photo));
    writeFileSync(photo, await makePhoto(1, { lat: 54.4, lon: 18.6 }));
    const { status, stdout } = spawnSync(
      process.execPath,
      ['dist/cli/main.js', 'ingest', dirname(photo), '--index', join(folder, 'index'), '--json'],
      { cwd: program, encoding: 'utf8', env: { ...process.env, STREETDEX_DATA_DIR: join(folder, 'data') } },
    );
    expect(status).toBe(0);
    expect(stdout).toContain('"added"');
  });
});

/** A folder of its own, since the bundler writes beside the packages. */
function linkPackages(to: string): void {
  const from = join(packageRoot(), 'node_modules');
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === '.bin' || !name.startsWith('.')) symlinkSync(join(from, name), join(to, name));
  }
}
