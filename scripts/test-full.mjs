// `npm run test:full [-- --checkpoint DIR]`: a checkpoint of StreetCLIP's exact shapes, 1.7 GB, through `model add`.
// It is made by ../shared/tools/make_clip_checkpoint.py, which needs a Python with bench/requirements.txt (python3, or
// what PYTHON names), unless DIR holds one already. Takes about ten minutes, 24 GB of memory and 6 GB of disk.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, root, run } from './prepare.mjs';

const { values } = parseArgs({ options: { checkpoint: { type: 'string' } } });
const shared = join(root, '..', 'shared');
const tool = join(shared, 'tools', 'make_clip_checkpoint.py');
const photos = join(shared, 'data', 'photos', 'osv5m', 'images');
const python = process.env.PYTHON ?? 'python3';

if (!existsSync(tool) || !existsSync(photos)) skip(`${tool} or ${photos} is not there`);
if (values.checkpoint === undefined && spawnSync(python, ['-c', 'import torch, transformers, PIL']).status !== 0) {
  skip(`${python} has no torch, transformers or pillow; name another with PYTHON`);
}
await prepare();
const made = values.checkpoint === undefined ? mkdtempSync(join(tmpdir(), 'streetdex-checkpoint-')) : null;
process.on('exit', () => {
  if (made !== null) rmSync(made, { recursive: true, force: true });
});
if (made !== null) {
  const tokenizer = join(shared, 'data', 'clip-tokenizer');
  run(python, [tool, made, '--shape', 'streetclip', '--photos', photos, '--tokenizer', tokenizer]);
}
run('npx', ['--no-install', 'jest', 'test/full'], {
  FULL_TEST_CHECKPOINT: values.checkpoint ?? made,
  FULL_TEST_PHOTOS: photos,
});

function skip(reason) {
  console.error(`test:full is skipped: ${reason}.`);
  process.exit(0);
}
