import assert from "node:assert/strict";
import { colorOf, type Rgb } from "../../src/explain/color_map.ts";

Deno.test("colorOf() is matplotlib's inferno to within 6 levels", () => {
  const known: readonly [t: number, color: Rgb][] = [
    [0, [0, 0, 4]],
    [0.25, [87, 16, 110]],
    [0.5, [188, 55, 84]],
    [0.75, [249, 142, 9]],
    [1, [252, 255, 164]],
  ];
  for (const [t, expected] of known) {
    for (const [i, level] of colorOf(t).entries()) {
      assert.ok(Math.abs(level - expected[i]!) <= 6, `${t}: ${colorOf(t)}`);
    }
  }
});

Deno.test("colorOf() gets lighter to the eye in even steps", () => {
  const steps = 10;
  const lightness = Array.from(
    { length: steps + 1 },
    (_, i) => lightnessOf(colorOf(i / steps)),
  );
  const even = (lightness[steps]! - lightness[0]!) / steps;
  for (let i = 0; i < steps; i++) {
    const step = lightness[i + 1]! - lightness[i]!;
    assert.ok(step > even * 0.6 && step < even * 1.4, `${i}: ${step}`);
  }
});

/** CIE 1976 L*, 0..100, of an sRGB colour. */
function lightnessOf(color: Rgb): number {
  const [red, green, blue] = color.map((level) => {
    const part = level / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const y = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}
