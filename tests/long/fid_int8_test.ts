/** The network of the Fréchet inception distance, converted to int8. */
import assert from "node:assert/strict";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { convert } from "../../src/convert/mod.ts";
import { decodeImage } from "../../src/image/mod.ts";
import type { Network } from "../../src/model/mod.ts";
import { networkGraph } from "../../src/model/network_graph.ts";
import { withAnswers } from "../../src/weights/answers.ts";
import { loadRealFile, REAL_FILES } from "../weights/real_files.ts";

const INPUTS = new URL("../data/models/inputs/", import.meta.url);
const FID = REAL_FILES.find(({ file }) => file === "torch/fid.safetensors")!;

Deno.test("FID's features lose no more in int8 than those of torchvision's pools", async () => {
  const fid = await loadRealFile(FID);
  const { architecture } = withAnswers(fid.architecture, {
    pools: "padding-counted",
  });
  const loss = async (network: Network) => {
    const photos = [await photo("a_299.png")];
    const compareOn = [await photo("b_299.png")];
    const { fidelities, ...made } = await convert(network, photos, {
      compareOn,
    });
    return { loss: 1 - fidelities[0]!.featuresCosine.min, ...made };
  };
  const other = await loss({ ...fid, architecture });
  const { loss: own, network } = await loss(fid);
  // The weights are random, and rounding grows from layer to layer.
  assert.ok(own < 0.03, `${own}`);
  assert.ok(own < 1.5 * other.loss, `${own} ${other.loss}`);

  const graph = networkGraph(network);
  const backend = wasmInt8({ activationBits: 8 });
  await backend.probe(true);
  using session = await backend.reserve(graph).open(network);
  const { data } = await photo("b_299.png");
  const features = await session.run(data, "features");
  const { pooledL2, pooledLength } = FID.outputs["b_299.png"]!;
  assert.equal(features.length, pooledLength);
  assert.ok(Math.abs(Math.hypot(...features) / pooledL2 - 1) < 0.06);
});

async function photo(name: string) {
  return await decodeImage(await Deno.readFile(new URL(name, INPUTS)));
}
