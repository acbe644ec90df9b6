import type { LabelSet, LabelSets } from '../api/types.js';
import { address, hrefOf } from '../state/address.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Labelling } from './labelling.js';
import { SharesView } from './shares-view.js';
import { TagMap } from './tag-map.js';
import { TagTools } from './tag-tools.js';

interface SetProps {
  readonly set: LabelSet;
  readonly all: LabelSets;
  /** After what changes the set's state. */
  readonly onChange: () => void;
}

/** One set: how it is tagged, and its three parts: where and which, labels of people, shares. */
export function SetView({ set, all, onChange }: SetProps) {
  const text = t.value.collection;
  const { part } = address.value.parameters;
  // What a tagging comes to is asked for when it is over.
  const running = all.run?.set === set.name && !all.run.ended;
  const ready = set.tags !== null && !set.tags.stale && set.tags.tagged > 0;
  return (
    <>
      <p>
        <a href={hrefOf('collection')}>← {text.allSets}</a>
      </p>
      <div lang="en">
        <h2>{plainText(set.title)}</h2>
        <p class="quiet-text">{plainText(set.subject)}</p>
      </div>
      <nav class="parts" aria-label={text.parts.name}>
        {([undefined, 'label', 'shares'] as const).map((name) => (
          <a
            key={name ?? 'map'}
            class="button"
            href={hrefOf('collection', { set: set.name, ...(name !== undefined && { part: name }) })}
            aria-current={part === name ? 'page' : undefined}
          >
            {text.parts[name ?? 'map']}
          </a>
        ))}
      </nav>
      {part === undefined && <TagTools set={set} all={all} onChange={onChange} />}
      {part === undefined && ready && <TagMap key={`${set.tags?.tagged_at} ${running}`} set={set} />}
      {part === 'label' && <Labelling set={set} all={all} onChange={onChange} />}
      {part === 'shares' && <SharesView set={set} />}
    </>
  );
}
