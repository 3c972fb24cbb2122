/** An element of an XML document, without its attributes. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

/** A declaration, a comment, a CDATA section, the end or start of an element, or text. */
const TOKEN =
  /<\?[^]*?\?>|<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<\/([\w:.-]+)\s*>|<([\w:.-]+)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|([^<]+)/y;

/**
 * @returns The root element; `undefined` if a document is incomplete or not well-formed.
 */
export function parseXml(document: string): XmlElement | undefined {
  const top = open("");
  const stack = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const match = TOKEN.exec(document);
    if (match === null) return undefined;
    const [, cdata, end, start, isEmpty, raw] = match;
    const current = stack.at(-1)!;
    if (start !== undefined) {
      const element = open(start);
      current.children.push(element);
      if (!isEmpty) stack.push(element);
    } else if (end !== undefined) {
      if (stack.length === 1 || current.name !== end) return undefined;
      stack.pop();
    } else {
      const text = cdata ?? (raw === undefined ? "" : unescapeXml(raw));
      if (text === undefined) return undefined;
      current.text += text;
    }
  }
  const { children: [root, ...others], text } = top;
  return stack.length === 1 && others.length === 0 && text.trim() === ""
    ? root
    : undefined;
}

/** The text of the first child with a name. */
export function childText(
  element: XmlElement | undefined,
  name: string,
): string | undefined {
  return element?.children.find((it) => it.name === name)?.text;
}

function open(name: string) {
  return { name, children: [] as XmlElement[], text: "" };
}

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** Replaces the entities in a text; `undefined` if one isn't predefined in XML. */
function unescapeXml(text: string): string | undefined {
  if (!text.includes("&")) return text;
  let isSound = true;
  const replaced = text.replace(
    /&(?:(\w+);|#(\d+);|#x([\da-f]+);)?/gi,
    (_, name?: string, decimal?: string, hex?: string) => {
      const code = decimal === undefined
        ? parseInt(hex ?? "", 16)
        : Number(decimal);
      const character = name !== undefined && Object.hasOwn(NAMED, name)
        ? NAMED[name]
        : code <= 0x10ffff
        ? String.fromCodePoint(code)
        : undefined;
      isSound &&= character !== undefined;
      return character ?? "";
    },
  );
  return isSound ? replaced : undefined;
}
