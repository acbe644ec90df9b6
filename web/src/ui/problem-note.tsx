import { ServerGone } from '../api/problem.js';
import { service } from '../state/service.js';
import { problemSentence } from '../text/problem-sentence.js';

/** What went wrong, where something should stand; nothing when all is well, or when the page's own notice says it. */
export function ProblemNote({ problem }: { readonly problem: unknown }) {
  if (problem === null || (problem instanceof ServerGone && service.value !== 'ok')) return null;
  return (
    <p class="notice warn" role="alert">
      {problemSentence(problem)}
    </p>
  );
}
