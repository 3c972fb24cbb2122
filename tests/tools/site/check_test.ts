import assert from "node:assert/strict";
import { findDeadLinks } from "../../../tools/site/check.ts";
import { temporaryFolder } from "../../weights/store/temporary_folder.ts";

Deno.test("findDeadLinks() passes links of each kind that work", async () => {
  assert.deepEqual(
    await deadIn({
      "index.html":
        '<link rel="icon" href="icon.svg"><a href="docs/a.html#b">b</a><a href="docs/">d</a><a href="#c">c</a><p id="c">',
      "docs/index.html": '<a href="../">home</a><a class="x" href="">here</a>',
      "docs/a.html":
        '<h2 id="b"><a href="https://example.org/a?b#c">x</a><img alt="" src="../i.png?v=1">',
      "icon.svg": "",
      "i.png": "",
    }),
    [],
  );
});

for (
  const [what, html, fault] of [
    ["a missing page", '<a href="nowhere.html">', /isn't there$/],
    ["a missing anchor", '<a href="#nowhere">', /has no such anchor$/],
    ["another page's anchor", '<a href="a.html#x">', /has no such anchor$/],
    ["a missing image", '<img src="nowhere.png">', /isn't there$/],
    ["an image from elsewhere", '<img src="https://e.org/a">', /of this site$/],
    ["a page without encryption", '<a href="http://e.org/">', /isn't https$/],
    ["the root", '<a href="/a.html">', /isn't at the root$/],
  ] as const
) {
  Deno.test(`findDeadLinks() finds ${what}`, async () => {
    const [dead, ...others] = await deadIn({
      "index.html": html,
      "a.html": "",
    });
    assert.match(dead ?? "", fault);
    assert.deepEqual(others, []);
  });
}

async function deadIn(
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/docs`);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder.path}/${name}`, text);
  }
  return findDeadLinks(folder.path);
}
