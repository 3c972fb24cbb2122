import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import type { QuantizedNetwork } from "../../../src/model/mod.ts";
import { largeWebpFile } from "../../image/webp/blank_webp.ts";
import { answerOf } from "./answer.ts";
import { wholeWordNetwork } from "../../backends/webgpu/whole_word_network.ts";
import { buildPage, type BuiltPage } from "./built_page.ts";
import {
  CHROMIUM,
  forget,
  INSECURE_HOST,
  launchChromium,
  pageTest,
  shown,
  visit,
} from "./chromium.ts";
import { animationOf, contrasts, give } from "./in_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
const PHOTO_PATH = fileURLToPath(PHOTO);
const IMAGES = new URL("../../data/images/", import.meta.url);
const ANSWER = /, \d+ percent$/;

let browser: Browser;
let narrow: BuiltPage;
Deno.test.beforeAll(async () => {
  narrow = await buildPage();
  if (CHROMIUM) browser = await launchChromium();
});
Deno.test.afterAll(async () => {
  await browser?.close();
  await narrow[Symbol.asyncDispose]();
});

for (const isolated of [true, false]) {
  const where = isolated ? "an isolated page" : "a page that isn't isolated";
  pageTest(`${where} gives the same bytes as Deno`, async () => {
    await using visited = await visit(browser, narrow.folder, { isolated });
    const { page } = visited;
    await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
    for (const variant of ["full", "low151", "low79"] as const) {
      await page.getByRole("radio", { name: variant }).check();
      const { classes, facts } = await shown(page, ANSWER);
      assert.deepEqual(
        classes,
        await answerOf(narrow.network, PHOTO, { variant, precision: "int8" }),
      );
      assert.equal(facts.Precision, "int8");
      assert.match(facts.Time!, /^[\d.]+ ms$/);
      assert.match(facts.Memory!, /^[\d.]+ MiB$/);
      assert.match(
        facts.Backend!,
        isolated
          ? /^wasm: .* \d threads$/
          : /^wasm: .* 1 thread \(.*must be cross-origin isolated\)$/,
      );
      await forget(page);
    }
  });

  pageTest(`${where} runs tfjs on WASM`, async () => {
    await using visited = await visit(browser, narrow.folder, { isolated });
    const { page } = visited;
    await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
    await page.getByRole("radio", { name: "tfjs WASM" }).check();
    await forget(page);
    const { classes, facts } = await shown(page, ANSWER);
    assert.match(facts.Backend!, /^wasm: tfjs /);
    assert.equal(facts.Precision, "f32");
    assert.match(facts.Memory!, /^up to [\d.]+ MiB$/);
    const expected = await answerOf(narrow.network, PHOTO, {
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
      await using visited = await visit(browser, built.folder);
      const { page } = visited;
      await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
      const { classes, problem } = await shown(
        page,
        isLikely ? ANSWER : /^No label reaches 50 percent$/,
      );
      assert.equal(problem, "");
      const expected = await answerOf(sigmoid, PHOTO, { precision: "int8" });
      assert.deepEqual(classes, expected);
      assert.equal(classes.length > 0, isLikely);
    }
  },
);

pageTest("the page takes the size that a model was made for", async () => {
  const network = await wholeWordNetwork();
  await using built = await buildPage({ ...network, variant: "low79" });
  await using visited = await visit(browser, built.folder);
  const { page } = visited;
  await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
  const { classes } = await shown(page, ANSWER);
  const options = { variant: "low79", precision: "int8" } as const;
  assert.deepEqual(classes, await answerOf(network, PHOTO, options));
});

pageTest("the page runs on WebGPU, without tfjs", async () => {
  await using visited = await visit(browser, narrow.folder);
  const { page, requests } = visited;
  await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
  await page.getByRole("radio", { name: "WebGPU" }).check();
  await forget(page);
  const { classes, facts } = await shown(page, ANSWER);
  assert.match(facts.Backend!, /^webgpu: /);
  assert.equal(facts.Precision, "int8");
  const expected = await answerOf(narrow.network, PHOTO, { precision: "int8" });
  assert.equal(classes.length, expected.length);
  for (const { label, probability } of classes) {
    const same = expected.find((it) => it.label === label)!;
    assert.ok(Math.abs(probability - same.probability) < 0.01, label);
  }
  assert.ok(!requests.some((it) => /dist-|tfjs/.test(it)), `${requests}`);
});

pageTest(
  "the page works and explains offline after its first visit, every format",
  async () => {
    await using visited = await visit(browser, narrow.folder);
    const { page } = visited;
    await page.getByText("From now on it works offline.").waitFor();
    await page.context().setOffline(true);
    await page.reload();
    await shown(page, /^Ready for a photo$/);
    await using large = await largeWebpFile();
    const names = ["color.jpg", "color.png", "lossy.webp", large.url.href];
    for (const name of names) {
      const photo = new URL(name, IMAGES);
      await page.getByLabel("Choose a photo").setInputFiles(
        fileURLToPath(photo),
      );
      const { classes, facts } = await shown(page, ANSWER);
      assert.deepEqual(
        classes,
        await answerOf(narrow.network, photo, { precision: "int8" }),
      );
      assert.match(facts.Backend!, /\d threads$/); // Still isolated.
      const { label } = classes[0]!;
      await page.getByRole("button", { name: label, exact: true }).click();
      await page.getByText(`The lighter, the more speaks for ${label}`)
        .waitFor();
      await forget(page);
    }
  },
);

pageTest(
  "the page downloads the model once, and tfjs when it is chosen",
  async () => {
    await using visited = await visit(browser, narrow.folder);
    const { page, requests } = visited;
    await page.getByText("From now on it works offline.").waitFor();
    const first = requests.length;
    const asked = (part: string) =>
      requests.slice(first).some((it) => it.includes(part));
    const downloaded = (part: string) =>
      requests.slice(first).some((it) => it.endsWith(part));
    await page.reload();
    await shown(page, /^Ready for a photo$/);
    assert.ok(asked("/worker.js"));
    assert.ok(asked("model.safetensors unchanged"));
    assert.ok(
      !downloaded("model.safetensors") && !asked("tfjs/"),
      `${requests}`,
    );
    await page.getByRole("radio", { name: "tfjs WASM" }).check();
    await forget(page);
    await shown(page, /^Ready for a photo$/);
    assert.ok(
      !downloaded("model.safetensors") && asked("tfjs/"),
      `${requests}`,
    );
  },
);

pageTest("the page tells in plain words what it can't do", async () => {
  await using visited = await visit(browser, narrow.folder);
  const { page } = visited;
  const input = page.getByLabel("Choose a photo");
  const heic = "\0\0\0\x18ftypheic\0\0\0\0mif1heic";
  const jpeg = await Deno.readFile(PHOTO);
  for (
    const [bytes, words] of [
      [new TextEncoder().encode(heic), /^This is a HEIC file: JPEG, PNG and/],
      [new TextEncoder().encode("no image"), /^This isn't a photo: JPEG, PNG/],
      [jpeg.subarray(0, 10_000), /^This photo is damaged or cut off\.$/],
    ] as const
  ) {
    const buffer = Buffer.from(bytes);
    await input.setInputFiles({ name: "it", mimeType: "image/heic", buffer });
    const { classes, status } = await shown(page, words);
    assert.equal(status, "");
    assert.deepEqual(classes, []);
  }
  // And goes on.
  await input.setInputFiles(PHOTO_PATH);
  const { problem } = await shown(page, ANSWER);
  assert.equal(problem, "");
});

pageTest("the page tells that the model can't be loaded", async () => {
  await using visited = await visit(browser, narrow.folder, { noModel: true });
  const { page } = visited;
  await shown(page, /^The model can't be downloaded\. Try again later\.$/);
});

pageTest(
  "the page runs where nothing can be kept, as it came without TLS",
  async () => {
    await using visited = await visit(browser, narrow.folder, {
      host: INSECURE_HOST,
    });
    const { page } = visited;
    await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
    const { classes, facts } = await shown(page, ANSWER);
    assert.deepEqual(
      classes,
      await answerOf(narrow.network, PHOTO, { precision: "int8" }),
    );
    assert.match(facts.Backend!, /1 thread \(/);
    assert.equal(await page.locator("#offline").textContent(), "");
  },
);

pageTest("a photo may be pasted or dropped", async () => {
  await using visited = await visit(browser, narrow.folder);
  const { page } = visited;
  const expected = await answerOf(narrow.network, PHOTO, { precision: "int8" });
  for (const kind of ["paste", "drop"] as const) {
    const bytes = (await Deno.readFile(PHOTO)).toBase64();
    await page.evaluate(give, { kind, bytes });
    assert.deepEqual((await shown(page, ANSWER)).classes, expected);
    await forget(page);
  }
});

pageTest(
  "all of the page can be reached and used by the keyboard",
  async () => {
    await using visited = await visit(browser, narrow.folder);
    const { page } = visited;
    const focused = page.locator(":focus");
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Tab");
    assert.equal(await focused.getAttribute("id"), "file");
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(PHOTO_PATH);
    const { classes } = await shown(page, ANSWER);
    for (const { label } of classes) {
      await page.keyboard.press("Tab");
      assert.equal(await focused.textContent(), label);
    }
    for (
      const [group, name] of [["Runs on", "tfjs WASM"], [
        "Variant",
        "full",
      ]] as const
    ) {
      await forget(page);
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      const radio = page.getByRole("group", { name: group })
        .getByRole("radio", { name });
      assert.ok(await radio.isChecked());
      assert.equal(
        await focused.getAttribute("value"),
        await radio.getAttribute("value"),
      );
      await shown(page, ANSWER);
    }
  },
);

pageTest(
  "a tap on a class shows where it is seen, another the photo",
  async () => {
    await using visited = await visit(browser, narrow.folder);
    const { page } = visited;
    await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
    const { classes } = await shown(page, ANSWER);
    const preview = page.getByRole("img", { name: "The photo" });
    const source = () => preview.getAttribute("src");
    const photo = await source();
    const { label } = classes[1]!;
    const button = page.getByRole("button", { name: label });
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    await button.click();
    await page.getByText(`The lighter, the more speaks for ${label}`).waitFor();
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    const picture = await source();
    assert.notEqual(picture, photo);
    await page.waitForFunction(() =>
      document.querySelector<HTMLImageElement>("#preview")!.naturalWidth > 0
    );
    await button.press("Enter");
    await page.getByText("The photo", { exact: true }).last().waitFor();
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    assert.notEqual(await source(), picture);
  },
);

pageTest(
  "a screen reader is told what is there, and what happens",
  async () => {
    await using visited = await visit(browser, narrow.folder);
    const { page } = visited;
    await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
    const { status, classes: [best] } = await shown(page, ANSWER);
    const percent = Math.round(100 * best!.probability);
    assert.equal(status, `${best!.label}, ${percent} percent`);
    const tree = await page.locator("body").ariaSnapshot();
    for (
      const part of [
        '- heading "Totem" [level=1]',
        '- region "Photo":',
        '- button "Choose a photo"',
        '- region "Answer":',
        "- status: ",
        '- list "The likeliest classes":',
        '- group "Runs on":',
        '- radio "WASM engine int8" [checked]',
        '- group "Variant":',
        '- radio "own the model\'s" [checked]',
      ]
    ) {
      assert.ok(tree.includes(part), `${part} isn't in\n${tree}`);
    }
  },
);

pageTest(
  "texts have the contrast that WCAG asks for, light and dark",
  async () => {
    await using visited = await visit(browser, narrow.folder);
    const { page } = visited;
    await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
    await shown(page, ANSWER);
    const grounds = new Set();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const texts = await page.evaluate(contrasts);
      assert.ok(texts.length > 20);
      for (const { text, ratio, ground } of texts) {
        assert.ok(ratio >= 4.5, `${colorScheme}: "${text}" has ${ratio}`);
        grounds.add(ground);
      }
    }
    assert.ok(grounds.size >= 4, "dark isn't another than light");
  },
);

pageTest(
  "nothing moves where a person asks for less motion",
  async () => {
    await using visited = await visit(browser, narrow.folder);
    const { page } = visited;
    await page.getByLabel("Choose a photo").setInputFiles(PHOTO_PATH);
    await shown(page, ANSWER);
    const bar = page.locator(".bar").first();
    for (
      const [reducedMotion, animation] of [
        ["no-preference", "grow"],
        ["reduce", "none"],
      ] as const
    ) {
      await page.emulateMedia({ reducedMotion });
      assert.equal(await bar.evaluate(animationOf), animation);
    }
  },
);
