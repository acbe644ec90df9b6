import { problemSentence } from '../text/problem-sentence.js';

/** What went wrong, where something should stand; nothing when all is well. */
export function ProblemNote({ problem }: { readonly problem: unknown }) {
  if (problem === null) return null;
  return (
    <p class="notice warn" role="alert">
      {problemSentence(problem)}
    </p>
  );
}
