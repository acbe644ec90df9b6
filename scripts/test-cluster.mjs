// `npm run test:cluster`: the store's contract, and what a cluster may meet, over three nodes of Weaviate on loopback. Without a server
// (on the PATH, named by WEAVIATE_SERVER, or built by --build, which takes Go and some minutes) it is skipped with a notice. --all
// has also the tests that take minutes.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildServer, findServer, startCluster, WEAVIATE } from './cluster.mjs';
import { prepare, root } from './prepare.mjs';

const built = join(root, '.cache', `weaviate-${WEAVIATE}`);
const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== '--build' && arg !== '--all');
// Files of the folder may be named.
const files = wanted.some((arg) => arg.startsWith('test/cluster')) ? [] : ['test/cluster'];
let server = findServer(built);
if (server === null && args.includes('--build')) {
  console.error(`Building Weaviate ${WEAVIATE} with Go (some minutes) …`);
  server = buildServer(built) ? findServer(built) : null;
}
if (server === null) {
  console.error('test:cluster is skipped: no weaviate-server was found. Name one by WEAVIATE_SERVER, or give --build.');
  process.exit(process.env.CLUSTER_REQUIRED === undefined ? 0 : 1);
}
await prepare();
const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
const cluster = await startCluster(server, folder);
// Tests ask here for a node to die, to come back, to stand still: POST /kill/N, /start/N?SETTING=VALUE, /pause/N, /resume/N.
const control = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
  const [, what, node] = /^\/(kill|start|pause|resume)\/(\d)$/.exec(pathname) ?? [];
  // Whoever lost a server at this port before.
  if (what === undefined) return response.writeHead(404).end();
  cluster[what](Number(node), Object.fromEntries(searchParams)).then(
    () => response.end(),
    (error) => response.writeHead(500).end(String(error)),
  );
});
await new Promise((resolve) => control.listen(0, '127.0.0.1', resolve));
const jest = spawn('npx', ['--no-install', 'jest', '--runInBand', '--testTimeout', '120000', ...files, ...wanted], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(args.includes('--all') ? { CLUSTER_ALL: '1' } : {}),
    STREETDEX_TEST_CLUSTER: cluster.addresses,
    STREETDEX_TEST_CLUSTER_FOLDER: folder,
    STREETDEX_TEST_CLUSTER_CONTROL: `http://127.0.0.1:${control.address().port}`,
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => jest.kill(signal));
const code = await new Promise((resolve) => jest.once('exit', (status) => resolve(status ?? 1)));
control.close();
await cluster.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(code);
