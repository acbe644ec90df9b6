// Prints as JSON which operators of a graph run on the processor when it is opened for a card as the encoder opens it:
//   node placed-on-processor.mjs GRAPH PROVIDER
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { graphForCard } from '../../dist/clip/card-graph.js';

const [file, provider, verbose] = process.argv.slice(2);
if (verbose === undefined) {
  // The runtime tells it only to standard error.
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, [...process.argv.slice(1), 'verbose'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const placed = { processor: new Set(), card: new Set() };
  let where = null;
  for (const line of stderr.split('\n')) {
    const head = /odes?\(?s?\)? placed on \[(\w+)\]/.exec(line);
    if (head !== null) where = head[1] === 'CPUExecutionProvider' ? 'processor' : 'card';
    const node = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \(/.exec(line);
    if (node !== null && where !== null) placed[where].add(node[1]);
  }
  console.log(JSON.stringify({ processor: [...placed.processor], card: [...placed.card] }));
} else {
  const graph = graphForCard(readFileSync(file)) ?? file;
  await InferenceSession.create(graph, {
    executionProviders: [provider, 'cpu'],
    logSeverityLevel: 0,
    ...(typeof graph !== 'string' && {
      extra: { 'session.model_external_initializers_file_folder_path': dirname(file) },
    }),
  });
}
