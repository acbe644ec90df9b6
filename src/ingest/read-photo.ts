import { StreetdexError } from '../domain/errors.js';
import { referenceId } from '../domain/reference.js';
import { sha256Of } from '../domain/sha256.js';
import { refuseFormat } from '../images/decode-image.js';
import { imageFormat } from '../images/image-format.js';
import type { FactNote, ToldFacts } from '../images/known-facts.js';
import { readPlainFile } from '../images/plain-file.js';
import { type FactsReader, READ_HERE } from './facts-reader.js';
import { type GatheredFacts, gatherFacts } from './gather-facts.js';
import { type Inspected, type InspectRules, readIssue } from './inspect-photo.js';
import type { Issue } from './sources/candidate.js';

/** A photo's file as far as its bytes and facts go; its pixels were not decoded yet. */
export interface ReadPhoto {
  readonly id: string;
  readonly sha256: string;
  /** What is known of it, or that nothing says where it was taken. */
  readonly said: GatheredFacts | Issue;
  /** What could not be used of all that is said of it. */
  readonly notes: readonly FactNote[];
  readonly content: Uint8Array;
}

/** Reads a photo's file, hashes it, and gathers what is known of it. Failures of the file are returned. */
export async function readPhoto(
  file: string,
  inspected: Extract<Inspected, { kind: 'to_read' }>,
  rules: Pick<InspectRules, 'track' | 'fileBytesMax'>,
  facts: FactsReader = READ_HERE,
): Promise<ReadPhoto | Issue> {
  let content: Uint8Array;
  try {
    content = await readPlainFile(file, rules.fileBytesMax);
  } catch (error) {
    return readIssue(error);
  }
  try {
    refuseFormat(imageFormat(content), content.length);
  } catch (error) {
    return photoIssue(error);
  }
  let embedded: ToldFacts;
  try {
    embedded = await facts.photoFacts(content, { wait: true });
  } catch (error) {
    return photoIssue(error);
  }
  const said = gatherFacts(inspected.outside, embedded, rules.track);
  const sha256 = await sha256Of(content);
  return { id: referenceId(sha256), sha256, said, notes: [...inspected.outside.notes, ...embedded.notes], content };
}

/**
 * Whoever is to blame: a vector that is not finite comes from this picture alone, and a thread that ended under it is
 * replaced for the next.
 */
const OF_ONE_PHOTO = new Set(['vector_not_finite', 'decoder_crashed']);

/** An error that a photo is to blame for, as its failure. @throws every other error as it is. */
export function photoIssue(error: unknown): Issue {
  if (!(error instanceof StreetdexError)) throw error;
  if (error.family !== 'caller' && !OF_ONE_PHOTO.has(error.code)) throw error;
  return { code: error.code, reason: error.message };
}
