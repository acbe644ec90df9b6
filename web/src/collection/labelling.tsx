import { useSignal } from '@preact/signals';
import { callApi } from '../api/call.js';
import type { LabelSet, LabelSets, Labels } from '../api/types.js';
import { address, hrefOf } from '../state/address.js';
import { t } from '../text/language.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { LabelPhotos, type Way } from './label-photos.js';
import { LabelWays } from './label-ways.js';
import { ProbeTools } from './probe-tools.js';
import { TagTools } from './tag-tools.js';

interface LabellingProps {
  readonly set: LabelSet;
  readonly all: LabelSets;
  readonly onChange: () => void;
}

/** Labels by people, and the probe that is learnt from them. */
export function Labelling({ set, all, onChange }: LabellingProps) {
  const text = t.value.collection.labelling;
  const { sample, by, like } = address.value.parameters;
  const asked = useSignal(0);
  const labels = useLatest<Labels>(`${asked.value}`, (signal) =>
    callApi('GET /v1/labels/{id}', { path: { id: set.name }, signal }),
  ).value;
  const changed = () => {
    asked.value++;
    onChange();
  };
  const way = wayOf(sample, by, like);
  return (
    <>
      {way === null ? (
        <LabelWays set={set} labels={labels.value} />
      ) : (
        <>
          <LabelPhotos key={JSON.stringify(way)} set={set} way={way} onLabel={() => asked.value++} />
          <p>
            <a href={hrefOf('collection', { set: set.name, part: 'label' })}>{text.other}</a>
          </p>
        </>
      )}
      <ProblemNote problem={labels.problem} />
      {labels.value !== null && labels.value.photos > 0 && (
        <ProbeTools set={set} labels={labels.value} onChange={changed} />
      )}
      {set.probe && <TagTools set={set} all={all} trained={labels.value?.probe?.trained_at} onChange={onChange} />}
    </>
  );
}

/** How photos are chosen, by the address. */
function wayOf(sample: string | undefined, by: string | undefined, like: string | undefined): Way | null {
  const number = Number(sample);
  if (sample !== undefined && Number.isInteger(number) && number > 0) return { sample: number };
  return by === 'next' ? { like: like ?? null } : null;
}
