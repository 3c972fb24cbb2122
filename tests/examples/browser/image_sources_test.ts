/** Images in a page, compared with their files. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { decodeImage, load } from "../../../mod.ts";
import { fileOf, narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { callTool } from "./call_tool.ts";
import { CHROMIUM, pageTest, visit } from "./chromium.ts";
import { useBrowser } from "./shared_page.ts";
import type { ReadImage } from "./image_sources_page.ts";
import { type ScriptPage, scriptPage } from "./script_page.ts";

const IMAGES = new URL("../../data/images/", import.meta.url);
const FILES = ["color.png", "alpha.png", "color.jpg", "orientation_6.jpg"];

const shared = useBrowser();
let folder: string;
let bundled: ScriptPage;
Deno.test.beforeAll(async () => {
  if (!CHROMIUM) return;
  bundled = await scriptPage("image_sources_page");
  folder = bundled.folder;
  for (const file of FILES) {
    await Deno.copyFile(new URL(file, IMAGES), `${folder}/${file}`);
  }
  await using model = await fileOf(await narrowNetwork());
  await Deno.copyFile(model.path, `${folder}/model.safetensors`);
});
Deno.test.afterAll(async () => {
  await bundled?.[Symbol.asyncDispose]();
});

const LOSSLESS = [
  ..."bitmap offscreen imageData videoFrame response stream address relative"
    .split(" "),
  ..."blob blobAddress buffer".split(" "),
];

pageTest(
  "what a page shows of an opaque PNG has the file's pixels",
  async () => {
    await using visited = await visit(shared.browser, folder);
    const kinds = ["img", "canvas", "frameOfAnotherWindow", ...LOSSLESS];
    for (const kind of kinds) {
      assert.deepEqual(
        await read(visited.page, kind, "color.png"),
        await decode("color.png"),
        kind,
      );
    }
  },
);

pageTest("a worker reads the same pixels of an opaque PNG", async () => {
  await using visited = await visit(shared.browser, folder);
  for (const kind of LOSSLESS) {
    assert.deepEqual(
      await callTool(visited.page, "readInWorker", [kind, "color.png"]),
      await decode("color.png"),
      kind,
    );
  }
});

pageTest(
  "what a page shows of a PNG that isn't opaque is composited over white",
  async () => {
    await using visited = await visit(shared.browser, folder);
    for (const kind of ["img", "canvas", "bitmap", "offscreen", "imageData"]) {
      const shown = await read(visited.page, kind, "alpha.png");
      assert.ok(shown.data.every((it, i) => i % 4 < 3 || it === 255), kind);
      const { most } = difference(shown, await decode("alpha.png"));
      assert.ok(most <= 2, `${kind}: ${most}`);
    }
  },
);

pageTest(
  "what a page shows of a JPEG is upright, its levels those of our decoder",
  async () => {
    await using visited = await visit(shared.browser, folder);
    for (const file of ["color.jpg", "orientation_6.jpg"]) {
      for (const kind of ["img", "canvas", "bitmap"]) {
        const shown = await read(visited.page, kind, file);
        const { most, mean } = difference(shown, await decode(file));
        assert.ok(mean < 1 && most <= 12, `${kind} ${file}: ${mean}, ${most}`);
      }
    }
  },
);

pageTest(
  "an ImageData's colours of display-p3, and its floats, become bytes of sRGB",
  async () => {
    await using visited = await visit(shared.browser, folder);
    for (const kind of ["wideImageData", "floatImageData"]) {
      const shown = await read(visited.page, kind, "color.png");
      const { most } = difference(shown, await decode("color.png"));
      assert.ok(most <= 3, `${kind}: ${most}`);
    }
  },
);

pageTest("a video's frame is what is shown at the time", async () => {
  await using visited = await visit(shared.browser, folder);
  const shown = await read(visited.page, "video", "color.png");
  // Video has colours at a quarter of the resolution, and another range.
  const { mean } = difference(shown, await decode("color.png"));
  assert.ok(mean < 16, `${mean}`);
});

pageTest(
  "a page classifies what it shows as Deno classifies the file, with a model loaded in any way",
  async () => {
    await using visited = await visit(shared.browser, folder);
    using classifier = await load(`${folder}/model.safetensors`, {
      variant: 75,
    });
    const expected = await classifier.classify(new URL("color.png", IMAGES));
    for (
      const [kind, by] of [
        ["img", "response"],
        ["canvas", "blob"],
        ["relative", "address"],
      ] as const
    ) {
      const args = [kind, "color.png", by] as const;
      assert.deepEqual(
        await callTool(visited.page, "classify", args),
        expected,
      );
    }
  },
);

pageTest("what can't be read is refused, with what to do", async () => {
  await using visited = await visit(shared.browser, folder, {
    isolated: false,
  });
  const { page } = visited;
  await page.route("**/slow.png", () => {}); // The image never arrives.
  const foreign = new URL("color.png", page.url());
  foreign.hostname = "localhost";
  const unavailable: Readonly<Record<string, RegExp>> = {
    "an <img> that is loading":
      /<img> as it isn't loaded yet: await its decode/,
    "an <img> without src": /<img> as it has no pixels: its src is missing, or/,
    "a broken <img>": /<img> as it has no pixels: its src is missing, or could/,
    "a foreign <img>": /<img> as it comes from another origin.*crossOrigin = "/,
    "a foreign <canvas>": /<canvas> as it comes from another origin/,
    "an empty <canvas>": /OffscreenCanvas as it has no pixels: its width or/,
    "a blank <canvas>":
      /<canvas> as all of it is transparent: draw on it first/,
    "a <canvas> of WebGL that was shown":
      /transparent: .*preserveDrawingBuffer/,
    "a <video> without a frame": /<video> as it has no frame yet: .*loadeddata/,
    "a closed ImageBitmap": /the ImageBitmap as it is closed$/,
    "a closed VideoFrame": /the VideoFrame as it is closed$/,
    "an opaque response":
      /the response is opaque, as it was .*mode: "no-cors"$/,
    "a foreign address": /^Cannot reach http:\/\/localhost/,
    "an address of nothing": /the server answered 404$/,
  };
  const too =
    /OffscreenCanvas of 300x300 pixels as these are 90000 and the limit is 89999/;
  const tooMuch = /OffscreenCanvas of 300x300 pixels as it takes 720000 bytes/;
  const faults = [
    ...Object.entries(unavailable)
      .map((it) => [...it, "image-unavailable"] as const),
    ["a large <canvas>", too, "image-too-large"],
    ["a large whole <canvas>", tooMuch, "image-too-large"],
    ["an opaque response of a model", /response is opaque/, "unknown-model"],
    [
      "an element that shows nothing",
      /HTMLPar\w*Element as an image/,
      "invalid-argument",
    ],
  ] as const;
  for (const [what, text, expected] of faults) {
    const { code, message } = await callTool(page, "fault", [
      what,
      foreign.href,
    ]);
    assert.equal(code, expected, `${what}: ${message}`);
    assert.match(message, text, what);
  }
});

function read(page: Page, kind: string, file: string): Promise<ReadImage> {
  return callTool(page, "read", [kind, file]);
}

/** Decodes a file with the decoder of this runtime. */
async function decode(file: string): Promise<ReadImage> {
  const { data, ...size } = await decodeImage(new URL(file, IMAGES));
  return { ...size, data: [...data] };
}

function difference(a: ReadImage, b: ReadImage) {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  const differences = a.data.map((it, i) => Math.abs(it - b.data[i]!));
  return {
    most: Math.max(...differences),
    mean: differences.reduce((sum, it) => sum + it, 0) / differences.length,
  };
}
