import assert from "node:assert/strict";
import { linkBetween, readPages, titleIn } from "../../../tools/site/pages.ts";
import { ROOT, textsIn } from "../../docs/texts.ts";

Deno.test("every text in docs has a place in the site's navigation", () => {
  const pages = readPages(ROOT); // Throws if a text has no place.
  assert.deepEqual(
    pages.map(({ file }) => file).sort(),
    ["README.md", ...textsIn("docs/")].sort(),
  );
  assert.equal(pages[0]?.path, "index.html");
});

Deno.test("titleIn() gives the first heading, and refuses a page without one", () => {
  const page = { file: "a.md", path: "a.html" };
  const markdown = "<!-- # -->\n\n# One\n\n# Two\n";
  assert.equal(titleIn({ ...page, markdown }), "One");
  assert.throws(() => titleIn({ ...page, markdown: "## Part\n" }), {
    message: "Cannot show a.md as it has no title",
  });
});

Deno.test("linkBetween() gives a relative link", () => {
  assert.equal(linkBetween("index.html", "docs/a.html"), "docs/a.html");
  assert.equal(linkBetween("docs/a.html", "index.html"), "../index.html");
  assert.equal(linkBetween("docs/a/b.html", "docs/c.html"), "../c.html");
});
