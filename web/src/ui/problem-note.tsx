import { ServerGone } from '../api/problem.js';
import { service } from '../state/service.js';
import { problemSentence } from '../text/problem-sentence.js';

/** A problem in the place of the missing content; nothing where there is none, or where the page's own notice covers it. */
export function ProblemNote({ problem }: { readonly problem: unknown }) {
  if (problem === null || (problem instanceof ServerGone && service.value !== 'ok')) return null;
  return (
    <p class="notice warn" role="alert">
      {problemSentence(problem)}
    </p>
  );
}
