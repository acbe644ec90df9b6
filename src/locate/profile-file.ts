import { readFileSync, statSync } from 'node:fs';
import type { Index } from '../api/types.js';
import { fault, StreetdexError } from '../domain/errors.js';
import { profileFile } from '../references/beside-index.js';
import { replaceFile } from '../store/atomic-write.js';
import { type BlendProfile, DEFAULT_PROFILE, parseBlendProfile, withoutFirstCalibration } from './blend-profile.js';

/**
 * The blend profile that is kept with an index, null where there is none. One of version 1 comes without its calibration.
 * @throws `blend_profile_invalid`
 */
export function readProfile(indexFolder: string): BlendProfile | null {
  return readKept(indexFolder)?.profile ?? null;
}

interface Kept {
  readonly profile: BlendProfile;
  /** Whether the file is of version 1 and has a calibration, which is left out. */
  readonly outdated: boolean;
}

function readKept(indexFolder: string): Kept | null {
  const file = profileFile(indexFolder);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const value = JSON.parse(text);
    const profile = parseBlendProfile(withoutFirstCalibration(value));
    return { profile, outdated: value.version !== profile.version && value.calibration !== null };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fault(
      'blend_profile_invalid',
      `${file} can't be used: ${reason} Restore it, or remove it, which leaves the defaults, and run \`streetdex tune\` again.`,
      { cause, ...(cause instanceof StreetdexError && cause.options.errors ? { errors: cause.options.errors } : {}) },
    );
  }
}

/**
 * Keeps a blend profile with an index: whole or not at all, also through a power cut.
 * @throws `blend_profile_invalid` for one that could not be read again, `disk_full` (later)
 */
export function writeProfile(indexFolder: string, profile: BlendProfile): void {
  const checked = parseBlendProfile(JSON.parse(JSON.stringify(profile)));
  replaceFile(profileFile(indexFolder), `${JSON.stringify(checked, null, 2)}\n`);
}

/** Another text whenever the file of the index's profile is another; null while there is none. */
export function profileStamp(indexFolder: string): string | null {
  const found = statSync(profileFile(indexFolder), { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.ino} ${found.mtimeNs} ${found.size}`;
}

/** What an index is answered with. */
export interface ProfileInUse {
  readonly profile: BlendProfile;
  /**
   * Why the profile that is kept with the index, or its calibration, is not used, a sentence; null where it is, or where
   * there is none.
   */
  readonly refused: string | null;
}

/**
 * The index's own profile where it was fitted for the model that the index holds, else the default one: weights fitted
 * to another model's cosines mean nothing here.
 * @throws `blend_profile_invalid`
 */
export function profileFor(indexFolder: string, modelId: string): ProfileInUse {
  const found = readKept(indexFolder);
  if (found === null) return { profile: DEFAULT_PROFILE, refused: null };
  const { profile: kept, outdated } = found;
  if (kept.provenance.model === modelId) return { profile: kept, refused: outdated ? outdatedText(kept) : null };
  const fittedFor =
    kept.provenance.model === null ? 'no named model' : `the model ${kept.provenance.model.slice(0, 12)}…`;
  return {
    profile: DEFAULT_PROFILE,
    refused: `The blend profile ${kept.name} was fitted for ${fittedFor}, the index holds ${modelId.slice(0, 12)}…: it is not used, and radii are not calibrated. Run \`streetdex tune\` for this index.`,
  };
}

function outdatedText({ name }: BlendProfile): string {
  return `The blend profile ${name} was calibrated by an earlier version, whose circles hold indexed and unindexed places unequally often: its weights are used, its calibration is not. Run \`streetdex tune\` again.`;
}

/** A profile in use as JSON says it; the default one was fitted on nothing. */
export type ProfileSummary = Index['calibration'];

export function summariseProfile({ profile, refused }: ProfileInUse): ProfileSummary {
  const { name, provenance, calibration } = profile;
  return {
    calibrated: calibration !== null,
    profile: name,
    date: provenance.date,
    queries: provenance.queries,
    authors: provenance.authors,
    refused,
  };
}
