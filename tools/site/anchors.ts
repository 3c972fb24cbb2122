/**
 * The anchors of a page's headings as GitHub assigns them, which links use.
 *
 * @module
 */

/**
 * Makes a function that assigns the anchors of one page. Call it with each heading's
 * Markdown, in page order: equal headings get a number.
 */
export function anchorNamer(): (heading: string) => string {
  const taken = new Set<string>();
  return (heading) => {
    const name = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let unique = name;
    for (let i = 1; taken.has(unique); i++) unique = `${name}-${i}`;
    taken.add(unique);
    return unique;
  };
}
