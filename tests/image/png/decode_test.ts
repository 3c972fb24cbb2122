import assert from "node:assert/strict";
import { decodeImage, type Pixels } from "../../../src/image/mod.ts";
import { randomNumbers } from "../../random.ts";
import { CHANNELS, makePng, type PngParts } from "./make_png.ts";

/** Colour types with their bit depths. */
const KINDS: readonly (readonly [color: number, depths: readonly number[]])[] =
  [
    [0, [1, 2, 4, 8, 16]],
    [2, [8, 16]],
    [3, [1, 2, 4, 8]],
    [4, [8, 16]],
    [6, [8, 16]],
  ];
/** Includes sizes with fewer pixels than some passes of an interlaced image. */
const SIZES = [[1, 1], [3, 5], [7, 8], [2, 1], [33, 19]] as const;

for (const [color, depths] of KINDS) {
  for (const depth of depths) {
    Deno.test(`decodeImage() of a PNG of colour type ${color} and ${depth} bits is exact`, async () => {
      const random = randomNumbers(color * 100 + depth);
      const below = (n: number) => Math.floor(random() * n);
      for (const [width, height] of SIZES) {
        for (const interlaced of [false, true]) {
          for (const transparent of [false, true]) {
            const length = width * height * CHANNELS[color]!;
            // Few levels, so that the transparent one is among them.
            const levels = transparent ? 2 : 2 ** depth;
            const samples = Array.from({ length }, () => below(levels));
            const palette = Array.from(
              { length: color === 3 ? 3 << depth : 0 },
              () => below(256),
            );
            const transparency = transparencyOf(color, transparent, below);
            const png: PngParts = {
              width,
              height,
              color,
              depth,
              interlaced,
              samples,
              filterOf: () => below(5),
              before: [
                ...(color === 3 ? [["PLTE", palette] as const] : []),
                ...(transparency ? [["tRNS", transparency] as const] : []),
              ],
              split: 1 + below(200),
            };
            const image = await decodeImage(makePng(png));
            assertExact(image, png, palette, transparency);
          }
        }
      }
    });
  }
}

function transparencyOf(
  color: number,
  wanted: boolean,
  below: (n: number) => number,
): number[] | undefined {
  if (!wanted) return undefined;
  if (color === 3) return [below(256), below(256)];
  if (color === 0) return [0, 1];
  return color === 2 ? [0, 1, 0, 0, 0, 1] : undefined;
}

/** Compares with float arithmetic: 16 bits are truncated to 8, others are rounded. */
function assertExact(
  { data, width, height }: Pixels,
  { color, depth, samples, ...png }: PngParts,
  palette: readonly number[],
  transparency: readonly number[] | undefined,
): void {
  assert.deepEqual([width, height], [png.width, png.height]);
  const most = 2 ** depth - 1;
  const channels = CHANNELS[color]!;
  for (let i = 0; i < width * height; i++) {
    const pixel = Array.from(
      { length: channels },
      (_, c) => samples![i * channels + c]!,
    );
    let rgb = pixel.slice(0, 3).map((it) => it / most);
    let alpha = 1;
    if (color === 3) {
      const index = pixel[0]!;
      rgb = palette.slice(index * 3, index * 3 + 3).map((it) => it / 255);
      alpha = (transparency?.[index] ?? 255) / 255;
    } else if (color === 4 || color === 6) alpha = pixel.at(-1)! / most;
    else if (transparency) {
      alpha = pixel.every((it, c) => it === transparency[2 * c + 1]) ? 0 : 1;
    }
    if (color === 0 || color === 4) rgb = [rgb[0]!, rgb[0]!, rgb[0]!];
    const expected = rgb.map((it) => {
      const level = it * alpha + 1 - alpha;
      return depth === 16
        ? Math.floor(Math.round(level * 65535) / 256)
        : Math.round(level * 255);
    });
    assert.deepEqual([...data.subarray(i * 4, i * 4 + 4)], [...expected, 255]);
  }
}

Deno.test("decodeImage() of a palette that is cut short goes on in black", async () => {
  const { data } = await decodeImage(makePng({
    width: 3,
    height: 1,
    color: 3,
    depth: 8,
    samples: [0, 1, 255],
    before: [["PLTE", [1, 2, 3]]],
  }));
  assert.deepEqual([...data], [1, 2, 3, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
});
