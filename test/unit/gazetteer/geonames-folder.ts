import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** A row of GeoNames' main table: 19 columns. */
export function cityRow(city: {
  id: number;
  name: string;
  lat: string | number;
  lon: string | number;
  iso2: string;
  admin1: string;
  population: string | number;
  feature?: string;
  alternates?: string;
}): string {
  const { id, name, alternates = '', lat, lon, feature = 'PPL', iso2, admin1, population } = city;
  const head = [id, name, name, alternates, lat, lon, 'P', feature, iso2, '', admin1, '', '', ''];
  return [...head, population, '', 10, 'Europe/Vienna', '2024-01-01'].join('\t');
}

export const CITIES: readonly string[] = [
  cityRow({
    id: 1,
    name: 'Östadt',
    lat: 48.2,
    lon: 16.4,
    iso2: 'AT',
    admin1: '09',
    population: 900_000,
    feature: 'PPLC',
    alternates: 'Oldtown,Восток',
  }),
  cityRow({ id: 2, name: 'Weston', lat: 47.2, lon: 10, iso2: 'AT', admin1: '08', population: 20_000 }),
  cityRow({ id: 3, name: 'Smallford', lat: 47.4, lon: 10, iso2: 'AT', admin1: '08', population: 10_000 }),
  cityRow({ id: 4, name: 'Nowhere', lat: 1, lon: 1, iso2: 'ZZ', admin1: '', population: 99_000 }),
  cityRow({
    id: 5,
    name: 'Vaduz',
    lat: 47.14,
    lon: 9.52,
    iso2: 'LI',
    admin1: '99',
    population: 5_400,
    feature: 'PPLC',
  }),
];
export const REGIONS: readonly string[] = [
  'AT.09\tVienna\tVienna\t2761367',
  'AT.08\tVorarlberg\tVorarlberg\t2762300',
  'AT.07\tTyrol\tTyrol\t2763586',
];
export const COUNTRIES: readonly string[] = [
  '# GeoNames country information',
  '#ISO\tISO3\tISO-Numeric\tfips\tCountry\tCapital',
  'AT\tAUT\t040\tAU\tAustria\tVienna\t83858\t8847037\tEU\t.at\tEUR\tEuro\t43\t####\t^(\\d{4})$\tde-AT,hr,hu,sl\t2782113\tCH,DE\t',
  'LI\tLIE\t438\tLS\tLiechtenstein\tVaduz\t160\t37910\tEU\t.li\tCHF\tFranc\t423\t####\t^(\\d{4})$\tde-LI\t3042058\tCH,AT\t',
];

/** Writes GeoNames' three files; a name that ends in .zip is written as one. */
export function writeGeonames(
  folder: string,
  files: Readonly<Record<string, string | Buffer | readonly string[]>>,
): void {
  mkdirSync(folder, { recursive: true });
  const all: typeof files = {
    'cities15000.txt': CITIES,
    'admin1CodesASCII.txt': REGIONS,
    'countryInfo.txt': COUNTRIES,
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    if (content === '') continue;
    const text = typeof content === 'string' || Buffer.isBuffer(content) ? content : `${content.join('\n')}\n`;
    const zipped = name.endsWith('.zip') && typeof text === 'string';
    writeFileSync(join(folder, name), zipped ? zip(name.replace(/\.zip$/, '.txt'), text) : text);
  }
}

/** A zip with one deflated entry (APPNOTE 4.3: local header, data, central directory, its end). */
function zip(name: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  const packed = deflateRawSync(bytes);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(bytes), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(bytes.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed]);
  const tail = Buffer.alloc(14);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
