import type { TagCells } from '../api/types.js';
import { pointed } from '../map/overlay.js';
import { PALETTE } from '../map/palette.js';
import { scaleOf } from '../map/share-cells.js';
import { theme } from '../state/theme.js';
import { count, percent } from '../text/format.js';
import { t } from '../text/language.js';

interface LegendProps {
  readonly cells: TagCells;
  readonly label: string;
}

/** What the colours of the map mean, and the figures of the cell that the pointer is on. */
export function ShareLegend({ cells, label }: LegendProps) {
  const text = t.value.collection.legend;
  const { shareLow, shareMiddle, shareHigh } = PALETTE[theme.value];
  const cell = cells.features.find(({ id }) => id === pointed.value)?.properties;
  return (
    <div class="legend">
      <p>{text[cells.share_is](label)}</p>
      <div class="legend-scale">
        <span>{percent(0)}</span>
        <span
          class="legend-colours"
          style={{ background: `linear-gradient(to right, ${shareLow}, ${shareMiddle}, ${shareHigh})` }}
        />
        <span>{percent(scaleOf(cells))}</span>
      </div>
      <p class="quiet-text">{text.few}</p>
      <p class="quiet-text">{cell === undefined ? text.point : text.cell(percent(cell.share), count(cell.photos))}</p>
    </div>
  );
}
