import { ApiProblem, BrokenLink, FileUnreadable, ServerGone } from '../api/problem.js';
import { language, t } from './language.js';

/** For these codes the server's message has figures that the reader needs. */
const WITH_FIGURES: readonly string[] = ['image_too_large', 'body_too_large', 'labels_too_few'];

/** What went wrong, as a sentence: the catalogue's for a known code, else the server's. */
export function problemSentence(thrown: unknown): string {
  const texts = t.value.problem;
  if (thrown instanceof ServerGone) return texts.gone;
  if (thrown instanceof BrokenLink) return texts.brokenLink;
  if (thrown instanceof FileUnreadable) return texts.unreadable;
  if (!(thrown instanceof ApiProblem)) return texts.unknown;
  const known = (texts.codes as Readonly<Record<string, string>>)[thrown.code];
  // The server's messages are in English, for operators and programs.
  const english = language.value === 'en' && thrown.message !== '';
  if (known !== undefined && !(english && WITH_FIGURES.includes(thrown.code))) return known;
  return english ? thrown.message : `${texts.other} ${thrown.message}`;
}
