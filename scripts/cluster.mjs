// Three nodes of Weaviate on loopback, for tests, benches and `demo --cluster`.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** The version that is tested; a server built of it lies in a folder of its own name. */
export const WEAVIATE = 'v1.38.12';
const NODES = 3;

/** A server: what WEAVIATE_SERVER names, one on the PATH, or one that was built before; null where there is none. */
export function findServer(built) {
  const named = process.env.WEAVIATE_SERVER;
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'weaviate-server'));
  return [...(named === undefined ? [] : [named]), ...onPath, join(built, 'weaviate-server')].find(runs) ?? null;
}

function runs(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Builds the server from its source: some five minutes on two cores. False where Go is not there or it fails. */
export function buildServer(built) {
  mkdirSync(built, { recursive: true });
  const module = `github.com/weaviate/weaviate/cmd/weaviate-server@${WEAVIATE}`;
  const { status } = spawnSync('go', ['install', module], { env: { ...process.env, GOBIN: built }, stdio: 'inherit' });
  return status === 0 && existsSync(join(built, 'weaviate-server'));
}

/**
 * Starts the nodes, their data below `folder`; resolves when all are ready.
 * @returns their addresses as `--index` takes them, and how to end, stop for a while or start one (by its number), or end all
 */
export async function startCluster(server, folder) {
  const nodes = await freePorts();
  const raft = nodes.map(([, , , , port], i) => `node${i + 1}:${port}`).join(',');
  const children = [];
  const start = (i, more = {}) => {
    const [http, grpc, gossip, data, raftPort, raftInternal] = nodes[i];
    const home = join(folder, `node${i + 1}`);
    mkdirSync(home, { recursive: true });
    const log = openSync(join(home, 'log'), 'a');
    const child = spawn(server, ['--host', '127.0.0.1', '--port', String(http), '--scheme', 'http'], {
      cwd: home,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        ...{ CLUSTER_HOSTNAME: `node${i + 1}`, CLUSTER_IN_LOCALHOST: 'true', CLUSTER_BIND_ADDR: '127.0.0.1' },
        ...{ CLUSTER_ADVERTISE_ADDR: '127.0.0.1', CLUSTER_JOIN: i === 0 ? '' : `127.0.0.1:${nodes[0][2]}` },
        ...{ CLUSTER_GOSSIP_BIND_PORT: gossip, CLUSTER_DATA_BIND_PORT: data, RAFT_PORT: raftPort },
        ...{ RAFT_INTERNAL_RPC_PORT: raftInternal, RAFT_JOIN: raft, RAFT_BOOTSTRAP_EXPECT: NODES, GRPC_PORT: grpc },
        ...{ PERSISTENCE_DATA_PATH: join(home, 'data'), AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true' },
        ...{
          DEFAULT_VECTORIZER_MODULE: 'none',
          ENABLE_MODULES: '',
          AUTOSCHEMA_ENABLED: 'false',
          ASYNC_INDEXING: 'false',
        },
        ...{ DISABLE_TELEMETRY: 'true', GO_PROFILING_DISABLE: 'true', ASYNC_REPLICATION_FREQUENCY: '5s' },
        ...more,
      },
    });
    closeSync(log);
    children[i] = child;
    return child;
  };
  const stop = async (i, signal = 'SIGTERM') => {
    const child = children[i];
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  for (let i = 0; i < NODES; i++) {
    start(i);
    // The first has to listen before the others join.
    await listening(nodes[i][2]);
  }
  const stopAll = async () => {
    await Promise.all(children.map((_, i) => stop(i)));
  };
  try {
    for (const [http] of nodes) await ready(http);
  } catch (error) {
    await stopAll();
    throw error;
  }
  return {
    addresses: nodes.map(([http, grpc]) => `127.0.0.1:${http}:${grpc}`).join(','),
    kill: (i) => stop(i, 'SIGKILL'),
    // Stopped it keeps its connections and answers nothing; ended, it would refuse them.
    pause: async (i) => children[i].kill('SIGSTOP'),
    resume: async (i) => children[i].kill('SIGCONT'),
    // `more`: settings of its environment, for a node unlike the others.
    start: async (i, more) => {
      start(i, more);
      await ready(nodes[i][0]);
    },
    pids: () => children.map(({ pid }) => pid),
    stop: stopAll,
  };
}

async function ready(port, withinMs = 60_000) {
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/.well-known/ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Expected a node of the cluster to be ready on port ${port} within ${withinMs / 1000} s.`);
}

/** Until a port is taken: a node that gossips has bound it. */
async function listening(port) {
  for (let tries = 0; tries < 300; tries++) {
    if (!(await isFree(port))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** For each node six ports in a row, all free: nodes take the ports after the others' for gossip and Raft as given. */
async function freePorts() {
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + 10 * Math.floor(Math.random() * 1200);
    const rows = Array.from({ length: NODES }, (_, i) => Array.from({ length: 6 }, (_, k) => first + 10 * i + k));
    const free = await Promise.all(rows.flat().map(isFree));
    if (free.every(Boolean)) return rows;
  }
  throw new Error('Expected free ports between 20000 and 32000 for three nodes.');
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
