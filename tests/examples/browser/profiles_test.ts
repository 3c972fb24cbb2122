/** Photos with colour profiles in a page, compared with Deno's decoding of the files. */
import assert from "node:assert/strict";
import { decodeImage, load, type Pixels } from "../../../mod.ts";
import { fileOf, narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { fixture, fromRgb, maxDifference } from "../../image/fixtures.ts";
import { meanDifference, PROFILE_CASES } from "../../image/profile_fixtures.ts";
import { callTool } from "./call_tool.ts";
import { CHROMIUM, pageTest, visit } from "./chromium.ts";
import { useBrowser } from "./shared_page.ts";
import { type ScriptPage, scriptPage } from "./script_page.ts";

/** This page has no HEIC decoder. */
const READ = PROFILE_CASES.filter(({ file }) => !file.endsWith(".heic"));
/** Chromium doesn't show TIFFs. */
const SHOWN = READ.filter(({ file }) => !file.endsWith(".tiff"));

const shared = useBrowser();
let bundled: ScriptPage;
Deno.test.beforeAll(async () => {
  if (!CHROMIUM) return;
  bundled = await scriptPage("image_sources_page");
  const { folder } = bundled;
  await Deno.mkdir(`${folder}/profiles`);
  for (const { file } of READ) {
    await Deno.writeFile(`${folder}/${file}`, fixture(file));
  }
  await using model = await fileOf(await narrowNetwork());
  await Deno.copyFile(model.path, `${folder}/model.safetensors`);
});
Deno.test.afterAll(async () => {
  await bundled?.[Symbol.asyncDispose]();
});

pageTest(
  "a page decodes and classifies a file with a profile as Deno does",
  async () => {
    await using visited = await visit(shared.browser, bundled.folder);
    using classifier = await load(`${bundled.folder}/model.safetensors`, {
      variant: 75,
    });
    for (const { file } of READ) {
      const bytes = fixture(file);
      const read = await callTool(visited.page, "read", ["blob", file]);
      assert.equal(
        maxDifference(pixelsOf(read), await decodeImage(bytes)),
        0,
        file,
      );
      assert.deepEqual(
        await callTool(visited.page, "classify", ["blob", file, "blob"]),
        await classifier.classify(bytes),
        file,
      );
    }
  },
);

pageTest(
  "an <img> and an ImageBitmap are in sRGB, whatever the file's profile",
  async () => {
    await using visited = await visit(shared.browser, bundled.folder);
    for (const { file, shown, width, height } of SHOWN) {
      const expected = fromRgb(fixture(shown), width, height);
      for (const kind of ["img", "bitmap"]) {
        const read = await callTool(visited.page, "read", [kind, file]);
        const difference = meanDifference(pixelsOf(read), expected);
        assert.ok(difference < 0.5, `${kind} of ${file}: ${difference}`);
      }
    }
  },
);

pageTest(
  "an ImageBitmap without conversion has the levels of the file",
  async () => {
    await using visited = await visit(shared.browser, bundled.folder);
    for (const { file } of SHOWN) {
      const read = await callTool(visited.page, "read", ["storedBitmap", file]);
      const decoded = await decodeImage(fixture(file));
      const difference = maxDifference(pixelsOf(read), decoded);
      // Chromium has another AVIF decoder.
      const most = file.endsWith(".avif") ? 2 : 0;
      assert.ok(difference <= most, `${file}: ${difference}`);
    }
  },
);

function pixelsOf(
  { data, ...size }: { data: readonly number[]; width: number; height: number },
): Pixels {
  return { ...size, data: Uint8Array.from(data) };
}
