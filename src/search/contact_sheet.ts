import { assertArgument, isNumber } from "../argument.ts";

/** An image on a contact sheet. */
export interface SheetImage {
  /** The image's URL, relative to the page. */
  readonly src: string;
  /** The caption. */
  readonly name: string;
}

/**
 * Makes a page that shows an image and those similar to it: a complete HTML document
 * for light and dark screens, which needs only the image files. Names and URLs are
 * escaped.
 *
 * @param searched The image that was searched for; `null` if it has no file to show.
 * @throws {ArgumentError} When an image isn't a {@linkcode SheetImage}.
 */
export function contactSheet(
  searched: SheetImage | null,
  matches: readonly (SheetImage & { readonly similarity: number })[],
): string {
  assertImages(searched, matches);
  const title = searched === null
    ? "Similar images"
    : `Images similar to ${searched.name}`;
  const original = searched === null
    ? ""
    : figure("figure", searched, "searched for");
  const found = matches.map((match) =>
    figure("li", match, match.similarity.toFixed(3))
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escape(title)}</h1>
${original}<p>${
    matches.length === 0
      ? "The index has no images."
      : `${matches.length} found, most similar first. 1 is the same picture.`
  }</p>
<ol>
${found.join("")}</ol>
</body>
</html>
`;
}

function assertImages(searched: unknown, matches: unknown): void {
  const isImage = (it: Partial<SheetImage> | null) =>
    typeof it?.src === "string" && typeof it.name === "string";
  const cannot = "make a contact sheet";
  assertArgument(
    searched === null || isImage(searched as SheetImage),
    `${cannot} as the searched image must be { src, name } or null`,
    searched,
  );
  assertArgument(
    Array.isArray(matches) &&
      matches.every((it) =>
        isImage(it) && isNumber(it.similarity, Number.isFinite)
      ),
    `${cannot} as the matches must be an array of { src, name, similarity }`,
    matches,
  );
}

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.4 system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 80rem; padding: 0 1rem; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
ol { display: grid; gap: 1rem; list-style: none; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
figure { margin: 0; max-width: 20rem; }
img { aspect-ratio: 1; background: color-mix(in srgb, CanvasText 10%, Canvas);
  border-radius: .25rem; object-fit: contain; width: 100%; }
small { display: block; overflow-wrap: anywhere; }
`;

function figure(
  element: "figure" | "li",
  { src, name }: SheetImage,
  words: string,
): string {
  const caption = `<b>${words}</b> <small>${escape(name)}</small>`;
  const image = `<a href="${escape(src)}"><img loading="lazy" src="${
    escape(src)
  }" alt="${escape(name)}"></a>`;
  return element === "li"
    ? `<li>${image}${caption}</li>\n`
    : `<figure>${image}<figcaption>${caption}</figcaption></figure>\n`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
