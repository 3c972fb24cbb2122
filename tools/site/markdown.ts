/**
 * Renders Markdown as HTML, with GitHub's anchors and highlighted code.
 *
 * @module
 */
import highlighter from "npm:highlight.js@11.12.0/lib/common";
import { Marked, Renderer, type Tokens } from "npm:marked@18.2.1";
import { anchorNamer } from "./anchors.ts";
import { escape, textOf } from "./html.ts";
import type { Links } from "./links.ts";

/** A section of a page, for the search and the table of contents. */
export interface Section {
  /** Empty above the first heading. */
  readonly anchor: string;
  readonly title: string;
  /** 1 is the page's title. */
  readonly depth: number;
  /** The text without markup. */
  readonly text: string;
}

/** A page's content. */
export interface Content {
  readonly html: string;
  readonly sections: readonly Section[];
}

/**
 * Renders a page.
 *
 * @throws {Error} If it links to a missing file.
 */
export function renderMarkdown(
  markdown: string,
  links: Pick<Links, "link" | "text" | "image">,
): Content {
  const anchorOf = anchorNamer();
  const sections: { -readonly [K in keyof Section]: Section[K] }[] = [];
  const marked = new Marked({
    renderer: {
      heading({ depth, text, tokens }) {
        const anchor = anchorOf(text);
        const html = this.parser.parseInline(tokens);
        sections.push({ anchor, title: textOf(html), depth, text: "" });
        const link = depth === 1
          ? ""
          : ` <a class="anchor" href="#${anchor}" aria-label="Link to ${
            escape(textOf(html))
          }">#</a>`;
        return `<h${depth} id="${anchor}">${html}${link}</h${depth}>\n`;
      },
      code: ({ text, lang = "" }) => codeBlock(text, lang),
      link({ href, title, text, tokens }) {
        const shown = links.text(href, text);
        const html = shown === text
          ? this.parser.parseInline(tokens)
          : escape(shown);
        const about = title ? ` title="${escape(title)}"` : "";
        return `<a href="${escape(links.link(href))}"${about}>${html}</a>`;
      },
      image: ({ href, text }) =>
        `<img src="${escape(links.image(href))}" alt="${escape(text)}">`,
      table(token) {
        return tableBlock(Renderer.prototype.table.call(this, token), token);
      },
      html: ({ text }) => withoutComments(text),
    },
  });
  const tokens = marked.lexer(markdown);
  const parts = tokens.map((token) => {
    const html = marked.parser([token]);
    const last = sections.at(-1);
    const text = token.type === "heading" ? "" : textOf(html);
    if (last && text) last.text += `${text}\n`;
    return html;
  });
  return { html: parts.join(""), sections };
}

/** A wide table scrolls in its own box, also by keyboard. */
function tableBlock(html: string, { header }: Tokens.Table): string {
  const titles = header.map(({ text }) => text.replaceAll("`", ""));
  const name = `Table: ${titles.filter((it) => it !== "").join(", ")}`;
  // Header cells must not be empty.
  const table = html.replaceAll(/<th[^>]*><\/th>/g, "<td></td>");
  return `<div class="wide" tabindex="0" role="group" aria-label="${
    escape(name)
  }">${table}</div>\n`;
}

/** A block without a language is output: it is neither run nor copied. */
function codeBlock(text: string, info: string): string {
  const [language = ""] = info.split(/\s/);
  const known = highlighter.getLanguage(language);
  const html = known
    ? highlighter.highlight(text, { language }).value
    : escape(text);
  const about = language ? ` class="language-${escape(language)}"` : "";
  return `<pre tabindex="0"><code${about}>${html}\n</code></pre>\n`;
}

function withoutComments(html: string): string {
  const rest = html.replaceAll(/<!--[^]*?-->/g, "").trim();
  if (rest !== "") {
    throw new Error(`Cannot show ${rest} as pages are Markdown without HTML`);
  }
  return "";
}
