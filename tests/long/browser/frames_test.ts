/** The frames of animations equal Chromium's to within one level. */
import assert from "node:assert/strict";
import { startTimeSlice } from "../../../src/async/yield.ts";
import { planPlaying, playFrames } from "../../../src/image/animation/play.ts";
import { flattenOverWhite } from "../../../src/image/flatten.ts";
import { FORMATS } from "../../../src/image/formats.ts";
import { readImageHeader } from "../../../src/image/mod.ts";
import { pageTest, visit } from "../../examples/browser/chromium.ts";
import { useBrowser } from "../../examples/browser/shared_page.ts";
import { animation, CASES } from "../../image/animation/fixtures.ts";
import { temporaryFolder } from "../../weights/store/temporary_folder.ts";
import { decodeFrames } from "./frames_in_page.ts";

/** A file without a palette: greys here and in Pillow, but not in Chromium. */
const WITHOUT_COLORS = "no_palette.gif";

const shared = useBrowser();

const TYPES = {
  gif: "image/gif",
  webp: "image/webp",
  png: "image/png",
} as const;

pageTest(
  "frames of GIFs, WebPs and PNGs are those of Chromium's ImageDecoder",
  async () => {
    await using folder = await temporaryFolder();
    await Deno.writeTextFile(`${folder.path}/index.html`, "<!doctype html>");
    await using visited = await visit(shared.browser, folder.path);
    for (const { file } of CASES) {
      if (file === WITHOUT_COLORS) continue;
      const bytes = animation(file);
      const { frames } = await visited.page.evaluate(decodeFrames, {
        bytes: bytes.toBase64(),
        type: TYPES[file.split(".")[1] as keyof typeof TYPES],
      });
      const own = await framesOf(bytes);
      // Browsers don't show the default image before the animation.
      const shown = file === "default.png" ? own.slice(1) : own;
      assert.equal(frames.length, shown.length, file);
      for (const [i, frame] of frames.entries()) {
        const expected = Uint8Array.fromBase64(frame);
        flattenOverWhite(expected);
        assert.equal(expected.length, shown[i]!.length, file);
        const most = shown[i]!.reduce(
          (most, it, at) => Math.max(most, Math.abs(it - expected[at]!)),
          0,
        );
        assert.ok(
          most <= 2,
          `frame ${i} of ${file} differs by ${most} levels`,
        );
      }
    }
  },
);

/** The pixels of all frames. */
async function framesOf(bytes: Uint8Array): Promise<Uint8ClampedArray[]> {
  const header = readImageHeader(bytes);
  const open = await FORMATS[header.format].loadFrames!();
  const opened = open(bytes, header, false);
  const plan = planPlaying(opened, Infinity);
  const frames = [];
  for await (const it of playFrames(opened, plan, startTimeSlice())) {
    frames.push(new Uint8ClampedArray(it.pixels.data));
  }
  return frames;
}
