import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fault } from '../../domain/errors.js';
import { replaceFile } from '../../store/atomic-write.js';
import { makeFolder } from '../../store/make-folder.js';
import type { Collection } from '../open-collection.js';
import type { Logistic } from '../statistics/logistic-regression.js';

const FORMAT = 'streetdex-probe';
const VERSION = 1;

const figure = z.number();
const interval = z.strictObject({ value: figure, low: figure, high: figure });

/** A classifier for one question: which of several labels, or whether one holds. */
const taskSchema = z.strictObject({
  /** For an exclusive set all trained labels; for an independent one the label in question. */
  labels: z.array(z.string()).min(1),
  /** Weight of the losses against the size of the weights. */
  c: figure,
  /** The divisor of logits. */
  temperature: z.number().positive(),
  /** Number of labelled photos by class; for an independent label first those without it. */
  photos: z.array(z.number().int()),
  /** On photos that the models had not seen, with its interval over whole groups at 90 %. */
  balanced_accuracy: interval,
  chance: figure,
  /** The same by the set's sentences; null where sentences are off. */
  zero_shot: interval.nullable(),
  /** Balanced accuracy minus that of sentences, or of chance without them. */
  gain: interval,
  /** Number of photos by true class, then by given class. */
  confusion: z.array(z.array(z.number().int())),
  reliability: z.strictObject({
    calibration_error: figure,
    bins: z.array(z.strictObject({ from: figure, photos: z.number().int(), promised: figure, observed: figure })),
  }),
  /** Float32, little-endian, in base64: for each fold's model its weights by class, then its biases. */
  models: z.array(z.string()).min(1),
  /** Share of the labelled photos that each fold's model had not seen. */
  shares: z.array(figure),
});

const probeSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  set: z.string(),
  kind: z.enum(['exclusive', 'independent']),
  model_id: z.string(),
  dimension: z.number().int().positive(),
  /** Labels of the set with too few photos to be learnt. */
  left_out: z.array(z.string()),
  tasks: z.array(taskSchema).min(1),
  /** Whether it is better than sentences, or than chance, beyond its interval. */
  better: z.boolean(),
  /** Used although it is not better. */
  forced: z.boolean(),
  trained_at: z.string(),
  /** sha-256 of all other fields. */
  checksum: z.string(),
});

export type Probe = z.infer<typeof probeSchema>;
export type ProbeTask = z.infer<typeof taskSchema>;

export function probeFile(collection: Collection, set: string): string {
  return join(collection.folder, 'probes', `${set}.json`);
}

/** The probe with its checksum over all fields, in the order of the schema. */
export function sealed(probe: Omit<Probe, 'checksum'>): Probe {
  const parsed = probeSchema.parse({ ...probe, checksum: '' });
  return { ...parsed, checksum: checksumOf(parsed) };
}

function checksumOf({ checksum: _, ...probe }: Probe): string {
  return createHash('sha256').update(JSON.stringify(probe)).digest('hex');
}

/** Identifies the probe: photos tagged by another one are tagged anew. */
export function probeStamp({ checksum }: Probe): string {
  return `probe ${checksum}`;
}

export function keepProbe(collection: Collection, probe: Probe): void {
  const file = probeFile(collection, probe.set);
  makeFolder(join(collection.folder, 'probes'));
  replaceFile(file, `${JSON.stringify(probe)}\n`);
}

/** Names of the sets that the index has a probe of. */
export function listProbes(collection: Collection): readonly string[] {
  const folder = join(collection.folder, 'probes');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.map((name) => name.slice(0, -'.json'.length)).sort();
}

/**
 * The index's probe of a set; null where there is none.
 * @throws as `parseProbe`
 */
export function readProbe(collection: Collection, set: string, modelId: string): Probe | null {
  const file = probeFile(collection, set);
  if (!existsSync(file)) return null;
  return parseProbe(readFileSync(file, 'utf8'), file, modelId);
}

/** @throws `format_newer`, `probe_invalid`, `probe_model_mismatch` */
export function parseProbe(text: string, file: string, modelId: string): Probe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault('probe_invalid', `${file} is not a probe: it is no JSON. Train it anew.`, { cause });
  }
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : null;
  if (typeof version === 'number' && version > VERSION) {
    throw fault(
      'format_newer',
      `${file} is a probe of version ${version}; this streetdex knows ${VERSION}. Install a newer streetdex.`,
    );
  }
  const parsed = probeSchema.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw fault(
      'probe_invalid',
      `${file} is not a probe: at '${first?.path.join('.')}': ${first?.message}. Train it anew.`,
    );
  }
  const probe = parsed.data;
  if (checksumOf(probe) !== probe.checksum) {
    throw fault('probe_invalid', `${file} was changed after it was made: its checksum differs. Train it anew.`);
  }
  if (probe.model_id !== modelId) {
    throw fault(
      'probe_model_mismatch',
      `Expected a probe of the index's model, but ${file} was trained on vectors of another one. Train it anew: streetdex probe train --set ${probe.set}.`,
    );
  }
  return probe;
}

/** A task's models, one for each fold. @throws `probe_invalid` */
export function modelsOf({ models, labels }: ProbeTask, dimension: number): readonly Logistic[] {
  const classes = Math.max(2, labels.length);
  return models.map((text) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== 4 * classes * (dimension + 1)) {
      throw fault(
        'probe_invalid',
        `Expected ${classes * (dimension + 1)} numbers in each model of a probe. Train it anew.`,
      );
    }
    const numbers = Float64Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
    return {
      classes,
      weights: numbers.subarray(0, classes * dimension),
      biases: numbers.subarray(classes * dimension),
    };
  });
}

export function writtenModel({ weights, biases }: Logistic): string {
  const bytes = Buffer.alloc(4 * (weights.length + biases.length));
  [...weights, ...biases].forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return bytes.toString('base64');
}

/** Stores the predictions for a probe's photos by models that had not seen them, replacing another probe's. */
export function keepHeldOut(
  collection: Collection,
  probe: Probe,
  heldOut: ReadonlyMap<string, readonly number[]>,
): void {
  collection.write((db) => {
    db.prepare('DELETE FROM held_out WHERE name = ?').run(probe.set);
    const put = db.prepare('INSERT INTO held_out (name, id, stamp, predicted) VALUES (?, ?, ?, ?)');
    for (const [id, predicted] of heldOut) put.run(probe.set, id, probeStamp(probe), JSON.stringify(predicted));
  });
}

/** The stored predictions of the probe with this stamp, by id, in the order of its labels. */
export function heldOutOf(collection: Collection, set: string, stamp: string): ReadonlyMap<string, readonly number[]> {
  const rows = collection.read(
    (db) => db.prepare('SELECT id, predicted FROM held_out WHERE name = ? AND stamp = ?').all(set, stamp),
    [],
  ) as { id: string; predicted: string }[];
  return new Map(rows.map(({ id, predicted }) => [id, JSON.parse(predicted) as number[]]));
}
