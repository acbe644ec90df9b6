const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/** A packet as most programs write it, of attributes and child elements of one description. */
export function xmpPacket(attributes: string, body = ''): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}"><rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" ${attributes}>${body}</rdf:Description></rdf:RDF></x:xmpmeta>`;
}
