import type { PlateId } from '../country-fact-types.js';
import type { Canvas } from './canvas.js';

interface PlateLook {
  readonly rear: string;
  readonly front: string;
  readonly text: string;
  /** Width over height. */
  readonly ratio: number;
  readonly band?: { readonly at: 'left' | 'both' | 'top' | 'right'; readonly colour: string; readonly second?: string };
  readonly border?: string;
}

const WHITE = '#fbfbf8';
const YELLOW = '#ffc80a';
const BLUE = '#0a3fc0';
const INK = '#15171c';
const LONG = 4.2;
const MID = 2.1;

function plain(back: string, ratio: number, text = INK): PlateLook {
  return { rear: back, front: back, text, ratio };
}

const LOOKS: Readonly<Record<PlateId, PlateLook>> = {
  eu: { ...plain(WHITE, LONG), band: { at: 'left', colour: BLUE } },
  'eu-both': { ...plain(WHITE, LONG), band: { at: 'both', colour: BLUE } },
  'eu-yellow': { ...plain(YELLOW, LONG), band: { at: 'left', colour: BLUE } },
  'eu-red': { ...plain(WHITE, LONG, '#c8102e'), band: { at: 'left', colour: BLUE } },
  dk: { ...plain(WHITE, LONG), band: { at: 'left', colour: BLUE }, border: '#d0102a' },
  gb: { rear: YELLOW, front: WHITE, text: INK, ratio: LONG, band: { at: 'left', colour: BLUE } },
  long: plain(WHITE, LONG),
  'yellow-rear': { rear: YELLOW, front: WHITE, text: INK, ratio: LONG },
  'yellow-long': plain(YELLOW, LONG),
  us: { ...plain(WHITE, MID, '#22407c'), band: { at: 'top', colour: '#9db4d6' } },
  mid: plain(WHITE, MID),
  mercosur: { ...plain(WHITE, 2.9), band: { at: 'top', colour: BLUE } },
  co: plain(YELLOW, MID),
  cn: plain('#1550c8', 3.1, '#ffffff'),
  'black-long': plain('#101114', LONG, '#ffffff'),
  'black-mid': plain('#101114', MID, '#ffffff'),
  jp: plain(WHITE, MID, '#0b6b3a'),
  ru: { ...plain(WHITE, LONG), band: { at: 'right', colour: '#c9ccd4', second: '#d22630' } },
  ua: { ...plain(WHITE, LONG), band: { at: 'left', colour: '#1f5fd0', second: '#ffd500' } },
  il: { ...plain(YELLOW, LONG), band: { at: 'left', colour: BLUE } },
  np: plain('#d21f2b', 2.6, '#ffffff'),
  'blue-text': plain(WHITE, 2.9, '#1b4fd0'),
  eg: { ...plain(WHITE, 2.3), band: { at: 'top', colour: '#49a7e6' } },
  cm: plain('#f58a1f', LONG),
  'right-box': { ...plain(WHITE, 3), band: { at: 'right', colour: '#2f9a4f' } },
  kz: { ...plain(WHITE, LONG), band: { at: 'left', colour: '#19b5d8', second: '#ffd83a' } },
  ch: { ...plain(WHITE, 1.9), band: { at: 'left', colour: '#d8232a' } },
};

/** A plate centred on (x, y), `width` pixels wide; unknown styles are drawn plain and grey. */
export function drawPlate(
  canvas: Canvas,
  id: PlateId | null,
  end: 'rear' | 'front',
  x: number,
  y: number,
  width: number,
): void {
  const look = id === null ? plain('#b9bdc2', 3) : LOOKS[id];
  const area = width / Math.sqrt(look.ratio / LONG);
  const w = Math.min(width, area * 0.86);
  const h = w / look.ratio;
  const left = x - w / 2;
  const top = y - h / 2;
  const rim = Math.max(0.6, w * 0.03);
  canvas.rect(left - rim, top - rim, w + 2 * rim, h + 2 * rim, look.border ?? '#1b1c20', rim);
  canvas.rect(left, top, w, h, end === 'rear' ? look.rear : look.front);
  let from = left + w * 0.08;
  let to = left + w * 0.92;
  let upper = top + h * 0.24;
  const { band } = look;
  if (band?.at === 'top') {
    canvas.rect(left, top, w, h * 0.3, band.colour);
    upper = top + h * 0.42;
  }
  if (band?.at === 'left' || band?.at === 'both') {
    canvas.rect(left, top, w * 0.15, h, band.colour);
    if (band.second) canvas.rect(left, top + h * 0.5, w * 0.15, h * 0.5, band.second);
    from = left + w * 0.2;
  }
  if (band?.at === 'right' || band?.at === 'both') {
    canvas.rect(left + w * 0.83, top, w * 0.17, h, band.colour);
    if (band.second) canvas.rect(left + w * 0.83, top + h * 0.6, w * 0.17, h * 0.4, band.second);
    to = left + w * 0.8;
  }
  const signs = look.ratio > 2.5 ? 6 : 5;
  const step = (to - from) / signs;
  for (let i = 0; i < signs; i++)
    if (i !== 2) canvas.rect(from + i * step, upper, step * 0.62, top + h * 0.84 - upper, look.text);
}
