import type { Probe } from '../api/types.js';
import { count, percent } from '../text/format.js';
import { t } from '../text/language.js';

type Task = Probe['tasks'][number];
type Interval = Task['gain'];

/** How good a probe is, beside the sentences and chance, and what it takes for what. */
export function ProbeResult({ probe }: { readonly probe: Probe }) {
  const text = t.value.collection.probe;
  const shown = ({ value, low, high }: Interval) => text.interval(percent(value), percent(low), percent(high));
  return (
    <>
      {probe.left_out.length > 0 && <p>{text.leftOut(probe.left_out.join(', '))}</p>}
      <div class="wide-table">
        <table class="facts probe-table">
          <thead>
            <tr>
              {probe.tasks.length > 1 && <th scope="col">{text.name}</th>}
              <th scope="col">{text.accuracy}</th>
              <th scope="col">{text.sentences}</th>
              <th scope="col">{text.chance}</th>
              <th scope="col">{text.gain}</th>
            </tr>
          </thead>
          <tbody>
            {probe.tasks.map((task) => (
              <tr key={task.labels.join()}>
                {probe.tasks.length > 1 && <th scope="row">{task.labels.join(', ')}</th>}
                <td>{shown(task.balanced_accuracy)}</td>
                <td>{task.zero_shot === null ? '–' : shown(task.zero_shot)}</td>
                <td>{percent(task.chance)}</td>
                <td>{text.interval(signed(task.gain.value), signed(task.gain.low), signed(task.gain.high))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet-text">{text.held}</p>
      <details>
        <summary>{text.confusion}</summary>
        <p class="quiet-text">{text.confusionHelp}</p>
        {probe.tasks.map((task) => (
          <Confusion key={task.labels.join()} task={task} />
        ))}
      </details>
    </>
  );
}

/** A gain may be a loss. */
const signed = (share: number): string => (share < 0 ? `−${percent(-share)}` : percent(share));

function Confusion({ task: { labels, confusion } }: { readonly task: Task }) {
  const [alone = ''] = labels;
  // Of an independent label: without it first, then with it.
  const names = labels.length === 1 ? [t.value.collection.probe.without(alone), alone] : labels;
  return (
    <div class="wide-table">
      <table class="confusion" lang="en">
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, i) => (
            <tr key={names[i]}>
              <th scope="row">{names[i]}</th>
              {row.map((photos, k) => (
                <td key={names[k]} class={i === k ? 'right' : ''}>
                  {count(photos)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
