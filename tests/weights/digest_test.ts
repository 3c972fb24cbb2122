import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { CorruptWeightsError } from "../../src/errors.ts";
import {
  readNetwork,
  type TensorSource,
  writeNetwork,
  writeSafetensors,
} from "../../src/weights/mod.ts";
import { parseHeader } from "../../src/weights/safetensors/header.ts";
import { hasDigest, hashFile } from "../../src/weights/digest.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { randomNumbers } from "../random.ts";
import { streamOf } from "./safetensors/files.ts";

const network = await narrowNetwork();
const FILE = await written();

Deno.test("writeNetwork() ends a file with the SHA-256 of all bytes before it", () => {
  const hash = createHash("sha256").update(FILE.subarray(0, -32)).digest();
  assert.deepEqual([...FILE.subarray(-32)], [...hash]);
  assert.ok(hasDigest(parseHeader(FILE, FILE.length)));
});

Deno.test("writeNetwork() gives the same bytes again", async () => {
  assert.deepEqual(await written(), FILE);
});

Deno.test("writeNetwork() hands a cancellation on", async () => {
  const made: string[] = [];
  const { stream } = writeNetwork({
    ...network,
    quantized(name) {
      made.push(name);
      return network.quantized(name);
    },
  });
  const reader = stream.getReader();
  await reader.read();
  await reader.read();
  await reader.cancel();
  assert.equal(made.length, 1);
  assert.ok((await reader.read()).done);
});

Deno.test("readNetwork() doesn't take the digest for weights, whatever its bytes are", async () => {
  for (let i = 0, found = 0; found < 3; i++) {
    const { stream } = writeNetwork({ ...network, source: `${i}` });
    const bytes = await bytesIn(stream);
    if (!bytes.subarray(-32).includes(128)) continue; // As a weight, -128.
    found++;
    await readNetwork(streamOf(bytes).stream);
  }
});

Deno.test("hashFile() passes a file on in parts of any size, and finds it as it was written", async () => {
  for (const part of [1, 31, 1009, FILE.length]) {
    const file = hashFile(streamOf(FILE, part).stream, FILE.length);
    assert.deepEqual(await bytesIn(file.stream), FILE);
    await file.checkDigest(FILE);
    const sha256 = createHash("sha256").update(FILE).digest("hex");
    assert.equal(await file.sha256(), sha256);
  }
});

Deno.test("hashFile() finds any bit that is flipped", async () => {
  const random = randomNumbers(7);
  const places = Array.from({ length: 200 }, () => random() * FILE.length);
  for (const place of [0, FILE.length - 33, FILE.length - 1, ...places]) {
    const at = Math.floor(place);
    const bytes = FILE.with(at, FILE[at]! ^ 1 << Math.floor(random() * 8));
    const file = hashFile(streamOf(bytes, 2 ** 16).stream, bytes.length);
    await bytesIn(file.stream);
    await assert.rejects(file.checkDigest(bytes), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(
        error.message,
        /as it is damaged, or was changed after it was written: its digest is \w{64}, but the file records \w{64}$/,
      );
      return true;
    });
  }
});

const digest: TensorSource = {
  name: "sha256",
  dtype: "U8",
  shape: [32],
  data: () => new Uint8Array(32),
};
const FAULTS: [
  name: string,
  change: (them: TensorSource[]) => TensorSource[],
][] = [
  ["before other tensors", (them) => [digest, ...them]],
  ["of other length", (them) => [...them, {
    ...digest,
    shape: [31],
    data: () => new Uint8Array(31),
  }]],
  ["of another type", (them) => [...them, { ...digest, dtype: "I8" }]],
];

for (const [name, change] of FAULTS) {
  Deno.test(`readNetwork() rejects a digest ${name}`, async () => {
    const { tensors, dataOffset, metadata } = parseHeader(FILE);
    const others = tensors.slice(0, -1).map((
      { offset, length, ...tensor },
    ): TensorSource => ({
      ...tensor,
      data: () =>
        FILE.subarray(dataOffset + offset, dataOffset + offset + length),
    }));
    await assert.rejects(
      readNetwork(writeSafetensors(metadata, change(others)).stream),
      {
        name: "CorruptWeightsError",
        message: /"sha256" as it must be the last/,
      },
    );
  });
}

async function written(): Promise<Uint8Array<ArrayBuffer>> {
  return await bytesIn(writeNetwork(network).stream);
}

async function bytesIn(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
