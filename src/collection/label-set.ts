import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fault } from '../domain/errors.js';
import { nearestWords } from '../domain/nearest-words.js';
import { refuseAboutPersons } from '../domain/words-about-persons.js';

const FORMAT = 'streetdex-label-set';
const VERSION = 1;
/** At most so many labels: one byte for each label and photo is stored. */
const LABELS_OF_A_SET_MAX = 256;
const SENTENCES_MAX = 128;

/** Names appear in `tag=road-surface:sett>=0.6`, so they have none of its signs. */
const name = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}_-]{0,59}$/u, 'Expected 1 to 60 letters, digits, dashes and underscores.');
const words = z.string().trim().min(1).max(1_000);

const labelSchema = z.strictObject({
  name,
  meaning: words,
  /** Sentences for the text tower; their vectors are averaged, then normalised. */
  sentences: z.array(words).min(1).max(SENTENCES_MAX),
  /** The label for photos that do not show what the set is about. */
  cannot_be_seen: z.literal(true).optional(),
});

const labelSetSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  id: name,
  title: words,
  /** What the set is about, as it reads after "about": `the surface of the road`. */
  subject: words,
  /** Where the names come from, and under what terms. */
  taxonomy: z.strictObject({ source: words, licence: words }),
  /** `exclusive`: one label holds for a photo. `independent`: any number of them, or none. */
  kind: z.enum(['exclusive', 'independent']),
  /** Whether sentences alone may tag photos. */
  zero_shot: z.boolean(),
  /** What is known about its quality. */
  known: words,
  labels: z.array(labelSchema).min(1),
});

export type LabelSet = z.infer<typeof labelSetSchema>;

/**
 * A label set, checked.
 * @param value parsed JSON
 * @param from names it in messages
 * @throws `format_newer`, `labels_too_many`, `label_set_invalid`, `labels_equal`, `label_set_without_unseen`,
 *   `labels_about_persons`
 */
export function parseLabelSet(value: unknown, from: string): LabelSet {
  checkBeforeSchema(value, from);
  const parsed = labelSetSchema.safeParse(value);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    const [first] = errors;
    throw fault('label_set_invalid', `${from} is not a label set: at '${first?.path}': ${first?.message}`, { errors });
  }
  const set = parsed.data;
  refuseEqual(set, from);
  checkUnseen(set, from);
  refuseAboutPersons(`the label set ${from}`, set.id, set.title, set.subject);
  for (const label of set.labels) {
    refuseAboutPersons(`the label '${label.name}' of ${from}`, label.name, label.meaning, ...label.sentences);
  }
  return set;
}

/**
 * A label that a set does not have, to be thrown.
 * @param where after the label, such as ` in line 3`
 */
export function unknownLabel(set: string, label: string, names: readonly string[], where = '') {
  const near = nearestWords(label, [...names]);
  const meant = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
  return fault(
    'label_unknown',
    `Expected a label of ${set}, got '${label}'${where}.${meant} It has ${names.join(', ')}.`,
  );
}

/** A hash that changes with any label's name, place or sentence. */
export function labelSetHash({ kind, labels }: LabelSet): string {
  const kept = labels.map((label) => [label.name, label.cannot_be_seen === true, label.sentences]);
  return createHash('sha256')
    .update(JSON.stringify([kind, kept]))
    .digest('hex');
}

/** Checks that a schema would report less clearly, or only after 100,000 labels. */
function checkBeforeSchema(value: unknown, from: string): void {
  if (typeof value !== 'object' || value === null) return;
  if ('version' in value && typeof value.version === 'number' && value.version > VERSION) {
    throw fault(
      'format_newer',
      `${from} is a label set of version ${value.version}; this streetdex knows ${VERSION}. Install a newer streetdex.`,
    );
  }
  if ('labels' in value && Array.isArray(value.labels) && value.labels.length > LABELS_OF_A_SET_MAX) {
    throw fault(
      'labels_too_many',
      `Expected a set of at most ${LABELS_OF_A_SET_MAX} labels, got ${value.labels.length} in ${from}. Split it.`,
    );
  }
}

function refuseEqual({ labels }: LabelSet, from: string): void {
  const fold = (text: string) =>
    text
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, ' ');
  const names = new Map<string, string>();
  const meant = new Map<string, string>();
  for (const { name, sentences } of labels) {
    const said = JSON.stringify(sentences.map(fold).sort());
    const other = names.get(fold(name)) ?? meant.get(said);
    if (other !== undefined) {
      const same = names.has(fold(name)) ? 'name' : 'sentences';
      throw fault(
        'labels_equal',
        `Expected labels that differ, but '${other}' and '${name}' of ${from} have the same ${same}. Drop one of them.`,
      );
    }
    names.set(fold(name), name);
    meant.set(said, name);
  }
}

function checkUnseen({ kind, labels }: LabelSet, from: string): void {
  const unseen = labels.filter((label) => label.cannot_be_seen === true).length;
  if (kind === 'exclusive' && unseen !== 1) {
    throw fault(
      'label_set_without_unseen',
      `Expected one label of the exclusive set ${from} with "cannot_be_seen": true, for photos that don't show it, got ${unseen}: without it every photo gets an answer.`,
    );
  }
  if (kind === 'exclusive' && labels.length < 2) {
    throw fault('label_set_invalid', `Expected a label beside '${labels[0]?.name}' in the exclusive set ${from}.`);
  }
  if (kind === 'independent' && unseen > 0) {
    throw fault(
      'label_set_invalid',
      `Expected no "cannot_be_seen" in the independent set ${from}: there, a photo may have no label.`,
    );
  }
}
