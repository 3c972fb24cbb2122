/**
 * The parts of an SVG chart: one file without scripts or fonts, readable on light and
 * dark backgrounds (`prefers-color-scheme`).
 *
 * @module
 */

// Sizes in pixels.
const FONT_SIZE = 13;
const TITLE_SIZE = 16;
/** Around a chart. */
export const MARGIN = 16;
/** With the space below it. */
export const TITLE_HEIGHT = 36;
/** Of text or a bar. */
export const LINE = 22;
/** Between a label and what it names. */
export const GAP = 8;
/** A longer text is cut off; its tooltip has the whole of it. */
const MAX_CHARACTERS = 60;

const STYLE = `\
.totem-chart { font: ${FONT_SIZE}px system-ui, sans-serif }
.totem-chart text { dominant-baseline: central }
.totem-chart .title { font-size: ${TITLE_SIZE}px; font-weight: 600 }
.totem-chart .strong { font-weight: 600 }
.totem-chart .paper { fill: #ffffff }
.totem-chart .ink { fill: #1f2328 }
.totem-chart .faint { fill: #59636e }
.totem-chart .frame { fill: none; stroke: #d1d9e0 }
.totem-chart .right { fill: #0b57b8 }
.totem-chart .wrong { fill: #b34700 }
@media (prefers-color-scheme: dark) {
.totem-chart .paper { fill: #0d1117 }
.totem-chart .ink { fill: #f0f6fc }
.totem-chart .faint { fill: #9198a1 }
.totem-chart .frame { stroke: #3d444d }
.totem-chart .right { fill: #79b8ff }
.totem-chart .wrong { fill: #ffa657 }
}`;

/** The text of a chart's file; `right` and `bottom` are the ends of `parts` in pixels. */
export function svg(
  title: string,
  right: number,
  bottom: number,
  parts: readonly string[],
): string {
  const titleEnd = MARGIN + textWidth([title]) * TITLE_SIZE / FONT_SIZE;
  const w = Math.ceil(Math.max(right, titleEnd) + MARGIN);
  const h = Math.ceil(bottom + MARGIN);
  return `\
<svg xmlns="http://www.w3.org/2000/svg" class="totem-chart" role="img" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">
<title>${escaped(title)}</title>
<style>
${STYLE}
</style>
<rect class="paper" width="100%" height="100%"/>
${text(title, MARGIN, MARGIN + TITLE_SIZE / 2, `class="ink title"`)}
${parts.filter((it) => it !== "").join("\n")}
</svg>
`;
}

/** A text with its middle at the height `y`; it begins at `x` unless anchored. */
export function text(
  content: string,
  x: number,
  y: number,
  attributes: string,
): string {
  const place = `x="${rounded(x)}" y="${rounded(y)}"`;
  const shown = shortened(content);
  return shown === content
    ? `<text ${place} ${attributes}>${escaped(content)}</text>`
    : `<text ${place} ${attributes}>${escaped(shown)}<title>${
      escaped(content)
    }</title></text>`;
}

/** A text that runs upwards. */
export function upwards(
  content: string,
  x: number,
  y: number,
  attributes: string,
): string {
  const turn = `transform="rotate(-90 ${rounded(x)} ${rounded(y)})"`;
  return text(content, x, y, `${turn} ${attributes}`);
}

function shortened(content: string): string {
  const characters = [...content];
  return characters.length <= MAX_CHARACTERS
    ? content
    : `${characters.slice(0, MAX_CHARACTERS - 1).join("")}…`;
}

/** The width of the longest text in pixels, estimated: the reader's font isn't known. */
export function textWidth(texts: readonly string[]): number {
  const ems = texts.map((it) =>
    [...shortened(it)].reduce(
      (sum, character) => sum + (character < "\u1100" ? 0.58 : 1),
      0,
    )
  );
  return Math.ceil(Math.max(0, ...ems) * FONT_SIZE);
}

/** A text as XML, with U+FFFD for the characters that XML doesn't allow. */
export function escaped(content: string): string {
  return content.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A coordinate to two decimals. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
