/** A photo in every common format, and in those that only the browser can decode. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { className, percent } from "../../../examples/browser/words.js";
import { load } from "../../../mod.ts";
import { ANSWER, givePhotos, pageTest, shown, visit } from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const FOLDER = new URL("../../data/formats/", import.meta.url);

const shared = usePage();

pageTest(
  "a photo in every format has the answer of Deno, and is shown",
  async () => {
    const list = await Deno.readTextFile(new URL("files.json", FOLDER));
    const files: { file: string }[] = JSON.parse(list);
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await givePhotos(
      page,
      files.map(({ file }) => fileURLToPath(new URL(file, FOLDER))),
    );
    await shown(page, new RegExp(`^${files.length} photos: `));
    using classifier = await load(shared.built.network, {
      backend: "wasm",
      precision: "int8",
      activationBits: 7,
    });
    const tiles = await page.locator("#tiles button").allTextContents();
    for (const [i, { file }] of files.entries()) {
      const photo = await Deno.readFile(new URL(file, FOLDER));
      const [best] = await classifier.classify(photo);
      assert.equal(
        tiles[i],
        `${className(best!.label)} ${percent(best!.probability)}`,
        file,
      );
    }
    // Chromium doesn't support TIFF, for example: these pixels come from our own
    // decoder.
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>("#tiles img")]
        .every((it) => it.complete && it.naturalWidth > 0)
    );
    assert.equal(await page.locator("#tiles .blank").count(), 0);
    const tiff = files.findIndex(({ file }) => file === "orientation_6.tiff");
    await page.locator("#tiles button").nth(tiff).click();
    await shown(page, ANSWER);
    await page.locator("#classes button").first().click();
    await shown(page, /^Lit up/);
    const [map, photo] = await page.evaluate(() =>
      ["#map", "#preview"].map((it) => {
        const { width, height } = document.querySelector(it)!
          .getBoundingClientRect();
        return width / height;
      })
    );
    assert.ok(Math.abs(map! / photo! - 1) < 0.05, `${map}, ${photo}`);
  },
);

pageTest(
  "what only the browser draws is classified as it draws it",
  async () => {
    const svg = (size: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" ${size}><rect width="60" height="40" fill="#c40"/><circle cx="30" cy="20" r="15" fill="#08f"/></svg>`;
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    for (
      const size of [
        'width="60" height="40"',
        'width="12000" height="8000" viewBox="0 0 60 40"',
        'viewBox="0 0 60 40"',
        "",
      ]
    ) {
      await givePhotos(page, {
        name: "drawing.svg",
        mimeType: "image/svg+xml",
        buffer: Buffer.from(svg(size)),
      });
      const { problem, classes } = await shown(page, ANSWER);
      assert.equal(problem, "");
      assert.equal(classes.length, 5);
    }
    await page.locator("#classes button").first().click();
    await shown(page, /^Lit up/);
  },
);
