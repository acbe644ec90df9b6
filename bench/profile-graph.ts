// The runtime's own profile of a graph, node by node, the layers' nodes of one name together.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { sessionOptions } from '../dist/clip/encoder-session.js';

interface ProfileEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args: { op_name: string };
}

export interface NodesOfName {
  name: string;
  op: string;
  nodes: number;
  ms: number;
}

/** @returns per name: operator, how many nodes, milliseconds of one run (the least of `runs` for each node), descending */
export async function profileGraph(
  file: string,
  feeds: InferenceSession.FeedsType,
  threads: number,
  runs = 12,
): Promise<NodesOfName[]> {
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-profile-'));
  try {
    const session = await InferenceSession.create(file, {
      ...sessionOptions(threads),
      ...{ enableProfiling: true, profileFilePrefix: join(folder, 'run'), logSeverityLevel: 3 },
    });
    for (let run = 0; run < runs; run++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [log] = readdirSync(folder);
    return byName(JSON.parse(readFileSync(join(folder, log), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function byName(events: ProfileEvent[]): NodesOfName[] {
  const nodes = new Map<string, { us: number; op: string }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const node = name.slice(0, -'_kernel_time'.length);
    const known = nodes.get(node);
    if (known) known.us = Math.min(known.us, dur);
    else nodes.set(node, { us: dur, op: args.op_name });
  }
  const names = new Map<string, NodesOfName>();
  for (const [node, { us, op }] of nodes) {
    const name = node.replace(/^layers\.\d+\./, '');
    const sum = names.get(`${name} ${op}`) ?? { name, op, nodes: 0, ms: 0 };
    sum.nodes++;
    sum.ms += us / 1000;
    names.set(`${name} ${op}`, sum);
  }
  return [...names.values()].sort((a, b) => b.ms - a.ms);
}
