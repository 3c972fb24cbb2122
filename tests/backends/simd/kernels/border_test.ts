import fc from "npm:fast-check@4.10.2";
import { claimSlice, sides, signMasks } from "./activations.ts";
import { BUILDS, kernelsOf, prepare } from "./kernels.ts";
import { border } from "./reference.ts";

Deno.test("border() fills a frame and nothing else", () => {
  const cases = fc.record({
    build: fc.constantFrom(...BUILDS),
    sides: sides(9),
    channels: fc.integer({ min: 1, max: 20 }),
    frameY: fc.nat({ max: 3 }),
    frameX: fc.nat({ max: 3 }),
    fill: signMasks,
  });
  fc.assert(
    fc.property(cases, (it) => {
      const { sides: [height, width], channels, frameY, frameX, fill } = it;
      const bench = prepare(kernelsOf(it.build));
      const { buffer } = claimSlice(bench, [height, width, channels], {
        frameY,
        frameX,
        before: 0,
        after: 0,
      });
      const { pixelBytes, rowBytes, offset } = buffer;
      const frame = frameY * rowBytes + frameX * pixelBytes;
      const inside = width * pixelBytes;
      bench.run("border", 1, {
        start: offset - frame,
        before: frame,
        inside,
        between: rowBytes - inside,
        rows: height,
        after: frame,
        fill,
      }, (memory) => border(memory, buffer, fill & 255));
    }),
    { numRuns: 50 },
  );
});
