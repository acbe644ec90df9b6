// `npm run test:api [-- --seconds N]`: schemathesis tries out every call of /openapi.json against a real server: no 5xx,
// no status, content type or answer that the document does not tell of. Needs Python 3.10 or newer (python3, or what
// PYTHON names); its packages go to a virtual environment below node_modules. Skips with a notice where that fails.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { prepare, root } from './prepare.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } });
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

const schemathesis = install();
await prepare();
const folder = mkdtempSync(join(tmpdir(), 'streetdex-api-'));
const server = spawn(process.execPath, ['test/api/serve.mjs', folder], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve) => server.once('exit', resolve));
let code = 1;
try {
  const lines = createInterface(server.stdout);
  const url = await Promise.race([new Promise((resolve) => lines.once('line', resolve)), ended.then(() => null)]);
  if (url === null) throw new Error('The server to be tried out did not start.');
  const { status } = spawnSync(
    schemathesis,
    [
      ...['run', `${url}/openapi.json`, '--checks', CHECKS.join(','), '--continue-on-failure'],
      // What is not there yet answers in time; a stream of events ends with its ingestion.
      ...['--request-timeout', '20', '--max-examples', '60', '--generation-database', 'none', '--warnings', 'off'],
      ...['--suppress-health-check', 'all', '--max-time', values.seconds],
    ],
    { cwd: folder, stdio: 'inherit', timeout: (Number(values.seconds) + 240) * 1000 },
  );
  code = status ?? 1;
} finally {
  server.kill();
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

function install() {
  const python = process.env.PYTHON ?? 'python3';
  const venv = join(root, 'node_modules', '.cache', 'streetdex-test-api');
  const program = join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'schemathesis');
  if (existsSync(program) || existsSync(`${program}.exe`)) return program;
  const made = spawnSync(python, ['-m', 'venv', venv], { stdio: 'inherit' });
  if (made.status !== 0) skip(`${python} can not make a virtual environment; name another Python with PYTHON`);
  const pip = join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'pip');
  const args = ['install', '--quiet', '--disable-pip-version-check', '-r', join(root, 'test/api/requirements.txt')];
  if (spawnSync(pip, args, { stdio: 'inherit' }).status === 0) return program;
  rmSync(venv, { recursive: true, force: true });
  skip('its Python packages (test/api/requirements.txt) can not be installed');
}

function skip(reason) {
  console.error(`test:api is skipped: ${reason}.`);
  process.exit(0);
}
