import assert from "node:assert/strict";
import { renderMarkdown } from "../../../tools/site/markdown.ts";

const LINKS = {
  link: (target: string) => `link:${target}`,
  text: (target: string, text: string) => target === text ? "K & *L*" : text,
  image: (target: string) => `image:${target}`,
};

Deno.test("renderMarkdown() gives headings anchors, and sections their text", () => {
  const { html, sections } = renderMarkdown(
    "# Title\n\nFirst *words*.\n\n## `a` & b\n\n- one\n- two\n\n## Last\n",
    LINKS,
  );
  assert.match(html, /<h1 id="title">Title<\/h1>/);
  assert.match(
    html,
    /<h2 id="a--b"><code>a<\/code> &amp; b <a class="anchor" href="#a--b"/,
  );
  assert.deepEqual(sections, [
    { anchor: "title", title: "Title", depth: 1, text: "First words.\n" },
    { anchor: "a--b", title: "a & b", depth: 2, text: "one two\n" },
    { anchor: "last", title: "Last", depth: 2, text: "" },
  ]);
});

Deno.test("renderMarkdown() asks where links and images lead, and what links say", () => {
  const { html } = renderMarkdown(
    '[A](a.md "b") and [R][r] ![I & J](i.jpg) [k.md](k.md)\n\n[r]: r.md',
    LINKS,
  );
  assert.match(html, /<a href="link:a\.md" title="b">A<\/a>/);
  assert.match(html, /<a href="link:r\.md">R<\/a>/);
  assert.match(html, /<a href="link:k\.md">K &amp; \*L\*<\/a>/);
  assert.match(html, /<img src="image:i\.jpg" alt="I &amp; J">/);
});

Deno.test("renderMarkdown() highlights the languages that it knows", () => {
  const { html } = renderMarkdown(
    "```ts ignore why\nconst a = 1;\n```\n\n```\na < b\n```\n\n```http\nA: b\n```\n",
    LINKS,
  );
  assert.match(
    html,
    /<code class="language-ts"><span class="hljs-keyword">const<\/span>/,
  );
  assert.match(html, /<code class="language-http">A: b\n<\/code>/);
  assert.match(html, /<pre tabindex="0"><code>a &lt; b\n<\/code><\/pre>/);
});

Deno.test("renderMarkdown() lets a wide table scroll, and a heading without words is none", () => {
  const { html } = renderMarkdown("|  | `b` |\n| - | - |\n| 1 | 2 |\n", LINKS);
  assert.match(
    html,
    /^<div class="wide" tabindex="0" role="group" aria-label="Table: b"><table>\n<thead>\n<tr>\n<td><\/td>\n<th><code>b/,
  );
});

Deno.test("renderMarkdown() lets a table in a list scroll, too", () => {
  const { html } = renderMarkdown("- a\n\n  | b |\n  | - |\n  | 1 |\n", LINKS);
  assert.match(html, /<div class="wide"/);
});

Deno.test("renderMarkdown() leaves comments out, and refuses HTML", () => {
  assert.equal(renderMarkdown("<!-- x -->\n", LINKS).html, "");
  for (const html of ["<script>x()</script>\n", "a <b>c</b>\n"]) {
    assert.throws(() => renderMarkdown(html, LINKS), {
      message: /without HTML/,
    });
  }
});
