/**
 * One photo's way through Totem, part by part. Run it with `deno task bench`.
 *
 * @module
 */
import { decodeImage, fitImage, load, loadNetwork } from "../mod.ts";

const photo = await Deno.readFile(
  new URL("../examples/photos/cocker_spaniels.jpg", import.meta.url),
);
const network = await loadNetwork("nsfw");
const pixels = await decodeImage(photo);

Deno.bench("decode a JPEG of 640 x 427", { group: "image" }, async () => {
  await decodeImage(photo);
});

Deno.bench("crop and resize it to 299 x 299", { group: "image" }, () => {
  fitImage(pixels, 299, network.preprocessing);
});

for (const variant of ["full", "low151", "low79", 75] as const) {
  const classifier = await load(network, { variant, backend: "wasm" });
  const input = fitImage(pixels, classifier.size, network.preprocessing);
  await classifier.classify(input); // XNNPACK packs the weights.
  Deno.bench(
    `classify pixels, wasm f32, ${variant}`,
    { group: "network", n: 20 },
    async () => {
      await classifier.classify(input);
    },
  );
}
