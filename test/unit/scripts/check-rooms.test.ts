import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../support/temporary-folder.js';

/** Files that import what they may. */
const SOUND = {
  'src/domain/point.ts': 'export type Point = number;',
  'src/geo/distance.ts': "import type { Point } from '../domain/point.js';",
  'src/api/types.ts': '',
  'src/references/embedded/open.ts': "import '../reader.js';",
  'src/references/reader.ts': "import '../geo/distance.js';",
  'src/app.ts': "import './references/embedded/open.js';",
  'src/client/client.ts': "import '../geo/distance.js';\nexport type {\n  Point,\n} from '../api/types.js';",
  'src/cli/print.ts': '',
  'src/cli/main.ts': "import { App } from '../app.js';",
  'web/src/main.tsx': "import './page.js';\nimport '../../src/client/client.js';\nimport '../../src/geo/distance.js';",
  'web/src/page.tsx': '',
};

function check(files: Readonly<Record<string, string>> = {}): { status: number | null; problems: readonly string[] } {
  const folder = temporaryFolder({ ...SOUND, ...files });
  const { status, stderr } = spawnSync(process.execPath, ['scripts/check-rooms.mjs', folder], { encoding: 'utf8' });
  return { status, problems: stderr.split('\n').slice(0, -2) };
}

describe('the check of the rooms', () => {
  it('has nothing against this project, nor against files that import what they may', () => {
    expect(spawnSync(process.execPath, ['scripts/check-rooms.mjs'], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(check()).toEqual({ status: 0, problems: [] });
  });

  it.each([
    ['a later room', 'src/domain/a.ts', "import '../geo/distance.js';", 'src/geo/distance.ts'],
    ['a later room when it is needed', 'src/geo/a.ts', "await import('../references/reader.js');", 'src/references/'],
    ['a type of a later room', 'src/geo/a.ts', "type A = import('../app.js').App;", 'src/app.ts'],
    ['a worker of a later room', 'src/geo/a.ts', "new Worker(new URL('../app.js', import.meta.url));", 'src/app.ts'],
    ['what follows on app.ts', 'src/app.ts', "export * from './cli/print.js';", 'src/cli/print.ts'],
    [
      'any room but the sphere into the client',
      'src/client/a.ts',
      "import '../domain/point.js';",
      'src/domain/point.ts',
    ],
    ['more than types of the API into the client', 'src/client/a.ts', "import '../api/types.js';", 'src/api/types.ts'],
    ['the API into the page', 'web/src/a.tsx', "import type { P } from '../../src/api/types.js';", 'src/api/types.ts'],
    ['the server into the page', 'web/src/a.tsx', "import '../../src/app.js';", 'src/app.ts'],
  ])('refuses an import of %s', (_, file, text, target) => {
    const { status, problems } = check({ [file]: text });
    expect(status).toBe(1);
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`^${file}: imports ${target}.* may import only from `)),
    ]);
  });

  it('refuses an engine anywhere but at its door, also beside it in its own room, and the door to all but app.ts', () => {
    const { status, problems } = check({
      'src/references/a.ts': "import './embedded/open.js';",
      'src/references/open-store.ts': "import './embedded/open.js';",
      'src/cli/a.ts': "import '../references/embedded/open.js';\nimport '../references/open-store.js';",
      'src/app.ts': "import './references/open-store.js';",
    });
    expect(status).toBe(1);
    expect(problems).toEqual([
      'src/cli/a.ts: imports src/references/embedded/open.ts, which only src/references/open-store.ts and src/app.ts may know.',
      'src/cli/a.ts: imports src/references/open-store.ts, which only src/app.ts may know.',
      'src/references/a.ts: imports src/references/embedded/open.ts, which only src/references/open-store.ts and src/app.ts may know.',
    ]);
  });

  it('refuses files that import each other in a circle, were it of types, and shows the way round', () => {
    const { status, problems } = check({
      'src/domain/a.ts': "import type { B } from './b.js';",
      'src/domain/b.ts': "export { C } from './c.js';",
      'src/domain/c.ts': "const a = () => import('./a.js');",
      'src/domain/d.ts': "import './a.js';",
    });
    expect(status).toBe(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^src\/domain\/[abc]\.ts: imports itself by way of (src\/domain\/[abc]\.ts( → )?){3}\.$/,
    );
  });

  it('refuses a file that is in no room', () => {
    expect(check({ 'src/misc/a.ts': '' })).toEqual({
      status: 1,
      problems: ['src/misc/a.ts: lies in no room of the list.'],
    });
  });
});
