/**
 * The HTML page around the content.
 *
 * @module
 */
import { REPOSITORY } from "../npm/manifest.ts";
import { escape } from "./html.ts";
import type { Content } from "./markdown.ts";
import { GROUPS, linkBetween, type Page, titleIn } from "./pages.ts";

/** Allows nothing from other sites, and no script but the site's own. */
const POLICY =
  "default-src 'none'; connect-src 'self'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

/** A page with its content. */
export interface PageContent extends Content {
  readonly page: Page;
}

/** Renders the whole page. */
export function pageHtml(
  content: PageContent,
  all: readonly PageContent[],
): string {
  const { page, html } = content;
  const to = (path: string) => escape(linkBetween(page.path, path));
  const title = titleIn(page);
  const isHome = page.path === "index.html";
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escape(descriptionOf(content))}">
<title>${isHome ? "Totem" : `${escape(title)} – Totem`}</title>
<link rel="icon" href="${to("icon.svg")}">
<link rel="stylesheet" href="${to("site.css")}">
<script type="module" src="${to("site.js")}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="name" href="${to("index.html")}"><img src="${
    to("icon.svg")
  }" alt="" width="28" height="28"> Totem</a>
<form id="search" role="search" hidden>
<input type="search" aria-label="Search the documentation" placeholder="Search" autocomplete="off">
</form>
<nav aria-label="Site">
<a class="menu" href="#pages">Pages</a>
<a href="${to("demo/index.html")}">Demo</a>
<a href="${to("api/index.html")}">API</a>
<a href="${REPOSITORY}">GitHub</a>
</nav>
</header>
<div id="found" role="region" aria-label="Search results" hidden>
<p role="status"></p>
<ol></ol>
</div>
<div class="columns">
<main id="content">
${html}</main>
${contents(content)}
<nav id="pages" aria-label="Pages">
${navigation(content, all, to)}
</nav>
</div>
<footer>
<a href="${REPOSITORY}/blob/main/${page.file}">This page on GitHub</a>
<a href="${REPOSITORY}/blob/main/LICENSE">Apache-2.0</a>
</footer>
</body>
</html>
`;
}

function navigation(
  { page }: PageContent,
  all: readonly PageContent[],
  to: (path: string) => string,
): string {
  const item = (it: PageContent, title = titleIn(it.page)) => {
    const current = it.page === page ? ' aria-current="page"' : "";
    // The parts of a page are indented below it.
    const isPart = /^docs\/.*\//.test(it.page.file);
    return `<li${isPart ? ' class="part"' : ""}><a href="${
      to(it.page.path)
    }"${current}>${escape(title)}</a></li>`;
  };
  return GROUPS.map(({ title, names }, i) => {
    const items = names.flatMap((name) =>
      all.filter(({ page: { file } }) =>
        file === `docs/${name}.md` || file.startsWith(`docs/${name}/`)
      )
    ).map((it) => item(it));
    if (i === 0) items.unshift(item(all[0]!, "Overview"));
    if (title === "Reference") {
      items.push(`<li><a href="${to("api/index.html")}">API</a></li>`);
    }
    return `<h2>${title}</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
  }).join("\n");
}

/** A table of contents, for pages with several headings. */
function contents({ sections }: PageContent): string {
  const items = sections.filter(({ depth }) => depth === 2).map((
    { anchor, title },
  ) => `<li><a href="#${anchor}">${escape(title)}</a></li>`);
  if (items.length < 2) return "";
  return `<nav class="contents" aria-label="On this page">
<h2>On this page</h2>
<ul>
${items.join("\n")}
</ul>
</nav>`;
}

/** The first sentence below the title. */
function descriptionOf({ sections }: PageContent): string {
  const text = sections.find(({ depth }) => depth === 1)?.text ?? "";
  return text.match(/^[^]*?[.!?](?=\s|$)/)?.[0].replaceAll("\n", " ") ?? "";
}
