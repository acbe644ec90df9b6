import type { Places } from '../tags/places.js';
import type { TagSetState, TagTable } from '../tags/tag-table.js';
import type { JoinedColumn } from './columns.js';

/** What of a table of tags is looked at. */
type Tagged = Pick<TagTable, 'isTagged' | 'likeliest' | 'value'> & {
  readonly state: Pick<TagSetState, 'name' | 'labels' | 'kind'>;
  readonly places: Pick<Places, 'of'>;
};

/** A column `SET:LABEL` for each label of a tagged set, from 0 to 1, null where a photo has no tag; of an exclusive set the likeliest as `SET`. */
export function tagColumns(table: Tagged): JoinedColumn[] {
  const { name, labels, kind } = table.state;
  const placed = <T>(id: string, value: (place: number) => T): T | null => {
    const place = table.places.of(id);
    return place === undefined || !table.isTagged(place) ? null : value(place);
  };
  return [
    ...(kind === 'exclusive'
      ? [
          {
            ...{ name, kind: 'text' as const },
            valueOf: (id: string) => placed(id, (place) => labels[table.likeliest(place)] ?? null),
          },
        ]
      : []),
    ...labels.map((label, k) => ({
      ...{ name: `${name}:${label}`, kind: 'number' as const },
      valueOf: (id: string) => placed(id, (place) => table.value(k, place)),
    })),
  ];
}
