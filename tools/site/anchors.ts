/**
 * The anchors that GitHub gives a page's headings, which links in texts use.
 *
 * @module
 */

/**
 * Makes the anchors of one page. Call the result with each heading's Markdown, in the
 * order of the page: equal headings get a number.
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
