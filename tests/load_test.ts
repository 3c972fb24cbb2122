import assert from "node:assert/strict";
import { load, readInput } from "../mod.ts";
import { writeNetwork } from "../src/weights/mod.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";

const PHOTO = await Deno.readFile(
  new URL("../examples/photos/drum.jpg", import.meta.url),
);

Deno.test("an image's input can be made while the weights are on their way", async () => {
  const { stream } = writeNetwork(await narrowNetwork());
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const headerEnd = 8 +
    Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const made = Promise.withResolvers<Awaited<ReturnType<typeof readInput>>>();
  const slow = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes.subarray(0, headerEnd)),
    async pull(controller) {
      await made.promise;
      controller.enqueue(bytes.subarray(headerEnd));
      controller.close();
    },
  }, { highWaterMark: 1 });
  using classifier = await load(new Response(slow), {
    variant: 75,
    onInput: (size, geometry) =>
      void readInput(PHOTO, size, geometry).then(made.resolve, made.reject),
  });
  const input = await made.promise;
  assert.equal(input.width, 75);
  assert.deepEqual(
    await classifier.probabilities(input, { crop: { kind: "squash" } }),
    await classifier.probabilities(PHOTO),
  );
});

Deno.test("onInput is told once of a network that is in memory", async () => {
  const network = await narrowNetwork();
  const told: unknown[] = [];
  using _ = await load(network, {
    variant: 79,
    onInput: (...all) => told.push(all),
  });
  assert.deepEqual(told, [[79, network.preprocessing]]);
});
