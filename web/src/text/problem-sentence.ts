import { ApiProblem, BrokenLink, FileUnreadable, ServerGone } from '../api/problem.js';
import { language, t } from './language.js';

/** What went wrong, as a sentence: the catalogue's where it knows the code, else the server's own. */
export function problemSentence(thrown: unknown): string {
  const texts = t.value.problem;
  if (thrown instanceof ServerGone) return texts.gone;
  if (thrown instanceof BrokenLink) return texts.brokenLink;
  if (thrown instanceof FileUnreadable) return texts.unreadable;
  if (!(thrown instanceof ApiProblem)) return texts.unknown;
  const known = (texts.codes as Readonly<Record<string, string>>)[thrown.code];
  // English readers get the server's words, which have the figures.
  if (language.value === 'en' && thrown.message !== '') return thrown.message;
  return known ?? `${texts.other} ${thrown.message}`;
}
