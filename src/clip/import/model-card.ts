import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ModelCard } from '../model-json.js';
import { writeError } from './disk-space.js';
import type { FetchedModel } from './fetch/fetched-model.js';
import type { ChosenPrecision } from './precision/choose-precision.js';

const CARD = 'streetdex.json';

/** The contents of streetdex.json for a model that was added: its origin, terms and measurements. */
export function describeModelCard(name: string, fetched: FetchedModel, chosen: ChosenPrecision | null): ModelCard {
  const { source, revision, commit, licence, limits } = fetched;
  const precision = chosen?.precision ?? fetched.precision;
  return {
    ...{ name, source, revision, commit, licence, limits },
    ...(precision === null ? {} : { precision }),
    ...(chosen === null ? {} : { logit_scale: chosen.logitScale, measured: measuredOf(chosen) }),
    added_at: new Date().toISOString(),
  };
}

/** The parity of every precision that was compared, in the names of JSON. */
function measuredOf({ parity, fitted, compared, calibrated }: ChosenPrecision) {
  return {
    compared,
    calibrated,
    precisions: Object.fromEntries(
      Object.entries(parity).map(([name, record]) => [
        name,
        {
          lowest_cosine: record.lowestCosine,
          lowest_centred_cosine: record.lowestCentredCosine,
          logit_difference_p99: record.logitDifferenceP99,
          same_neighbour_share: record.sameNeighbourShare,
          same_country_share: record.sameCountryShare,
          seconds_per_image: record.secondsPerImage,
          seconds_per_caption: record.secondsPerCaption,
          holds: record.holds,
        },
      ]),
    ),
    fitted,
  };
}

/** Adds to the folder's streetdex.json, and records the sha-256 of every file beside it. */
export async function writeModelCard(folder: string, card: ModelCard): Promise<void> {
  const file = join(folder, CARD);
  const former = await readFile(file, 'utf8').then(JSON.parse, () => ({}));
  const sha256 = former.sha256 ?? (await hashAll(folder));
  try {
    await writeFile(file, `${JSON.stringify({ ...former, ...card, sha256 }, null, 2)}\n`);
  } catch (error) {
    throw writeError(error, file);
  }
}

async function hashAll(folder: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== CARD)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
    hashes[file.slice(folder.length + 1).replaceAll('\\', '/')] = hash.digest('hex');
  }
  return hashes;
}
