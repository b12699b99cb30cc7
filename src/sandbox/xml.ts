/** The content of an element: text, or elements in order. Undefined leaves the element out. */
export type Xml = string | number | readonly XmlElement[] | undefined;

/** An element: its name, its content, and its attributes as they stand in the tag. */
type XmlElement = readonly [name: string, content: Xml, attributes?: string];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const write = ([name, content, attributes = '']: XmlElement): string => {
  if (content === undefined) return '';
  const inner =
    typeof content === 'object'
      ? content.map(write).join('')
      : String(content).replaceAll(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
  const tag = attributes === '' ? name : `${name} ${attributes}`;
  return inner === '' ? `<${tag}/>` : `<${tag}>${inner}</${name}>`;
};

/** An XML document in UTF-8 with this root. */
export const xmlDocument = (root: XmlElement): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${write(root)}`;
