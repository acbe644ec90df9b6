export type DrivingSide = 'right' | 'left';
export type CentreLine = 'white' | 'yellow' | 'yellow-double';
export type EdgeLine = 'white' | 'yellow' | 'yellow-dashed' | 'white-dashed';
export type PlateId =
  | 'eu'
  | 'eu-both'
  | 'eu-yellow'
  | 'eu-red'
  | 'dk'
  | 'gb'
  | 'long'
  | 'yellow-rear'
  | 'yellow-long'
  | 'us'
  | 'mid'
  | 'mercosur'
  | 'co'
  | 'cn'
  | 'black-long'
  | 'black-mid'
  | 'jp'
  | 'ru'
  | 'ua'
  | 'il'
  | 'np'
  | 'blue-text'
  | 'eg'
  | 'cm'
  | 'right-box'
  | 'kz'
  | 'ch';
export type WarningSign = 'triangle-white' | 'triangle-yellow' | 'triangle-black' | 'diamond-yellow';
export type BoardColour = 'green' | 'blue' | 'white' | 'yellow';
export type Script =
  | 'latin'
  | 'cyrillic'
  | 'greek'
  | 'arabic'
  | 'hebrew'
  | 'devanagari'
  | 'bengali'
  | 'sinhala'
  | 'burmese'
  | 'thai'
  | 'khmer'
  | 'lao'
  | 'han'
  | 'kana'
  | 'hangul'
  | 'georgian'
  | 'armenian'
  | 'ethiopic';
export type Tradition =
  | 'brick-gable'
  | 'timber-gable'
  | 'plaster-gable'
  | 'stone-tile'
  | 'stone-flat'
  | 'whitewash-flat'
  | 'earth-flat'
  | 'concrete-flat'
  | 'stucco-tile'
  | 'tin-roof'
  | 'tile-eaves'
  | 'panel-block'
  | 'shophouse';
export type PoleKind = 'wood' | 'concrete-round' | 'concrete-square' | 'concrete-holes' | 'concrete-banded' | 'steel';
export type Bollard =
  | 'black-diagonal'
  | 'black-cap'
  | 'black-band'
  | 'red-diagonal'
  | 'red-band'
  | 'orange-mark'
  | 'yellow-mark'
  | 'red-dot'
  | 'black-band-red';
export type PostBox = 'red' | 'yellow' | 'blue' | 'green' | 'orange' | 'white';
export type Taxi =
  | 'yellow'
  | 'black'
  | 'cream'
  | 'white'
  | 'red'
  | 'orange'
  | 'blue'
  | 'green'
  | 'purple'
  | 'pink'
  | 'black-yellow'
  | 'black-green'
  | 'yellow-black'
  | 'yellow-green'
  | 'blue-white';
export type Kerb = 'black-white' | 'red-white' | 'yellow' | 'black-yellow' | 'yellow-white';
export type TrafficLight = 'yellow' | 'horizontal' | 'striped';

/** What a street shows of its country; null where it is not known well enough, and then a neutral default is drawn. */
export interface CountryFacts {
  readonly iso2: string;
  /** English name as GeoNames has it. */
  readonly name: string;
  readonly drives: DrivingSide;
  readonly centreLine: CentreLine | null;
  readonly edgeLine: EdgeLine | null;
  readonly plate: PlateId | null;
  readonly warning: WarningSign;
  readonly board: BoardColour | null;
  readonly script: Script;
  /** Second script on signs, null where there is one only. */
  readonly secondScript: Script | null;
  readonly tradition: Tradition;
  readonly pole: PoleKind | null;
  readonly bollard: Bollard | null;
  readonly postBox: PostBox | null;
  readonly taxi: Taxi | null;
  readonly kerb: Kerb | null;
  readonly trafficLight: TrafficLight | null;
  /** The flag in the notation of draw/flag.ts. */
  readonly flag: string;
}

export type FactGroup = Exclude<keyof CountryFacts, 'iso2' | 'name' | 'secondScript'>;
