/**
 * That images leave nothing behind, in the real network at its smallest size.
 */
import assert from "node:assert/strict";
import { load } from "../../mod.ts";
import { loadNetwork } from "../../src/weights/mod.ts";
import { nsfwIsInstalled } from "../nsfw.ts";
import { noise } from "../random.ts";

for (
  const options of [
    { threads: 1 },
    { threads: 2 },
    { threads: 2, threading: "throughput" },
  ] as const
) {
  Deno.test(`the thousandth image leaves memory where the tenth left it: ${JSON.stringify(options)}`, async () => {
    using _ = nsfwIsInstalled(); // This has no access to the registry.
    const network = await loadNetwork("nsfw");
    using classifier = await load(network, { variant: 75, ...options });
    const image = { data: noise(75), width: 75, height: 75 };
    const run = async (count: number) => {
      for (let i = 0; i < count; i += 5) {
        await Promise.all(
          [1, 2, 3, 4, 5].map(() => classifier.classify(image)),
        );
      }
      // What the collector would let lie for a while isn't left behind.
      (globalThis as { gc?: () => void }).gc?.();
      return Deno.memoryUsage().rss;
    };
    const tenth = await run(10);
    const thousandth = await run(990);
    // The collector has its ups and downs, and threads start late. An image's
    // pixels alone, left behind 990 times, would be 22 MB.
    const grown = thousandth - tenth;
    assert.ok(grown < 2 ** 24, `${grown} bytes more`);
  });
}
