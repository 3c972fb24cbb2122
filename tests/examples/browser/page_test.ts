import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { QuantizedNetwork } from "../../../src/model/mod.ts";
import { answerOf } from "./answer.ts";
import { wholeWordNetwork } from "../../backends/webgpu/whole_word_network.ts";
import { buildPage } from "./built_page.ts";
import {
  ANSWER,
  choose,
  givePhotos,
  INSECURE_HOST,
  pageTest,
  shown,
  visit,
} from "./chromium.ts";
import { usePage } from "./shared_page.ts";
import { give } from "./in_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
const PHOTO_PATH = fileURLToPath(PHOTO);

/** The options that the page uses. */
const INT8 = { precision: "int8", activationBits: 7 } as const;

const shared = usePage();

for (const isolated of [true, false]) {
  const where = isolated ? "an isolated page" : "a page that isn't isolated";
  pageTest(`${where} gives the same bytes as Deno`, async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      isolated,
    });
    const { page } = visited;
    await givePhotos(page, PHOTO_PATH);
    for (const variant of ["full", "low151", "low79"] as const) {
      await choose(page, "variant", variant);
      const { classes, facts } = await shown(page, ANSWER);
      assert.deepEqual(
        classes,
        await answerOf(shared.built.network, PHOTO, { variant, ...INT8 }),
      );
      assert.equal(facts.Precision, "int8, 7 bits");
      assert.match(facts.Time!, /^[\d.]+ ms$/);
      assert.match(facts.Memory!, /^[\d.]+ MiB$/);
      assert.match(
        facts.Backend!,
        isolated
          ? /^wasm: .* \d threads$/
          : /^wasm: .* 1 thread \(.*must be cross-origin isolated\)$/,
      );
    }
  });

  pageTest(`${where} runs tfjs on WASM`, async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      isolated,
    });
    const { page } = visited;
    await givePhotos(page, PHOTO_PATH);
    await choose(page, "backend", "tfjs-wasm");
    const { classes, facts } = await shown(page, ANSWER);
    assert.match(facts.Backend!, /^wasm: tfjs /);
    assert.equal(facts.Precision, "f32");
    assert.match(facts.Memory!, /^up to [\d.]+ MiB$/);
    const expected = await answerOf(shared.built.network, PHOTO, {
      precision: "f32",
    });
    assert.equal(classes.length, expected.length);
    for (const [i, { label, probability }] of classes.entries()) {
      assert.equal(label, expected[i]!.label);
      assert.ok(Math.abs(probability - expected[i]!.probability) < 1e-4);
    }
  });
}

pageTest(
  "the page shows the labels of a sigmoid that are likely, or says that none is",
  async () => {
    const network = await wholeWordNetwork();
    for (const isLikely of [true, false]) {
      const shift = isLikely ? 0 : -1000;
      const sigmoid: QuantizedNetwork = {
        ...network,
        architecture: { ...network.architecture, activation: "sigmoid" },
        quantized(name) {
          const layer = network.quantized(name);
          return name === "Logits"
            ? { ...layer, bias: layer.bias.map((it) => it + shift) }
            : layer;
        },
      };
      await using built = await buildPage(sigmoid);
      await using visited = await visit(shared.browser, built.folder);
      const { page } = visited;
      await givePhotos(page, PHOTO_PATH);
      const { classes, problem } = await shown(
        page,
        isLikely ? ANSWER : /^No label reaches 50%$/,
      );
      assert.equal(problem, "");
      const expected = await answerOf(sigmoid, PHOTO, INT8);
      assert.deepEqual(classes, expected);
      assert.equal(classes.length > 0, isLikely);
    }
  },
);

pageTest("the page takes the size that a model was made for", async () => {
  const network = await wholeWordNetwork();
  await using built = await buildPage({ ...network, variant: "low79" });
  await using visited = await visit(shared.browser, built.folder);
  const { page } = visited;
  await givePhotos(page, PHOTO_PATH);
  const { classes } = await shown(page, ANSWER);
  const options = { variant: "low79", ...INT8 } as const;
  assert.deepEqual(classes, await answerOf(network, PHOTO, options));
});

pageTest("the page runs on WebGPU, without tfjs", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page, requests } = visited;
  await givePhotos(page, PHOTO_PATH);
  await choose(page, "backend", "webgpu");
  const { classes, facts } = await shown(page, ANSWER);
  assert.match(facts.Backend!, /^webgpu: /);
  assert.equal(facts.Precision, "int8, 7 bits");
  const expected = await answerOf(shared.built.network, PHOTO, INT8);
  assert.equal(classes.length, expected.length);
  for (const { label, probability } of classes) {
    const same = expected.find((it) => it.label === label)!;
    assert.ok(Math.abs(probability - same.probability) < 0.01, label);
  }
  assert.ok(!requests.some((it) => /dist-|tfjs/.test(it)), `${requests}`);
});

pageTest(
  "the page runs where nothing can be kept, as it came without TLS",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      host: INSECURE_HOST,
    });
    const { page } = visited;
    await givePhotos(page, PHOTO_PATH);
    const { classes, facts } = await shown(page, ANSWER);
    assert.deepEqual(
      classes,
      await answerOf(shared.built.network, PHOTO, INT8),
    );
    assert.match(facts.Backend!, /1 thread \(/);
    assert.equal(await page.locator("#offline").textContent(), "");
  },
);

pageTest("a photo may be pasted, dropped, or be a sample", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page } = visited;
  const expected = await answerOf(shared.built.network, PHOTO, INT8);
  const photos = [(await Deno.readFile(PHOTO)).toBase64()];
  for (const kind of ["paste", "drop"] as const) {
    await page.evaluate(give, { kind, photos });
    assert.deepEqual((await shown(page, ANSWER)).classes, expected);
    await page.reload();
  }
  await page.getByRole("button", { name: "A drum" }).click();
  assert.deepEqual((await shown(page, ANSWER)).classes, expected);
});

pageTest("what isn't a file is told to be none", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page } = visited;
  for (const kind of ["paste", "drop"] as const) {
    await page.evaluate(give, { kind, photos: [] });
    await shown(page, /^There is no photo in that/);
    await page.reload();
  }
});

pageTest(
  "all of the page can be reached and used by the keyboard",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await shown(page, /^Ready/);
    const focused = page.locator(":focus");
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Tab");
    assert.equal(await focused.getAttribute("id"), "file");
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(PHOTO_PATH);
    const { classes } = await shown(page, ANSWER);
    await page.keyboard.press("Tab");
    assert.equal(await focused.getAttribute("id"), "watch");
    for (const { label } of classes) {
      await page.keyboard.press("Tab");
      assert.match(await focused.textContent() ?? "", new RegExp(`^${label} `));
    }
    await page.keyboard.press("Tab");
    assert.equal(await focused.textContent(), "How it runs");
    await page.keyboard.press("Enter");
    for (
      const [kind, value] of [["backend", "tfjs-wasm"], ["variant", "full"]]
    ) {
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      assert.equal(await focused.getAttribute("name"), kind);
      assert.equal(await focused.getAttribute("value"), value);
      assert.ok(await focused.isChecked());
      await shown(page, ANSWER);
    }
  },
);

pageTest(
  "a tap on a class shows where it is seen, another the photo",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await givePhotos(page, PHOTO_PATH);
    const { classes } = await shown(page, ANSWER);
    const { label } = classes[1]!;
    const button = page.getByRole("button", { name: label });
    const map = page.locator("#map");
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    await page.getByText("Tap a class to see where").waitFor();
    await button.click();
    await shown(page, new RegExp(`^Lit up: what speaks for ${label}$`));
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    assert.match(
      await map.getAttribute("aria-label") ?? "",
      new RegExp(`^Map over the photo: .* for ${label}( is .*)?$`),
    );
    assert.ok(await map.isVisible());
    await button.press("Enter");
    await shown(page, ANSWER);
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    assert.ok(!await map.isVisible());
  },
);

pageTest("several models are a choice", async () => {
  const other = await wholeWordNetwork();
  await using built = await buildPage(shared.built.network, {
    ...other,
    labels: other.labels.map((_, i) => `Other_thing_${i}`),
  });
  await using visited = await visit(shared.browser, built.folder);
  const { page } = visited;
  await givePhotos(page, PHOTO_PATH);
  const first = (await shown(page, ANSWER)).classes;
  assert.deepEqual(first, await answerOf(shared.built.network, PHOTO, INT8));
  await page.getByRole("group", { name: "Model" }).getByRole("radio").nth(1)
    .check();
  const { classes, status } = await shown(page, /Other thing/);
  assert.ok(classes.every(({ label }) => label.startsWith("Other_thing_")));
  assert.match(status, /^(Not sure. Perhaps )?Other thing \d/);
  assert.match(
    await page.locator("#purpose").textContent() ?? "",
    /Other thing/,
  );
});
