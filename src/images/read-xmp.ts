import { XMLParser } from 'fast-xml-parser';
import { parseCaptureTime } from './capture-time.js';
import {
  cleanHeading,
  cleanPoint,
  cleanText,
  type FactNote,
  type KnownFacts,
  NO_FACTS,
  type ToldFacts,
} from './known-facts.js';

/** Bytes of an XMP packet or file that are read: real ones hold a few kilobytes, rarely a picture of megabytes. */
export const XMP_BYTES_MAX = 4 * 1024 * 1024;

// Entities stay as they are written and the five that XML knows are decoded below: nothing can expand.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/**
 * What an XMP packet or a sidecar file says (`exif:GPSLatitude="43,28.2868N"` and its other forms, time, direction,
 * author, licence), in UTF-8 or UTF-16 where it is given as bytes. Never throws.
 */
export function readXmp(packet: string | Uint8Array): ToldFacts {
  const notes: FactNote[] = [];
  const xml = typeof packet === 'string' ? packet : decodeText(packet);
  const properties = readProperties(xml, notes);
  const get = (...names: string[]): string | null => {
    for (const name of names) {
      const value = cleanText(properties.get(name));
      if (value !== null) return value;
    }
    return null;
  };
  const time = get('exif:DateTimeOriginal', 'photoshop:DateCreated', 'exif:DateTimeDigitized', 'xmp:CreateDate');
  const facts = {
    ...NO_FACTS,
    point: readPoint(get('exif:GPSLatitude'), get('exif:GPSLongitude'), notes),
    headingDeg: cleanHeading(fraction(get('exif:GPSImgDirection', 'GPano:PoseHeadingDegrees'))),
    altitudeM: readAltitude(get('exif:GPSAltitude'), get('exif:GPSAltitudeRef')),
    capturedAt: time === null ? null : parseCaptureTime(time, get('exif:OffsetTimeOriginal')),
    author: get('dc:creator', 'tiff:Artist', 'photoshop:Credit'),
    licence: get('cc:license', 'xmpRights:UsageTerms', 'dc:rights', 'xmpRights:WebStatement'),
    attribution: get('cc:attributionName'),
  };
  return { facts, notes };
}

function decodeText(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(utf16 ? 'utf16le' : 'utf8');
  return text.replace(/^\uFEFF/, '');
}

function readPoint(lat: string | null, lon: string | null, notes: FactNote[]): KnownFacts['point'] {
  if (lat === null || lon === null) return null;
  const point = cleanPoint(readAngle(lat, 'N', 'S'), readAngle(lon, 'E', 'W'));
  if (point === null) notes.push({ what: 'The GPS position in XMP is none', got: `${lat}, ${lon}` });
  return point;
}

/** `43,28.2868N`, `43,28,17.2N`, `43.47N`, or signed decimal degrees; null for anything else. */
function readAngle(value: string, positive: string, negative: string): number | null {
  const match = /^([+-]?\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])?$/i.exec(value.trim());
  if (!match) return null;
  const [, degrees, minutes = '0', seconds = '0', hemisphere] = match as unknown as (string | undefined)[];
  if (Number(minutes) > 60 || Number(seconds) > 60) return null;
  const size = Math.abs(Number(degrees)) + Number(minutes) / 60 + Number(seconds) / 3600;
  const letter = hemisphere?.toUpperCase();
  if (letter !== undefined && letter !== positive && letter !== negative) return null;
  // Degrees and minutes without a letter could be on either side; decimal degrees carry their sign.
  if (letter === undefined && match[2] !== undefined) return null;
  return letter === negative || degrees?.startsWith('-') ? -size : size;
}

function readAltitude(size: string | null, reference: string | null): number | null {
  const metres = fraction(size);
  if (metres === null || Math.abs(metres) > 20_000) return null;
  return reference === '1' && metres !== 0 ? -Math.abs(metres) : metres;
}

function fraction(value: string | null): number | null {
  const match = /^([+-]?\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(value?.trim() ?? '');
  if (!match) return null;
  const quotient = Number(match[1]) / Number(match[2] ?? 1);
  return Number.isFinite(quotient) ? quotient : null;
}

/** The simple properties of all rdf:Description elements, attributes and child elements alike, first one wins. */
function readProperties(xml: string, notes: FactNote[]): Map<string, string> {
  const properties = new Map<string, string>();
  if (xml.length > XMP_BYTES_MAX || /<!(DOCTYPE|ENTITY)/i.test(xml)) {
    notes.push({ what: 'The XMP was not read: it is too large or declares entities', got: null });
    return properties;
  }
  try {
    for (const description of descriptions(parser.parse(xml))) {
      for (const [name, value] of Object.entries(description)) {
        const text = firstText(value);
        const plain = name.replace(/^@/, '');
        if (text !== null && !properties.has(plain)) properties.set(plain, decodeEntities(text));
      }
    }
  } catch {
    notes.push({ what: 'The XMP was not read: it is not well-formed XML', got: null });
  }
  return properties;
}

type XmlNode = Readonly<Record<string, unknown>>;

function descriptions(root: unknown): readonly XmlNode[] {
  const meta = child(root, 'x:xmpmeta') ?? child(root, 'x:xapmeta') ?? root;
  const found = child(child(meta, 'rdf:RDF'), 'rdf:Description');
  return (Array.isArray(found) ? found : [found]).filter(isNode);
}

function child(node: unknown, name: string): unknown {
  return isNode(node) ? node[name] : undefined;
}

function isNode(value: unknown): value is XmlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text of an element: its own, its rdf:resource, or the first item of its Alt, Seq or Bag. */
function firstText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? null : firstText(value[0]);
  if (!isNode(value)) return null;
  for (const name of ['@rdf:resource', '#text', 'rdf:Alt', 'rdf:Seq', 'rdf:Bag', 'rdf:li']) {
    const text = firstText(value[name]);
    if (text !== null && text.trim() !== '') return text;
  }
  return null;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}
