import assert from "node:assert/strict";
import { linksOf } from "../../../tools/site/links.ts";
import type { Page } from "../../../tools/site/pages.ts";
import { ROOT } from "../../docs/texts.ts";

const page = (file: string, path: string): Page => ({
  file,
  path,
  markdown: `A comment\n\n# Title of ${file}\n\n## Part\n`,
});
const HOME = page("README.md", "index.html");
const API = page("docs/api.md", "docs/api.html");
const DEEP = page(
  "docs/architecture/kernels.md",
  "docs/architecture/kernels.html",
);
const PAGES = [HOME, API, DEEP];
const GITHUB = "https://github.com/totem/inception";

for (
  const [from, target, expected] of [
    [API, "../README.md", "../index.html"],
    [API, "../README.md#models", "../index.html#models"],
    [API, "architecture/kernels.md", "architecture/kernels.html"],
    [DEEP, "../api.md#a", "../api.html#a"],
    [HOME, `${GITHUB}/blob/main/docs/api.md#a`, "docs/api.html#a"],
    [API, "#a", "#a"],
    [API, "api.md#a", "#a"],
    [API, "../src/cli.ts", `${GITHUB}/blob/main/src/cli.ts`],
    [API, "../examples/photos/", `${GITHUB}/tree/main/examples/photos`],
    [
      API,
      "../CONTRIBUTING.md#tests",
      `${GITHUB}/blob/main/CONTRIBUTING.md#tests`,
    ],
    [API, "https://example.org/a#b", "https://example.org/a#b"],
  ] as const
) {
  Deno.test(`in ${from.file}, ${target} leads to ${expected}`, () => {
    assert.equal(linksOf(from, PAGES, ROOT).link(target), expected);
  });
}

for (
  const [from, target, text, expected] of [
    [HOME, "docs/api.md#a", "api.md", "Title of docs/api.md"],
    [DEEP, "../api.md", "api.md", "Title of docs/api.md"],
    [API, "architecture/kernels.md", "kernels", "kernels"],
    [API, "../CONTRIBUTING.md", "CONTRIBUTING.md", "CONTRIBUTING.md"],
    [API, "https://example.org/api.md", "api.md", "api.md"],
  ] as const
) {
  Deno.test(`in ${from.file}, the link to ${target} says ${expected}`, () => {
    assert.equal(linksOf(from, PAGES, ROOT).text(target, text), expected);
  });
}

Deno.test("images are the site's own", () => {
  const links = linksOf(API, PAGES, ROOT);
  assert.equal(links.image("page/dark.jpg"), "page/dark.jpg");
  assert.equal(
    linksOf(HOME, PAGES, ROOT).image(
      "https://raw.githubusercontent.com/totem/inception/main/docs/explained.jpg",
    ),
    "docs/explained.jpg",
  );
  assert.deepEqual([...links.images], ["docs/page/dark.jpg"]);
  assert.throws(() => links.image("https://example.org/a.png"), {
    message: /no images of others/,
  });
});

Deno.test("a link to a file that isn't there is an error", () => {
  assert.throws(() => linksOf(API, PAGES, ROOT).link("nowhere.md"), {
    name: "NotFound",
  });
});
