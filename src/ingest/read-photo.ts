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

/** A photo's bytes and facts; its pixels are not decoded yet. */
export interface ReadPhoto {
  readonly id: string;
  readonly sha256: string;
  /** Its facts, or the issue that nothing gives a position. */
  readonly said: GatheredFacts | Issue;
  /** Facts that could not be used. */
  readonly notes: readonly FactNote[];
  readonly content: Uint8Array;
}

/** Reads and hashes a photo's file and gathers its facts. An issue of the file is returned, not thrown. */
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
 * Errors that concern one photo: a vector that is not finite comes from its picture, and a thread that ended on it is replaced
 * for the next.
 */
const OF_ONE_PHOTO = new Set(['vector_not_finite', 'decoder_crashed']);

/** Turns an error that one photo causes into its failure. @throws every other error */
export function photoIssue(error: unknown): Issue {
  if (!(error instanceof StreetdexError)) throw error;
  if (error.family !== 'caller' && !OF_ONE_PHOTO.has(error.code)) throw error;
  return { code: error.code, reason: error.message };
}
