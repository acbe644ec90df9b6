import type { Command } from './command.js';
import { audit } from './commands/audit.js';
import { classify } from './commands/classify.js';
import { completion } from './commands/completion.js';
import { demo } from './commands/demo.js';
import { duplicates } from './commands/duplicates.js';
import { evaluate } from './commands/evaluate.js';
import { exportCommand } from './commands/export.js';
import { gazetteerImport, gazetteerStats } from './commands/gazetteer.js';
import { help } from './commands/help.js';
import { INDEX_COMMANDS } from './commands/index-folder.js';
import { ingest } from './commands/ingest.js';
import { labelSetsList, labelSetsShow } from './commands/label-sets.js';
import { locate } from './commands/locate.js';
import { modelList, modelVerify } from './commands/model.js';
import { modelAdd, modelRemove } from './commands/model-add.js';
import { modelBench } from './commands/model-bench.js';
import { probeAdd, probeList, probeNext, probeShow, probeTrain } from './commands/probe.js';
import { referenceDelete, referenceShow } from './commands/reference.js';
import { serve } from './commands/serve.js';
import { share, shareLabel } from './commands/share.js';
import { similar } from './commands/similar.js';
import { tag } from './commands/tag.js';
import { tune } from './commands/tune.js';
import { worldRender } from './commands/world.js';

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ingest,
  locate,
  similar,
  classify,
  evaluate,
  tune,
  duplicates,
  audit,
  exportCommand,
  serve,
  ...INDEX_COMMANDS,
  referenceShow,
  referenceDelete,
  modelAdd,
  modelList,
  modelVerify,
  modelBench,
  modelRemove,
  labelSetsList,
  labelSetsShow,
  tag,
  probeTrain,
  probeNext,
  probeList,
  probeShow,
  probeAdd,
  share,
  shareLabel,
  gazetteerStats,
  gazetteerImport,
  worldRender,
  demo,
  completion,
  help,
];
