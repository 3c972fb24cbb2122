/**
 * Text in HTML.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  amp: "&",
};

/** Escapes text for HTML and attributes. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Decodes the text of an attribute, or of HTML without elements. */
export function unescape(html: string): string {
  return html.replaceAll(
    /&(?:#x([\da-f]+)|#(\d+)|(lt|gt|quot|amp));/gi,
    (_, hex, decimal, name) =>
      name
        ? ENTITIES[name.toLowerCase()]!
        : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)),
  );
}

/** The text content of HTML, in one line. */
export function textOf(html: string): string {
  return unescape(html.replaceAll(/<[^>]*>/g, "")).replaceAll(/\s+/g, " ")
    .trim();
}
