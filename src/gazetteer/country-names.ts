/** Languages in which users are likely to type a country's name; the country's own are added. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'ru', 'zh', 'ja', 'ar'];

/** Common names that neither GeoNames nor Unicode has. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  AE: ['UAE', 'Emirates'],
  BA: ['Bosnia', 'Bosnia-Herzegovina'],
  BQ: ['Bonaire', 'Sint Eustatius', 'Saba'],
  BN: ['Brunei Darussalam'],
  BY: ['Belorussia', 'Byelorussia'],
  CD: ['DR Congo', 'DRC', 'Congo-Kinshasa', 'Zaire', 'Democratic Republic of Congo'],
  CG: ['Congo', 'Congo-Brazzaville', 'Congo Republic'],
  CI: ["Côte d'Ivoire", 'Ivory Coast'],
  CN: ["People's Republic of China", 'PRC', 'Mainland China'],
  CV: ['Cabo Verde', 'Cape Verde Islands'],
  CZ: ['Czech Republic', 'Czechia'],
  DE: ['Federal Republic of Germany'],
  FK: ['Malvinas', 'Islas Malvinas'],
  FM: ['Federated States of Micronesia'],
  GB: ['UK', 'U.K.', 'Great Britain', 'Britain'],
  GM: ['The Gambia'],
  BS: ['The Bahamas'],
  HK: ['Hong Kong'],
  IE: ['Republic of Ireland', 'Eire'],
  IR: ['Islamic Republic of Iran', 'Persia'],
  KG: ['Kirghizia', 'Kyrgyz Republic'],
  KH: ['Kampuchea'],
  KN: ['St Kitts and Nevis', 'Saint Kitts'],
  KP: ["Democratic People's Republic of Korea", 'DPRK'],
  KR: ['Republic of Korea', 'Korea'],
  LA: ["Lao People's Democratic Republic", 'Lao PDR'],
  LC: ['St Lucia'],
  LK: ['Ceylon'],
  MD: ['Republic of Moldova', 'Moldavia'],
  MK: ['Macedonia', 'FYROM', 'Republic of North Macedonia'],
  MM: ['Burma'],
  MO: ['Macau'],
  NL: ['Holland', 'The Netherlands'],
  PS: ['Palestine', 'State of Palestine', 'West Bank', 'Gaza'],
  RU: ['Russian Federation'],
  ST: ['Sao Tome'],
  SY: ['Syrian Arab Republic'],
  SZ: ['Swaziland'],
  TL: ['East Timor', 'Timor-Leste'],
  TR: ['Turkiye'],
  TW: ['Formosa', 'Republic of China'],
  TZ: ['United Republic of Tanzania', 'Zanzibar'],
  UA: ['The Ukraine'],
  US: ['USA', 'U.S.A.', 'U.S.', 'United States of America', 'America'],
  VA: ['Holy See', 'Vatican City'],
  VC: ['St Vincent and the Grenadines', 'Saint Vincent'],
  VI: ['US Virgin Islands', 'United States Virgin Islands'],
  VN: ['Viet Nam'],
  XK: ['Republic of Kosovo'],
};

const displayNames = new Map<string, Intl.DisplayNames | null>();

/** A country's other names: in twelve languages and its own, and the common ones listed here. */
export function alternateCountryNames(iso2: string, languages: readonly string[]): readonly string[] {
  const names = new Set(ALIASES[iso2] ?? []);
  for (const language of [...LANGUAGES, ...languages]) {
    const name = namesIn(language)?.of(iso2);
    if (name === undefined || name === iso2) continue;
    names.add(name);
    const bare = name.replace(/\s*\(.*\)$/, '');
    if (bare !== name) names.add(bare);
    if (name.includes(' & ')) names.add(name.replaceAll(' & ', ' and '));
  }
  return [...names];
}

function namesIn(language: string): Intl.DisplayNames | null {
  let names = displayNames.get(language);
  if (names === undefined) {
    try {
      const known = Intl.DisplayNames.supportedLocalesOf([language]).length > 0;
      names = known ? new Intl.DisplayNames([language], { type: 'region', fallback: 'none' }) : null;
    } catch {
      names = null; // Not a language tag: GeoNames' column has a few.
    }
    displayNames.set(language, names);
  }
  return names;
}
