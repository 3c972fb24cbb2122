/** Several photos at once, and the live camera. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { load } from "../../../mod.ts";
import { className, percent } from "../../../examples/browser/words.js";
import {
  ANSWER,
  choose,
  givePhotos,
  pageTest,
  shown,
  visit,
} from "./chromium.ts";
import { usePage } from "./shared_page.ts";
import {
  give,
  readShown,
  recordedStatuses,
  recordStatuses,
} from "./in_page.ts";

const PHOTOS = new URL("../../../examples/photos/", import.meta.url);
const INT8 = { precision: "int8", activationBits: 7 } as const;

const shared = usePage();

const names = Array.from(Deno.readDirSync(PHOTOS), ({ name }) => name)
  .filter((it) => it.endsWith(".jpg")).sort();

pageTest(
  "twenty photos that are dropped are all classified, with how far it is",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    const twenty = Array.from(
      { length: 20 },
      (_, i) => names[i % names.length]!,
    );
    const photos = await Promise.all(
      twenty.map(async (it) =>
        (await Deno.readFile(new URL(it, PHOTOS))).toBase64()
      ),
    );
    await page.evaluate(recordStatuses);
    await page.evaluate(give, { kind: "drop" as const, photos });
    await shown(page, /^20 photos: /);
    const told = await page.evaluate(recordedStatuses);
    const count =
      told.filter((it) => /^\d+ of 20 photos done$/.test(it)).length;
    assert.ok(count >= 20, `${told}`);
    const tiles = await page.locator("#tiles button").allTextContents();
    using classifier = await load(shared.built.network, {
      backend: "wasm",
      ...INT8,
    });
    assert.equal(tiles.length, 20);
    for (const [i, name] of twenty.entries()) {
      const photo = await Deno.readFile(new URL(name, PHOTOS));
      const [best] = await classifier.classify(photo);
      assert.equal(
        tiles[i],
        `${className(best!.label)} ${percent(best!.probability)}`,
      );
    }
  },
);

pageTest(
  "one of several photos is opened with its own answer, and closed again",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await givePhotos(
      page,
      ["fig.jpg", "drum.jpg"].map((it) => fileURLToPath(new URL(it, PHOTOS))),
    );
    await shown(page, /^2 photos: /);
    using classifier = await load(shared.built.network, {
      backend: "wasm",
      ...INT8,
    });
    for (const [i, name] of ["fig.jpg", "drum.jpg"].entries()) {
      await page.locator("#tiles button").nth(i).click();
      const { classes } = await shown(page, ANSWER);
      const photo = await Deno.readFile(new URL(name, PHOTOS));
      const expected = await classifier.classify(photo);
      assert.deepEqual(
        classes,
        expected.map(({ label, probability }) => ({ label, probability })),
      );
      await page.locator("#classes button").first().click();
      await shown(page, /^Lit up/);
      await page.getByRole("button", { name: "All photos" }).click();
      await shown(page, /^2 photos: /);
    }
    await choose(page, "variant", "low79");
    await shown(page, /^2 photos: /);
  },
);

pageTest(
  "a photo that can't be read doesn't keep the others from it",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    const photo = await Deno.readFile(new URL("drum.jpg", PHOTOS));
    const files = [
      ["cut.jpg", photo.subarray(0, 10_000)],
      ["text.jpg", new TextEncoder().encode("words")],
      ["drum.jpg", photo],
    ] as const;
    await givePhotos(
      page,
      files.map(([name, bytes]) => ({
        name,
        mimeType: "image/jpeg",
        buffer: Buffer.from(bytes),
      })),
    );
    const { status } = await shown(page, /^3 photos: /);
    assert.match(status, /not readable 2/);
    const tiles = page.locator("#tiles button");
    for (
      const [i, words] of [/^This photo is damaged/, /^This isn't a photo/]
        .entries()
    ) {
      await tiles.nth(i).click();
      const { classes, problem } = await shown(page, words);
      assert.match(problem, words);
      assert.deepEqual(classes, []);
      await page.getByRole("button", { name: "All photos" }).click();
    }
    await tiles.nth(2).click();
    const { problem } = await shown(page, ANSWER);
    assert.equal(problem, "");
  },
);

pageTest(
  "the live camera is classified until it is stopped, and a picture can be kept",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      context: { permissions: ["camera"] },
    });
    const { page } = visited;
    await shown(page, /^Ready/);
    const watch = page.getByRole("button", { name: "Live camera" });
    await watch.click();
    await shown(page, /^Looking live$/);
    await page.getByText(/^Live, [\d.]+ frames a second$/).waitFor();
    assert.equal(await page.locator("#classes li").count(), 5);
    assert.equal(await page.locator("#classes button").count(), 0);
    await choose(page, "variant", "low79");
    await shown(page, /^Looking live$/);
    const isOn = () =>
      page.locator("#video").evaluate((it) =>
        (it as HTMLVideoElement).srcObject !== null
      );
    assert.ok(await isOn());
    await page.getByRole("button", { name: "Stop" }).click();
    await shown(page, /^Ready/);
    assert.ok(!await isOn());
    assert.equal(await page.locator("#classes li").count(), 0);
    await watch.click();
    await shown(page, /^Looking live$/);
    await page.getByRole("button", { name: "Keep this picture" }).click();
    const { classes } = await shown(page, ANSWER);
    assert.ok(!await isOn());
    assert.equal(classes.length, 5);
    await page.locator("#classes button").first().click();
    await shown(page, /^Lit up/);
  },
);

pageTest(
  "a picture that is kept and a sample don't replace what comes meanwhile",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      context: { permissions: ["camera"] },
      prepare: (page) => page.addInitScript(holdImages),
    });
    const { page } = visited;
    await shown(page, /^Ready/);
    await page.getByRole("button", { name: "A drum" }).click();
    await page.waitForFunction("held.length === 1");
    await page.getByRole("button", { name: "Live camera" }).click();
    await shown(page, /^Looking live$/);
    await page.evaluate(releaseImages);
    assert.match((await page.evaluate(readShown)).status, /^Looking live$/);

    await page.getByRole("button", { name: "Keep this picture" }).click();
    await page.waitForFunction("held.length === 1");
    await givePhotos(page, fileURLToPath(new URL("fig.jpg", PHOTOS)));
    const { status } = await shown(page, ANSWER);
    await page.evaluate(releaseImages);
    assert.equal((await page.evaluate(readShown)).status, status);
  },
);

/** Runs in the page, before it loads: holds samples and pictures of the camera. */
function holdImages() {
  const held: (() => void)[] = [];
  const { fetch } = globalThis;
  const { prototype } = HTMLCanvasElement;
  const { toBlob } = prototype;
  Object.assign(globalThis, {
    held,
    async fetch(address: string) {
      const response = await fetch(address);
      if (`${address}`.includes("/samples/")) {
        const blob = await response.blob();
        await new Promise<void>((resolve) => held.push(resolve));
        response.blob = () => Promise.resolve(blob);
      }
      return response;
    },
  });
  prototype.toBlob = function (done, ...rest) {
    toBlob.call(this, (blob) => held.push(() => done(blob)), ...rest);
  };
}

/** Runs in the page: releases what is held, and lets the page work on it. */
async function releaseImages() {
  const { held } = globalThis as unknown as { held: (() => void)[] };
  for (const release of held.splice(0)) release();
  await new Promise((resolve) => setTimeout(resolve));
}

pageTest(
  "where the camera is denied the page says so, and goes on",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await shown(page, /^Ready/);
    await page.getByRole("button", { name: "Live camera" }).click();
    await shown(page, /^The camera isn't allowed here/);
    await givePhotos(page, fileURLToPath(new URL("drum.jpg", PHOTOS)));
    const { problem } = await shown(page, ANSWER);
    assert.equal(problem, "");
  },
);
