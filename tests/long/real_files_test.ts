import assert from "node:assert/strict";
import { decodeImage } from "../../src/image/decode.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { evaluate } from "../reference.ts";
import { loadRealFile, REAL_FILES } from "../weights/real_files.ts";

Deno.test("Keras's own rounding is more than 1e-4 of a probability where the table of docs/formats.md has more", async () => {
  const real = REAL_FILES.find(({ file }) => file === "keras/pooling_max.h5")!;
  const network = await loadRealFile(real);
  const image = "a_299.png";
  const { data } = await decodeImage(
    await Deno.readFile(
      new URL(`../data/models/inputs/${image}`, import.meta.url),
    ),
  );
  const graph = inceptionV3(network.architecture);
  const { values } = evaluate(network, graph, new Uint8Array(data))
    .get(graph.outputs.probabilities!)!;
  const expected = real.outputs[image]!.probabilities!;
  const difference = Math.max(
    ...expected.map((it, i) => Math.abs(it - values[i]!)),
  );
  assert.equal(difference.toExponential(1), "1.3e-4");
});
