// `npm run demo`: everything after installing and building is the program's own `demo` command; for `--cluster` without nodes three are
// started here, of the server that --server or WEAVIATE_SERVER names or that is on the PATH, and ended with it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServer, startCluster, WEAVIATE } from './cluster.mjs';
import { prepare, root, run } from './prepare.mjs';

const args = process.argv.slice(2);
const named = args.indexOf('--server');
if (named !== -1) [, process.env.WEAVIATE_SERVER] = args.splice(named, 2);
const at = args.indexOf('--cluster');
const wantsNodes = at !== -1 && (args[at + 1] ?? '--').startsWith('--');
if (wantsNodes) process.exitCode = await withNodes();
else {
  await prepare();
  run(process.execPath, ['dist/cli/main.js', 'demo', ...args]);
}

async function withNodes() {
  const server = findServer(join(root, '.cache', `weaviate-${WEAVIATE}`));
  if (server === null) {
    console.error(
      `Expected a weaviate-server on the PATH, or named by --server FILE. \`go install github.com/weaviate/weaviate/cmd/weaviate-server@${WEAVIATE}\` builds one.`,
    );
    return 2;
  }
  await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'demo-cluster-'));
  // Ctrl-C reaches the demo too, which ends by itself.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  let cluster;
  try {
    cluster = await startCluster(server, folder);
    const own = [...args.slice(0, at), '--cluster', cluster.addresses, ...args.slice(at + 1)];
    const demo = spawn(process.execPath, ['dist/cli/main.js', 'demo', ...own], { cwd: root, stdio: 'inherit' });
    return await new Promise((resolve) => demo.once('exit', (status) => resolve(status ?? 1)));
  } finally {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
