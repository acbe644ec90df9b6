import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { packageRoot } from '../config/package-root.js';
import { type CountryFacts, countryFactsSchema, type FactGroup } from './country-fact-types.js';

/**
 * Sources of each column of the table. The rows were written from knowledge of these sources and not looked up one by one: what
 * is not known well enough is null, and `lessCertainFacts` names what is only likely.
 */
export const FACT_SOURCES: Readonly<Record<FactGroup, string>> = {
  drives: 'Wikipedia, "Left- and right-hand traffic"',
  centreLine:
    'Wikipedia, "Road surface marking"; FHWA MUTCD part 3 for the Americas; widely documented by GeoGuessr players',
  edgeLine: 'Wikipedia, "Road surface marking"; SADC road traffic signs manual; widely documented by GeoGuessr players',
  plate: 'Wikipedia, "Vehicle registration plates of …" for each country; EU Regulation 2411/98 for the blue band',
  warning:
    'Vienna Convention on Road Signs and Signals, signs Aa and Ab; Wikipedia, "Warning sign" and "Comparison of European road signs"',
  board: 'Wikipedia, "Road signs in …" for each country (direction signs on main roads that are not motorways)',
  script: 'Unicode CLDR, scripts by territory; Wikipedia, "List of official languages by country and territory"',
  tradition: 'A simplification by the authors after Wikipedia, "Vernacular architecture", and street imagery',
  pole: 'Widely documented by GeoGuessr players (utility pole guides)',
  bollard: 'Widely documented by GeoGuessr players (bollard guides); German RPS and Austrian RVS for their delineators',
  postBox: 'Wikipedia, "Post box", colours by country',
  taxi: 'Wikipedia, "Taxis by country" and articles on the taxis of the largest cities',
  kerb: 'Widely documented by GeoGuessr players; Wikipedia, "Curb", paint by country',
  trafficLight: 'Wikipedia, "Traffic light" and "Variations in traffic light operation"',
  flag: 'Wikipedia, "Gallery of sovereign state flags", simplified to bands and one emblem',
};

interface Row {
  readonly facts: CountryFacts;
  readonly lessCertain: readonly FactGroup[];
}

const rowSchema = countryFactsSchema
  .extend({
    lessCertain: z
      .string()
      .nullable()
      .transform((names) => names?.split(',') ?? [])
      .pipe(z.array(z.enum(Object.keys(FACT_SOURCES) as FactGroup[]))),
  })
  .transform(({ lessCertain, ...facts }): Row => ({ facts, lessCertain }));

let rows: readonly Row[] | undefined;

/** The table, read on first use. Notes on it: migrations/pocket-world/data/NOTES.md. */
function table(): readonly Row[] {
  rows ??= readRows(join(packageRoot(), 'migrations', 'pocket-world', 'data', 'country-facts.tsv'));
  return rows;
}

function readRows(file: string): readonly Row[] {
  const cast = (cell: string) => (cell === '' ? null : cell);
  return z.array(rowSchema).parse(parse(readFileSync(file), { columns: true, delimiter: '\t', quote: false, cast }));
}

/** All rows, grouped by continent. */
export function allCountryFacts(): readonly CountryFacts[] {
  return table().map(({ facts }) => facts);
}

/** A country's row; undefined where the table has none. */
export function countryFacts(iso2: string): CountryFacts | undefined {
  return table().find(({ facts }) => facts.iso2 === iso2)?.facts;
}

/** A country's facts that are only likely, and still need checking against their source. */
export function lessCertainFacts(iso2: string): readonly FactGroup[] {
  return table().find(({ facts }) => facts.iso2 === iso2)?.lessCertain ?? [];
}
