// Records in a model's streetdex.json what it gives for the built-in picture and caption, so that every later opening
// can tell whether it still computes the same: node training/pocket/record-probe.mjs models/pocket
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openModelFolder } from '../../dist/clip/model-folder.js';
import { measureProbe, openClipModel } from '../../dist/clip/open-clip-model.js';

const [folder] = process.argv.slice(2);
const file = join(folder, 'streetdex.json');
const { probe: _former, ...card } = JSON.parse(readFileSync(file, 'utf8'));
writeFileSync(file, `${JSON.stringify(card, null, 2)}\n`);
const model = await openClipModel(folder);
const { image, text } = await measureProbe(model, await openModelFolder(folder));
await model.close();
const six = (vector) => Array.from(vector, (value) => Number(value.toFixed(6)));
writeFileSync(file, `${JSON.stringify({ ...card, probe: { image: six(image), text: six(text) } }, null, 2)}\n`);
