import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes';

/** The properties of a packet by names such as `exif:GPSLatitude`, whatever prefix its writer used; the first wins. */
export type XmpProperties = ReadonlyMap<string, string>;

/** Whether the whole packet could be read. */
export type XmpState = 'whole' | 'absent' | 'broken' | 'too_many' | 'declares_entities';

/**
 * Namespaces that are read, with the prefix that each has here, without `http://` and the last slash, which writers forget;
 * from XMP specification part 2, Exif 2.32 for XMP (CIPA DC-010), and makers of drones.
 */
const NAMESPACES: Readonly<Record<string, string>> = {
  'www.w3.org/1999/02/22-rdf-syntax-ns': 'rdf',
  'www.w3.org/xml/1998/namespace': 'xml',
  'ns.adobe.com/exif/1.0': 'exif',
  'ns.adobe.com/exif/1.0/aux': 'aux',
  'cipa.jp/exif/1.0': 'exif',
  'cipa.jp/exif/2.32': 'exif',
  'ns.adobe.com/tiff/1.0': 'tiff',
  'ns.adobe.com/xap/1.0': 'xmp',
  'ns.adobe.com/xap/1.0/rights': 'xmpRights',
  'ns.adobe.com/photoshop/1.0': 'photoshop',
  'purl.org/dc/elements/1.1': 'dc',
  'purl.org/dc/1.1': 'dc',
  'creativecommons.org/ns': 'cc',
  'web.resource.org/cc': 'cc',
  'ns.google.com/photos/1.0/panorama': 'GPano',
  'www.dji.com/drone-dji/1.0': 'drone-dji',
  'www.parrot.com/drone-parrot/1.0': 'drone-parrot',
  'pix4d.com/camera/1.0': 'Camera',
};

/** Prefixes that packets may use undeclared, as fragments cut out by a program do. */
const USUAL_PREFIXES: Record<string, string> = {
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  exif: 'http://ns.adobe.com/exif/1.0/',
  exifEX: 'http://cipa.jp/exif/1.0/',
  tiff: 'http://ns.adobe.com/tiff/1.0/',
  xmp: 'http://ns.adobe.com/xap/1.0/',
  xap: 'http://ns.adobe.com/xap/1.0/',
  xmpRights: 'http://ns.adobe.com/xap/1.0/rights/',
  photoshop: 'http://ns.adobe.com/photoshop/1.0/',
  dc: 'http://purl.org/dc/elements/1.1/',
  cc: 'http://creativecommons.org/ns#',
  GPano: 'http://ns.google.com/photos/1.0/panorama/',
  'drone-dji': 'http://www.dji.com/drone-dji/1.0/',
};

/** Real packets nest some ten elements deep; looking up a prefix walks through all open elements. */
const DEPTH_MAX = 64;
const PACKETS_MAX = 16;
const VALUE_NODES_MAX = 1000;
/** At most so many in a packet: real ones have hundreds, the history of a file edited for years some ten thousand elements. */
const ATTRIBUTES_MAX = 10_000;
const ELEMENTS_MAX = 100_000;

/** Characters that XML forbids and programs write into texts nevertheless. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** At most so many XML errors that do not change the structure are passed over. */
const HARMLESS_MAX = 1000;
const HARMLESS = /unbound namespace prefix|disallowed character\.|undefined entity|malformed character entity/;

/**
 * Reads every RDF in a text, whatever surrounds it. Only a closed RDF counts: the start of a broken one could mean something
 * else. Entities other than XML's own five stay as they are written.
 */
export function readXmpProperties(text: string): { readonly properties: XmpProperties; readonly state: XmpState } {
  const properties = new Map<string, string>();
  let state: XmpState = 'absent';
  let at = 0;
  for (let packet = 0; packet < PACKETS_MAX; packet++) {
    const root = findRoot(text, at);
    if (root === null) break;
    if (/<!ENTITY/i.test(text.slice(at, root))) return { properties: new Map(), state: 'declares_entities' };
    const reader = new RdfReader(properties);
    const end = parseElement(text.slice(root), reader);
    if (end === 'too_many') return { properties, state: 'too_many' };
    if (reader.closed) state = 'whole';
    else if (state === 'absent' && (end === null || reader.opened)) state = 'broken';
    if (end === null) break;
    at = root + end;
  }
  return { properties, state };
}

/** Start of the next element, after declarations, processing instructions, comments, a doctype and other text. */
function findRoot(text: string, from: number): number | null {
  const skipTo = (mark: string, at: number) => {
    const end = text.indexOf(mark, at);
    return end === -1 ? text.length : end + mark.length;
  };
  for (let at = text.indexOf('<', from); at !== -1 && at < text.length; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) at = skipTo('-->', at);
    else if (text.startsWith('<?', at)) at = skipTo('?>', at);
    else if (/^<[\p{L}_]/u.test(text.slice(at, at + 3))) return at;
    else at++;
  }
  return null;
}

/** Thrown to end the parsing; one object, since making a stack trace costs more than a packet. */
const ROOT_CLOSED = new Error('the root element was closed');

const TOO_MANY = new Error('more attributes or elements than are read');

/** End of the first element of a text; null where it is not well-formed up to there. */
function parseElement(text: string, reader: RdfReader): number | 'too_many' | null {
  const parser = new SaxesParser({ xmlns: true, additionalNamespaces: USUAL_PREFIXES });
  const plain = text.replace(CONTROLS, ' ');
  let depth = 0;
  let faults = 0;
  let attributes = 0;
  let elements = 0;
  parser.on('attribute', () => {
    if (++attributes > ATTRIBUTES_MAX) throw TOO_MANY;
  });
  parser.on('error', (error) => {
    if (++faults > HARMLESS_MAX || !HARMLESS.test(error.message)) throw error;
  });
  parser.on('opentag', (tag) => {
    if (++depth > DEPTH_MAX) throw new Error('nested too deep');
    if (++elements > ELEMENTS_MAX) throw TOO_MANY;
    reader.open(tag);
  });
  parser.on('text', (value) => reader.text(value));
  parser.on('cdata', (value) => reader.text(value));
  parser.on('closetag', ({ name, isSelfClosing }) => {
    // The parser reports an element that another's end tag closes before it reports the error.
    const isOwnEnd = isSelfClosing || plain.startsWith(`</${name}`, plain.lastIndexOf('<', parser.position - 1));
    if (!isOwnEnd) throw new Error(`${name} is closed by another name`);
    reader.close();
    // Whatever follows the root (padding, a cut instruction, another packet) is not this element's.
    if (--depth === 0) throw ROOT_CLOSED;
  });
  try {
    parser.write(plain).close();
  } catch (error) {
    if (error === ROOT_CLOSED) return parser.position;
    if (error === TOO_MANY) return 'too_many';
  }
  return null;
}

type Place = 'outside' | 'rdf' | 'node' | 'property' | 'ignored';

/** An element within a property, with its text and children. */
interface ValueNode {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: ValueNode[];
  text: string;
}

/** Collects the properties of nodes (`rdf:Description`) from a parser's events, and nothing else. */
class RdfReader {
  opened = false;
  closed = false;
  readonly #places: Place[] = [];
  readonly #values: ValueNode[] = [];
  readonly #pending: [string, string][] = [];
  #kept = 0;

  readonly #properties: Map<string, string>;

  constructor(properties: Map<string, string>) {
    this.#properties = properties;
  }

  open(tag: SaxesTagNS): void {
    const name = nameOf(tag);
    const place = this.#placeOf(name);
    this.#places.push(place);
    if (place === 'rdf' || place === 'node') this.opened = true;
    if (place === 'node') {
      for (const [attribute, value] of attributesOf(tag)) this.#pending.push([attribute, value]);
    }
    if (place !== 'property') return;
    const node: ValueNode = { name, attributes: attributesOf(tag), children: [], text: '' };
    const parent = this.#values.at(-1);
    if (parent === undefined) this.#kept = 0;
    if (++this.#kept <= VALUE_NODES_MAX) parent?.children.push(node);
    this.#values.push(node);
  }

  text(text: string): void {
    const value = this.#values.at(-1);
    if (value !== undefined) value.text += text;
  }

  close(): void {
    const place = this.#places.pop();
    if (place === 'property') {
      const value = this.#values.pop();
      const text = value === undefined || this.#values.length > 0 ? null : textOf(value);
      if (value !== undefined && text !== null) this.#pending.push([value.name, text]);
    }
    const isWhole =
      place === 'rdf' || (place === 'node' && !this.#places.includes('rdf') && !this.#places.includes('node'));
    if (isWhole) this.#commit();
  }

  #commit(): void {
    this.closed = true;
    for (const [name, value] of this.#pending) {
      if (value.trim() !== '' && !this.#properties.has(name)) this.#properties.set(name, value);
    }
    this.#pending.length = 0;
  }

  #placeOf(name: string): Place {
    const parent = this.#places.at(-1) ?? 'outside';
    if (parent === 'property' || parent === 'ignored') return parent;
    if (parent === 'rdf' || name === 'rdf:Description') return 'node';
    if (parent === 'outside') return name === 'rdf:RDF' ? 'rdf' : 'outside';
    return name.includes(':') ? 'property' : 'ignored';
  }
}

/** A name such as `exif:GPSLatitude`; the local name alone where the namespace is not one that is read. */
function nameOf({ uri, local }: Pick<SaxesAttributeNS, 'uri' | 'local'>): string {
  const prefix =
    NAMESPACES[
      uri
        .trim()
        .toLowerCase()
        .replace(/^https?:\/\//, '')
        .replace(/[/#]+$/, '')
    ];
  return prefix === undefined ? local : `${prefix}:${local}`;
}

function attributesOf(tag: SaxesTagNS): ReadonlyMap<string, string> {
  return new Map(Object.values(tag.attributes).map((attribute) => [nameOf(attribute), attribute.value]));
}

/**
 * The text of a property: of its list's items, of its `rdf:value` (also within a nested node), its `rdf:resource`, or its
 * own. Of alternatives the one for `x-default` counts, else the first (XMP specification part 1, 7.4 to 7.9).
 */
function textOf(node: ValueNode): string | null {
  for (const child of node.children) {
    const items = child.children.filter(({ name }) => name === 'rdf:li');
    if (child.name === 'rdf:Alt') {
      const chosen = items.find(({ attributes }) => attributes.get('xml:lang')?.toLowerCase() === 'x-default');
      const text = [chosen, ...items].map((item) => item && textOf(item)).find((one) => one != null);
      if (text != null) return text;
    } else if (child.name === 'rdf:Seq' || child.name === 'rdf:Bag') {
      const texts = items.map(textOf).filter((text) => text !== null);
      if (texts.length > 0) return texts.join(', ');
    } else if (child.name === 'rdf:value' || child.name === 'rdf:Description') {
      const text = textOf(child);
      if (text !== null) return text;
    }
  }
  const own = [
    node.attributes.get('rdf:value'),
    node.attributes.get('rdf:resource'),
    node.attributes.get('resource'),
    node.text,
  ];
  return own.find((text) => text !== undefined && text.trim() !== '') ?? null;
}
