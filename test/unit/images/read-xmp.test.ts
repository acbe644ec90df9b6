import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeNote } from '../../../src/images/known-facts.js';
import { readXmp, XMP_BYTES_MAX } from '../../../src/images/read-xmp.js';
import { xmpPacket } from '../../support/xmp-packet.js';

function sidecar(body: string, attributes = ''): string {
  return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" ${attributes}>${body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;
}

function pointOf(lat: string, lon: string) {
  return readXmp(sidecar('', `exif:GPSLatitude="${lat}" exif:GPSLongitude="${lon}"`)).facts.point;
}

describe('an XMP sidecar', () => {
  it.each([
    ['43,28.2868N', '11,53.1076W', 43.471446667, -11.885126667],
    ['43,28,17.208S', '11,53,6.456E', -43.471446667, 11.88512667],
    ['43.5S', '11.25W', -43.5, -11.25],
    ['-43.5', '+11.25', -43.5, 11.25],
  ])('reads %s, %s', (lat, lon, expectedLat, expectedLon) => {
    const point = pointOf(lat, lon);
    expect(point?.lat).toBeCloseTo(expectedLat, 6);
    expect(point?.lon).toBeCloseTo(expectedLon, 6);
  });

  it.each([
    ['0,0N', '0,0E'],
    ['43,28.2868', '11,53.1076'],
    ['91N', '11E'],
    ['43E', '11N'],
    ['north', 'east'],
  ])('takes %s, %s for no position', (lat, lon) => {
    expect(pointOf(lat, lon)).toBeNull();
  });

  it('reads child elements, lists and entities, and the photographer beside the position', () => {
    const { facts } = readXmp(
      sidecar(`<exif:GPSLatitude>52,31N</exif:GPSLatitude><exif:GPSLongitude>13,24E</exif:GPSLongitude>
        <exif:GPSImgDirection>1805/10</exif:GPSImgDirection><exif:GPSAltitude>345/10</exif:GPSAltitude>
        <exif:DateTimeOriginal>2018-06-08T13:24:10+02:00</exif:DateTimeOriginal>
        <dc:creator><rdf:Seq><rdf:li>Tom &amp; Ada&#233;</rdf:li></rdf:Seq></dc:creator>
        <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">CC BY-SA 4.0</rdf:li></rdf:Alt></dc:rights>`),
    );
    expect(facts).toMatchObject({
      headingDeg: 180.5,
      altitudeM: 34.5,
      capturedAt: '2018-06-08T13:24:10+02:00',
      author: 'Tom & Adaé',
      licence: 'CC BY-SA 4.0',
    });
    expect(facts.point?.lat).toBeCloseTo(52 + 31 / 60, 9);
  });

  it.each([
    ['attributes', sidecar('', Array.from({ length: 340_000 }, (_, i) => `a${i}="1"`).join(' '))],
    ['elements', sidecar('<exif:a/>'.repeat(400_000))],
  ])('is not read to its end where it has more %s than any program writes, and says so', (_, text) => {
    const started = performance.now();
    const { facts, notes } = readXmp(text);
    expect(facts.point).toBeNull();
    expect(notes.map(describeNote)).toEqual([
      'The XMP was not read: it has more attributes or elements than any program writes.',
    ]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('refuses declared entities and says so', () => {
    const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>${sidecar('<dc:creator>&lol2;</dc:creator>')}`;
    const { facts, notes } = readXmp(laughs);
    expect(facts.author).toBeNull();
    expect(notes).toHaveLength(1);
  });

  it('gives nothing for what is no XMP', () => {
    for (const text of ['', 'hello', '<a><b></a>', '<x:xmpmeta/>', '{"lat": 5}']) {
      expect(readXmp(text).facts.point).toBeNull();
    }
  });
});

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const EXIF = 'http://ns.adobe.com/exif/1.0/';
const HERE = { lat: -46.25, lon: 168.5 };
const GPS = 'exif:GPSLatitude="46,15.0S" exif:GPSLongitude="168,30.0E"';

function notesOf(packet: string | Uint8Array): string {
  return readXmp(packet).notes.map(describeNote).join(' ');
}

describe('hemispheres in XMP', () => {
  it.each([
    ['GPSLatitude="46.25" exif:GPSLatitudeRef="S" exif:GPSLongitude="168.5" exif:GPSLongitudeRef="E"'],
    ['GPSLatitude="46.25" exif:GPSLatitudeRef="south" exif:GPSLongitude="168.5"'],
    [
      'GPSLatitude="-46.25" exif:GPSLatitudeRef="S" exif:GPSLongitude="168,30" exif:GPSLongitudeRef="East longitude"'.replace(
        '168,30',
        '168,30,0',
      ),
    ],
    ['GPSLatitude="46 deg 15\' 0.00&quot; S" exif:GPSLatitudeRef="South" exif:GPSLongitude="E168.5"'],
    ['GPSLatitude="South 46.25" exif:GPSLongitude="168.5 east"'],
  ])('are read from exif:%s', (attributes) => {
    expect(readXmp(xmpPacket(`exif:${attributes}`)).facts.point).toEqual(HERE);
  });

  it.each([
    ['GPSLatitude="-46.25" exif:GPSLatitudeRef="N" exif:GPSLongitude="168.5"', 'contradict'],
    ['GPSLatitude="46.25S" exif:GPSLatitudeRef="N" exif:GPSLongitude="168.5"', 'two different'],
    ['GPSLatitude="46.25" exif:GPSLatitudeRef="S" exif:GPSLongitude="168.5" exif:GPSLongitudeRef="N"', 'other axis'],
    ['GPSLatitude="46.25"', 'lacks its longitude'],
    ['GPSLongitude="168.5W"', 'lacks its latitude'],
    ['GPSLatitude="0.0" exif:GPSLatitudeRef="N" exif:GPSLongitude="0" exif:GPSLongitudeRef="W"', 'is none'],
    ['GPSLatitude="95.5N" exif:GPSLongitude="168.5"', 'is none'],
  ])('make no position, and a note, of exif:%s', (attributes, said) => {
    const packet = xmpPacket(`exif:${attributes}`);
    expect(readXmp(packet).facts.point).toBeNull();
    expect(notesOf(packet)).toContain(said);
  });
});

describe('XMP by its namespaces', () => {
  const core = `<rdf:Description ${GPS}/>`;
  const declared = `xmlns:rdf="${RDF}" xmlns:exif="${EXIF}"`;
  const FORMS: Readonly<Record<string, string>> = {
    'x:xmpmeta': `<x:xmpmeta xmlns:x="adobe:ns:meta/" ${declared}><rdf:RDF>${core}</rdf:RDF></x:xmpmeta>`,
    'x:xapmeta': `<x:xapmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${declared}>${core}</rdf:RDF></x:xapmeta>`,
    'x:xml_doc': `<?xml version='1.0' encoding='utf-8'?><x:xml_doc xmlns:x="adobe:ns:meta/"><rdf:RDF ${declared}>${core}</rdf:RDF></x:xml_doc>`,
    'a bare RDF': `<rdf:RDF ${declared}>${core}</rdf:RDF>`,
    'a bare description': `<rdf:Description ${declared} ${GPS}/>`,
    'roots of any name': `<a><b ${declared}><rdf:RDF>${core}</rdf:RDF></b></a>`,
    'other prefixes': `<q:RDF xmlns:q="${RDF}"><q:Description xmlns:n="${EXIF}" n:GPSLatitude="46,15.0S"><n:GPSLongitude>168,30.0E</n:GPSLongitude></q:Description></q:RDF>`,
    'RDF as default namespace': `<RDF xmlns="${RDF}"><Description xmlns:exif="${EXIF}" about="" ${GPS}/></RDF>`,
    'EXIF as default namespace': `<r:RDF xmlns:r="${RDF}"><r:Description xmlns="${EXIF}"><GPSLatitude>46.25S</GPSLatitude><GPSLongitude>168.5E</GPSLongitude></r:Description></r:RDF>`,
    'prefixes that mean something else elsewhere': `<exif:RDF xmlns:exif="${RDF}" xmlns:rdf="${EXIF}"><exif:Description rdf:GPSLatitude="46.25S" rdf:GPSLongitude="168.5E"/></exif:RDF>`,
    'https and a forgotten slash': `<rdf:RDF xmlns:rdf="${RDF}"><rdf:Description xmlns:e="https://ns.adobe.com/exif/1.0" e:GPSLatitude="46.25S" e:GPSLongitude="168.5E"/></rdf:RDF>`,
    exifEX: `<rdf:RDF xmlns:rdf="${RDF}"><rdf:Description xmlns:exifEX="http://cipa.jp/exif/1.0/" exifEX:GPSLatitude="46.25S" exifEX:GPSLongitude="168.5E"/></rdf:RDF>`,
    'prefixes that are not declared': `<rdf:RDF xmlns:rdf="${RDF}"><rdf:Description foo:bar="1" ${GPS}/></rdf:RDF>`,
    'several descriptions': `<rdf:RDF ${declared}><rdf:Description exif:GPSLatitude="46.25S"/><rdf:Description><exif:GPSLongitude>168.5</exif:GPSLongitude></rdf:Description></rdf:RDF>`,
    'nested descriptions': `<rdf:RDF ${declared}><rdf:Description><rdf:Description ${GPS}/></rdf:Description></rdf:RDF>`,
    'several packets': `<?xpacket begin=""?><rdf:RDF xmlns:rdf="${RDF}"><rdf:Description/></rdf:RDF><?xpacket end="w"?>\n<?xpacket begin=""?><rdf:RDF ${declared}>${core}</rdf:RDF>`,
    'rdf:value': `<rdf:RDF ${declared}><rdf:Description><exif:GPSLatitude rdf:parseType="Resource"><rdf:value>46.25S</rdf:value></exif:GPSLatitude><exif:GPSLongitude><rdf:Description rdf:value="168.5E"/></exif:GPSLongitude></rdf:Description></rdf:RDF>`,
    'CDATA and references': `<rdf:RDF ${declared}><rdf:Description exif:GPSLongitude="168&#46;5&#x45;"><exif:GPSLatitude><![CDATA[46,15.0S]]></exif:GPSLatitude></rdf:Description></rdf:RDF>`,
    'leading junk': `junk < & 12 <!-- <rdf:RDF> --><?xml version="1.0"?><!DOCTYPE x><rdf:RDF ${declared}>${core}</rdf:RDF>`,
    'zeros behind': `<rdf:RDF ${declared}>${core}</rdf:RDF>\0\0\0\0`,
    'a cut xpacket': `<?xpacket begin="\uFEFF"?><rdf:RDF ${declared}>${core}</rdf:RDF>\n<?xpacket end="w`,
    'a cut root': `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${declared}>${core}</rdf:RDF></x:xm`,
    'text and broken tags behind': `<rdf:RDF ${declared}>${core}</rdf:RDF> and <more`,
    'control characters within': `<rdf:RDF ${declared}><rdf:Description exif:UserComment="a\u0001b" ${GPS}/></rdf:RDF>`,
  };

  it.each(Object.entries(FORMS))('reads %s', (_name, packet) => {
    const { facts, notes } = readXmp(packet);
    expect(facts.point).toEqual(HERE);
    expect(notes).toEqual([]);
    expect(readXmp(Buffer.from(packet)).facts.point).toEqual(HERE);
  });

  it('does not take another namespace for EXIF, nor the position of what a photo shows', () => {
    const foreign = `<rdf:RDF xmlns:rdf="${RDF}"><rdf:Description xmlns:exif="http://example.com/other/" ${GPS}/></rdf:RDF>`;
    expect(readXmp(foreign).facts.point).toBeNull();
    const shown = xmpPacket(
      'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
      `<e:LocationShown><rdf:Bag><rdf:li ${GPS}/></rdf:Bag></e:LocationShown>`,
    );
    expect(readXmp(shown).facts.point).toBeNull();
  });

  it('takes the default of alternatives, and all of several authors', () => {
    const { facts } = readXmp(
      xmpPacket(
        '',
        `<dc:creator><rdf:Seq><rdf:li>Ana Ruiz</rdf:li><rdf:li>Bo Li</rdf:li></rdf:Seq></dc:creator>
        <dc:rights><rdf:Alt><rdf:li xml:lang="de">Frei</rdf:li><rdf:li xml:lang="x-default">Free</rdf:li></rdf:Alt></dc:rights>`,
      ),
    );
    expect(facts).toMatchObject({ author: 'Ana Ruiz, Bo Li', licence: 'Free' });
  });
});

describe('XMP that is broken or hostile', () => {
  it('takes nothing of an RDF that breaks off, and says so', () => {
    const whole = xmpPacket(GPS);
    for (const cut of [
      whole.slice(0, whole.indexOf('</rdf:RDF>')),
      whole.replace('</rdf:Description>', '</wrong>'),
      whole.replace('</rdf:RDF>', ''),
      whole.replace('</rdf:RDF></x:xmpmeta>', '</rdf:R>'),
    ]) {
      expect(readXmp(cut).facts.point).toBeNull();
      expect(notesOf(cut)).toContain('not well-formed');
    }
  });

  it('keeps an entity that nobody declared as it stands', () => {
    const { facts } = readXmp(xmpPacket(GPS, '<dc:creator>A &copy; B</dc:creator>'));
    expect(facts).toMatchObject({ point: HERE, author: 'A &copy; B' });
  });

  it.each([
    [
      'in the doctype',
      `<!DOCTYPE r [<!ENTITY e "46.25S">]>${xmpPacket('exif:GPSLatitude="&e;" exif:GPSLongitude="168.5"')}`,
    ],
    ['behind other text', `x <!DOCTYPE r [\n<!entity % p SYSTEM "file:///etc/passwd"> %p; ]>${xmpPacket(GPS)}`],
  ])('refuses declared entities %s', (_where, packet) => {
    expect(readXmp(packet).facts.point).toBeNull();
    expect(notesOf(packet)).toContain('declares entities');
  });

  it('refuses more than the limit with a note', () => {
    const packet = xmpPacket(GPS) + ' '.repeat(XMP_BYTES_MAX);
    expect(readXmp(packet).facts.point).toBeNull();
    expect(notesOf(Buffer.from(packet))).toContain('larger than 4 MiB');
  });

  it.each([
    ['deep nesting', '<a xmlns:b="c">'.repeat(XMP_BYTES_MAX / 16)],
    [
      'deep nesting in a property',
      xmpPacket('', `<exif:GPSLatitude>${'<a>'.repeat(XMP_BYTES_MAX / 4)}</exif:GPSLatitude>`),
    ],
    ['many roots', '<a/>'.repeat(XMP_BYTES_MAX / 5)],
    [
      'many items',
      xmpPacket('', `<dc:creator><rdf:Seq>${'<rdf:li>a</rdf:li>'.repeat(200_000)}</rdf:Seq></dc:creator>`),
    ],
    ['many attributes', xmpPacket(Array.from({ length: 150_000 }, (_, i) => `exif:a${i}="${i}"`).join(' '))],
    ['many unknown entities', xmpPacket('', `<dc:creator>${'&a;'.repeat(XMP_BYTES_MAX / 4)}</dc:creator>`)],
    ['many control characters', xmpPacket('', `<dc:creator>${'\u0001'.repeat(XMP_BYTES_MAX / 2)}</dc:creator>`)],
    ['many starts of comments', '<!--'.repeat(XMP_BYTES_MAX / 5)],
    ['many angle brackets', '<'.repeat(XMP_BYTES_MAX - 10)],
  ])('is done with %s within seconds', (_name, packet) => {
    const start = performance.now();
    readXmp(packet);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('never throws, whatever is cut out of a packet or changed in it', () => {
    const packet = Buffer.from(xmpPacket(GPS, '<dc:creator><rdf:Seq><rdf:li>A</rdf:li></rdf:Seq></dc:creator>'));
    fc.assert(
      fc.property(fc.nat(packet.length), fc.nat(60), fc.uint8Array({ maxLength: 8 }), (at, length, bytes) => {
        const changed = Buffer.concat([packet.subarray(0, at), bytes, packet.subarray(at + length)]);
        const { point } = readXmp(changed).facts;
        expect(point === null || Math.abs(point.lat) <= 90).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('facts beside the position in XMP', () => {
  const factsOf = (attributes: string) => readXmp(xmpPacket(attributes)).facts;

  it.each([
    ['exif:GPSTimeStamp="2019-05-06T07:08:09Z"', '2019-05-06T07:08:09Z'],
    ['exif:GPSTimeStamp="2019-05-06T07:08:09.25"', '2019-05-06T07:08:09.250Z'],
    ['exif:GPSTimeStamp="2019-05-06T07:08:09+02:00"', '2019-05-06T05:08:09Z'],
    ['exif:GPSTimeStamp="07:08:09" exif:GPSDateStamp="2019:05:06"', '2019-05-06T07:08:09Z'],
    ['exif:GPSTimeStamp="7/1 8/1 95/10" exif:GPSDateStamp="2019-05-06"', '2019-05-06T07:08:09.500Z'],
    ['exif:GPSTimeStamp="07:08:09"', null],
    [
      'exif:DateTimeOriginal="2019-05-06T09:08:09" exif:GPSTimeStamp="2019-05-06T07:08:10Z"',
      '2019-05-06T09:08:09+02:00',
    ],
    ['photoshop:DateCreated="2019-05-06T09:08:09.5-0300"', '2019-05-06T09:08:09.500-03:00'],
    ['xmp:CreateDate="2019-05-06T09:08:09.123GMT+02:00"', '2019-05-06T09:08:09.123+02:00'],
    ['photoshop:DateCreated="2019-05-06" xmp:CreateDate="2019-05-06T09:08:09Z"', '2019-05-06T09:08:09Z'],
    ['photoshop:DateCreated="1975-05-06" xmp:CreateDate="2019-05-06T09:08:09Z"', '1975-05-06'],
    [
      'exif:DateTimeOriginal="2019:05:06 09:08:09" exif:SubSecTimeOriginal="5" exif:OffsetTimeOriginal="+01:00"',
      '2019-05-06T09:08:09.500+01:00',
    ],
    ['exif:DateTimeOriginal="nonsense" xmp:CreateDate="2019-05-06T09:08:09Z"', '2019-05-06T09:08:09Z'],
  ])('reads the time of %s', (attributes, expected) => {
    expect(factsOf(attributes).capturedAt).toBe(expected);
  });

  it.each([
    ['exif:GPSAltitude="282/10" exif:GPSAltitudeRef="0"', 28.2],
    ['exif:GPSAltitude="282/10" exif:GPSAltitudeRef="1"', -28.2],
    ['exif:GPSAltitude="28.2" exif:GPSAltitudeRef="2"', 28.2],
    ['exif:GPSAltitude="28.2" exif:GPSAltitudeRef="3"', -28.2],
    ['exif:GPSAltitude="28.2 m" exif:GPSAltitudeRef="Below Sea Level"', -28.2],
    ['exif:GPSAltitude="28.2 m Above Sea Level"', 28.2],
    ['drone-dji:AbsoluteAltitude="+128.20"', 128.2],
    ['drone-dji:AbsoluteAltitude="+128.20" exif:GPSAltitudeRef="1"', 128.2],
    ['exif:GPSAltitude="1/0"', null],
  ])('reads the altitude of %s', (attributes, expected) => {
    expect(factsOf(attributes).altitudeM).toBe(expected);
  });

  it.each([
    ['drone-dji:GpsLatitude="-46.25" drone-dji:GpsLongitude="+168.5"'],
    ['drone-dji:GpsLatitude="-46.25" drone-dji:GpsLongtitude="168.5"'],
    ['drone-dji:Latitude="-46.25" drone-dji:Longitude="168.5"'],
    [
      'exif:GPSLatitude="0,0N" exif:GPSLongitude="0,0E" exif:GPSLatitudeRef="N" drone-dji:GpsLatitude="-46.25" drone-dji:GpsLongitude="168.5"',
    ],
    [`${GPS} drone-dji:GpsLatitude="10.5" drone-dji:GpsLongitude="20.5"`],
  ])("reads a drone's position of %s", (attributes) => {
    expect(factsOf(attributes).point).toEqual(HERE);
  });

  it("reads a drone's position of elements, and where its camera looks", () => {
    const { facts } = readXmp(
      xmpPacket(
        'drone-dji:GimbalYawDegree="-30.5" drone-dji:FlightYawDegree="+12.0" drone-dji:GimbalPitchDegree="-20.0"',
        '<drone-dji:GpsLatitude>-46.25</drone-dji:GpsLatitude><drone-dji:GpsLongitude>+168.5</drone-dji:GpsLongitude>',
      ),
    );
    expect(facts).toMatchObject({ point: HERE, headingDeg: 329.5 });
    expect(factsOf('drone-dji:FlightYawDegree="+12.0"').headingDeg).toBe(12);
    expect(factsOf('drone-dji:GimbalYawDegree="-30.5" drone-dji:GimbalPitchDegree="-90.0"').headingDeg).toBeNull();
  });
});
