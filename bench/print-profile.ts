import { type VisionConfig, visionWork } from './graph-work.js';
import type { NodesOfName } from './profile-graph.js';

/** A profile of the picture tower, each line with its share of the limit. @param limit MAC a second */
export function printProfile(name: string, rows: readonly NodesOfName[], config: VisionConfig, limit: number): void {
  const sum = rows.reduce((ms, row) => ms + row.ms, 0);
  console.log(`${name}: ${sum.toFixed(2)} ms in nodes, each at its fastest`);
  for (const row of rows) {
    const { name, op, nodes, ms } = row;
    if (ms < sum / 500) continue;
    const macs = op === 'Add' ? null : macsOf(row, config);
    const share = macs === null ? '' : `${((100 * macs) / limit / (ms / 1000)).toFixed(0).padStart(3)} % of the limit`;
    const cells = [`${ms.toFixed(2).padStart(8)} ms`, `${((100 * ms) / sum).toFixed(1).padStart(5)} %`];
    console.log(
      `  ${name.padEnd(24)} ${op.padEnd(24)} ${String(nodes).padStart(3)} ${cells.join(' ')}  ${share}`.trimEnd(),
    );
  }
}

/** Where leading layers are in float, the names of theirs end so; the last layer's nodes are small. */
function macsOf({ name, nodes }: NodesOfName, config: VisionConfig): number | null {
  const work = visionWork(config);
  const kind = name.replace(/\.product$/, '');
  if (!(kind in work)) return null;
  const layers = config.num_hidden_layers;
  const isWhole = nodes >= layers - 1 || !['qkv', 'out', 'fc1', 'fc2'].includes(kind);
  if (isWhole) return work[kind];
  const leading = name === kind ? layers - nodes : nodes;
  const inLeading = (work[kind] * leading) / (layers - 1);
  return name === kind ? work[kind] - inLeading : inLeading;
}
