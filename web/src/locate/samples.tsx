import { useSignal } from '@preact/signals';
import { fetchFile } from '../api/call.js';
import { indexFacts } from '../state/index-facts.js';
import { t } from '../text/language.js';
import { Picture } from '../ui/picture.js';
import { ProblemNote } from '../ui/problem-note.js';
import { addFiles } from './photo-queue.js';

/** The index's sample photos, where it has some. */
export function Samples() {
  const problem = useSignal<unknown>(null);
  const samples = indexFacts.value?.samples ?? 0;
  if (samples === 0) return null;
  const text = t.value.locate;
  const numbers = Array.from({ length: samples }, (_, i) => i + 1);
  const tryOne = async (n: number) => {
    problem.value = null;
    try {
      const bytes = await (await fetchFile(`/v1/samples/${n}`)).blob();
      addFiles([new File([bytes], text.sample(n), { type: bytes.type })]);
    } catch (thrown) {
      problem.value = thrown;
    }
  };
  return (
    <section class="samples">
      <p>{text.samples}</p>
      <ul>
        {numbers.map((n) => (
          <li key={n}>
            <button type="button" class="thumb" onClick={() => void tryOne(n)}>
              <Picture path={`/v1/samples/${n}`} alt={text.sample(n)} />
            </button>
          </li>
        ))}
      </ul>
      <ProblemNote problem={problem.value} />
    </section>
  );
}
