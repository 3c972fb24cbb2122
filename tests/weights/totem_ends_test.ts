/** Totem files of networks with other heads than ImageNet's. */
import assert from "node:assert/strict";
import { load } from "../../mod.ts";
import {
  isWeighted,
  type Network,
  type QuantizedNetwork,
} from "../../src/model/mod.ts";
import { networkGraph } from "../../src/model/network_graph.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
  verifyFile,
  writeNetwork,
  writeSafetensors,
} from "../../src/weights/mod.ts";
import { parseHeader } from "../../src/weights/safetensors/header.ts";
import { CorruptWeightsError } from "../../src/errors.ts";
import { randomF32Network } from "../random_network.ts";

const ENDS: readonly Network["architecture"][] = [
  { lastPool: "max", pooling: "max", activation: "sigmoid", classes: 1 },
  { lastBlock: "Mixed_5b", activation: "none", classes: 1 },
  { lastBlock: "Mixed_6e", pooling: "flatten", hiddenUnits: [3] },
  { lastBlock: "Mixed_7b", pooling: "flatten", classes: 0 },
];

for (const end of ENDS) {
  Deno.test(`a Totem file keeps a network of ${JSON.stringify(end)}`, async () => {
    const network = {
      ...quantized(end),
      origins: { pools: "assumed" } as const,
    };
    const bytes = await bytesOf(network);
    const { network: found } = await verifyFile(bytes);
    const { hiddenUnits = [] } = end;
    assert.deepEqual(found.architecture, {
      ...network.architecture,
      hiddenUnits,
      countIncludePad: false,
    });
    assert.deepEqual(found.labels, network.labels);
    assert.deepEqual(found.origins, { pools: "assumed-earlier" });
    const graph = networkGraph(network);
    for (const { name } of graph.nodes.filter(isWeighted)) {
      assert.deepEqual(found.quantized(name), network.quantized(name), name);
      assert.deepEqual(found.weights(name), network.weights(name), name);
    }
    // Facts derived from the network don't change when it is written again.
    assert.deepEqual(await bytesOf(found), bytes);
  });
}

Deno.test("a Totem file doesn't name an end that is the default", async () => {
  const text = new TextDecoder().decode(await bytesOf(quantized({})));
  assert.match(text, /inception-v3/);
  assert.doesNotMatch(text, /lastBlock|lastPool|pooling|activation/);
});

Deno.test("a Totem file of an end that there isn't is refused", async () => {
  const cases = [
    [{ lastBlock: "Mixed_8a" }, /lastBlock as it must be one of Mixed_5b, /],
    [{ lastPool: "mean" }, /lastPool as it must be one of avg, max: /],
    [{ pooling: null }, /pooling as it must be one of .*: it is null$/],
    [{ activation: ["none"] }, /activation as it must be one of softmax, /],
    [
      { lastPool: "max", countIncludePad: true },
      /countIncludePad must be false/,
    ],
    [{ lastPool: "max", lastBlock: "Mixed_7b" }, /lastBlock must be Mixed_7c/],
    [
      { lastBlock: "Mixed_7b" },
      /"Logits.weight" as it must be I8 \[5,128\]|no tensor/,
    ],
    [{ pooling: "flatten" }, /"Logits.weight" as it must be I8 \[5,8192\]/],
    [{ classes: 1 }, /one output as softmax/],
  ] as const;
  for (const [change, message] of cases) {
    const bytes = await changed(await bytesOf(quantized({})), (facts) => ({
      ...facts,
      variant: 299,
      architecture: { ...facts.architecture as object, ...change },
    }));
    await assert.rejects(verifyFile(bytes), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("a classifier of all activations runs at its own size only", async () => {
  const network = quantized({ lastBlock: "Mixed_6a", pooling: "flatten" });
  const bytes = await bytesOf(network);
  // 80 pixels give as many cells as 75.
  networkGraph(network, 80);
  await assert.rejects(load(bytes, { variant: 151, precision: "f32" }), {
    name: "ArgumentError",
    message:
      /^Cannot run the network at 151 pixels a side as its classifier reads all of its 432 last activations: there are 2352. It runs at 75 pixels$/,
  });
  const { classes: _, ...others } = network.architecture;
  networkGraph({ ...network, architecture: { ...others, classes: 0 } }, 151);
});

function quantized(architecture: Network["architecture"]): QuantizedNetwork {
  const network = randomF32Network(architecture);
  return quantizeNetwork(
    network,
    calibrateByBatchNorm(network, networkGraph(network)),
    { source: "random numbers", license: "CC0-1.0" },
  );
}

async function bytesOf(network: QuantizedNetwork): Promise<Uint8Array> {
  const { stream } = writeNetwork(network);
  return await new Response(stream as ReadableStream<never>).bytes();
}

/** The file with changed facts. */
async function changed(
  file: Uint8Array,
  change: (facts: Record<string, unknown>) => unknown,
): Promise<Uint8Array> {
  const { metadata, tensors, dataOffset } = parseHeader(file);
  const data = file.subarray(dataOffset);
  const facts = change(JSON.parse(metadata.get("totem")!));
  const { stream } = writeSafetensors(
    new Map([["totem", JSON.stringify(facts)]]),
    tensors.slice(0, -1).map(({ offset, length, ...tensor }) => ({
      ...tensor,
      data: () => data.subarray(offset, offset + length),
    })),
  );
  return await new Response(stream as ReadableStream<never>).bytes();
}
