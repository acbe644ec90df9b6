import type { SettingName } from '../../config/settings.js';
import { type Command, DRY_RUN_FLAG, type Flag, JSON_FLAG, type Run } from '../command.js';
import { indexCopy } from './index-copy.js';
import { indexMerge, indexSubset } from './index-merge.js';
import { indexReembed } from './index-reembed.js';

type RunModule = typeof import('../run/index-folder.js');

const indexStats = indexCommand('stats', {
  summary: 'Count references, sources and failures, and name the model and the tuning.',
  examples: ['streetdex index stats --index indexes/city --json'],
  run: (module) => module.indexStats,
});

const indexFailures = indexCommand('failures', {
  summary: 'List the photos that could not be taken, with the reason of each, and sources that disagree.',
  examples: ['streetdex index failures --index indexes/city', 'streetdex index failures --index indexes/city --csv'],
  flags: { csv: { type: 'boolean', describe: 'Print one CSV line for each photo: root, path, code, reason, at.' } },
  run: (module) => module.indexFailures,
});

const indexVerify = indexCommand('verify', {
  summary:
    'Check an index: whether anything stored is damaged, and whether photos, sidecars and manifests still say the same.',
  examples: [
    'streetdex index verify --index indexes/city',
    'streetdex index verify --repair --index weaviate://a,b,c/Streets',
  ],
  flags: {
    repair: {
      type: 'boolean',
      describe:
        'Of a cluster: write what a replica lacks or has otherwise from another one, else with the vector of its photo.',
    },
  },
  settings: ['index', 'threads', 'device'],
  exits: { 1: 'Something that is stored is damaged.' },
  run: (module) => module.indexVerify,
});

const indexReconcile = indexCommand('reconcile', {
  summary:
    'Of a cluster: settle what several machines that wrote at once may leave (whose facts count, what references say of their sources).',
  examples: ['streetdex index reconcile --index weaviate://a,b,c/Streets'],
  run: (module) => module.indexReconcile,
});

const indexRebuild = indexCommand('rebuild', {
  summary: 'Build the search graph anew from the database, for example after it was damaged.',
  examples: ['streetdex index rebuild --index indexes/city'],
  run: (module) => module.indexRebuild,
});

const indexSummarise = indexCommand('summarise', {
  summary: 'Work out counts and means of an index in a cluster, where others have written much since it was last done.',
  examples: ['streetdex index summarise --index weaviate://a:8080:50051,b:8080:50051/Streets'],
  run: (module) => module.indexSummarise,
});

const indexPrune = indexCommand('prune', {
  summary: 'Forget sources and failures whose files are gone, and references without any source left.',
  examples: ['streetdex index prune --index indexes/city --dry-run', 'streetdex index prune --index indexes/city'],
  flags: { 'dry-run': DRY_RUN_FLAG },
  run: (module) => module.indexPrune,
});

const indexBackup = indexCommand('backup', {
  summary: 'Copy an index, also one that is in use, to a missing or empty folder.',
  examples: ['streetdex index backup --index indexes/city --to backups/city-2026-11'],
  flags: { to: { type: 'string', value: 'DIR', describe: 'Where the copy goes.' } },
  run: (module) => module.indexBackup,
});

const indexRemap = indexCommand('remap', {
  summary: 'Tell an index that the folder its photos came from is elsewhere now.',
  examples: ['streetdex index remap --index indexes/city --from /old/photos --to /new/photos'],
  flags: {
    from: { type: 'string', value: 'DIR', describe: 'The folder as the index knows it.' },
    to: { type: 'string', value: 'DIR', describe: 'Where it is now.' },
  },
  run: (module) => module.indexRemap,
});

export const INDEX_COMMANDS: readonly Command[] = [
  indexStats,
  indexFailures,
  indexVerify,
  indexReconcile,
  indexRebuild,
  indexSummarise,
  indexPrune,
  indexBackup,
  indexCopy,
  indexMerge,
  indexSubset,
  indexRemap,
  indexReembed,
];

function indexCommand(
  verb: string,
  of: Pick<Command, 'summary' | 'examples' | 'exits'> & {
    readonly flags?: Readonly<Record<string, Flag>>;
    readonly settings?: readonly SettingName[];
    readonly run: (module: RunModule) => Run;
  },
): Command {
  const { flags, settings, run, ...said } = of;
  return {
    name: `index ${verb}`,
    arguments: '',
    ...said,
    flags: { ...flags, json: JSON_FLAG },
    settings: settings ?? ['index'],
    positionals: [0, 0],
    load: async () => run(await import('../run/index-folder.js')),
  };
}
