import { describe, expect, it } from '@jest/globals';
import { readXmp } from '../../../src/images/read-xmp.js';

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
