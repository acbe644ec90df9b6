import { callApi } from '../api/call.js';
import type { Duplicates } from '../api/types.js';
import { hrefOf } from '../state/address.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Picture } from '../ui/picture.js';
import { usePages } from '../ui/use-pages.js';
import { FoundList } from './found-list.js';
import { ToRun } from './to-run.js';

const PAGE = 20;

/** Groups of photos that are one picture, the best to keep first. */
export function DuplicatesView() {
  const text = t.value.collection.same;
  const list = usePages<Duplicates>('duplicates', (cursor, signal) =>
    callApi('GET /v1/duplicates', {
      query: { limit: PAGE, ...(cursor !== null && { cursor }) },
      ...(signal !== undefined && { signal }),
    }),
  );
  const [first] = list.pages;
  const groups = list.pages.flatMap((page) => page.groups);
  const ids = groups.flatMap(({ photos }) => photos.map(({ id }) => id));
  return (
    <FoundList title={text.title} what={text.what} list={list} ids={ids}>
      {first !== undefined && <p class="quiet-text">{text.lookedAt(count(first.looked_at))}</p>}
      {first !== undefined && first.looked_at > 0 && groups.length === 0 && list.more === null && <p>{text.none}</p>}
      {first !== undefined && groups.length === 0 && <ToRun why={text.find} command="duplicates" />}
      {groups.map(({ keep, because, photos }) => (
        <article key={keep} class="same-group">
          <p>
            {text.group(count(photos.length))}. <span class="quiet-text">{text.because[because]}</span>
          </p>
          <ul class="neighbours">
            {photos.map((photo) => (
              <li key={photo.id} class={photo.id === keep ? 'witness' : ''}>
                <a class="thumb" href={hrefOf('collection', { part: 'duplicates', id: photo.id })}>
                  <Picture path={photo.thumbnail} alt={plainText(photo.source?.split('/').at(-1) ?? photo.id)} />
                </a>
                <span class="neighbour-facts">
                  <span>{text.size(count(photo.width), count(photo.height))}</span>
                  {photo.id === keep && <strong>{text.keep}</strong>}
                </span>
              </li>
            ))}
          </ul>
        </article>
      ))}
    </FoundList>
  );
}
