import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { verifyFile, writeNetwork } from "../../src/weights/mod.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { withoutDigest } from "./without_digest.ts";

const network = await narrowNetwork();
const BYTES = await new Response(writeNetwork(network).stream).bytes();
const SHA256 = new Uint8Array(await crypto.subtle.digest("SHA-256", BYTES))
  .toHex();

Deno.test("verifyFile() says what a file is, by path, address and bytes", async () => {
  await using file = await fileOf(network);
  const url = pathToFileURL(file.path);
  const named = [file.path, url, url.href];
  const held = [BYTES, BYTES.buffer, new DataView(BYTES.buffer)];
  for (const given of [...named, ...held, new Blob([BYTES])]) {
    const { network: found, ...facts } = await verifyFile(given);
    assert.deepEqual(facts, {
      size: BYTES.length,
      isSealed: true,
      sha256: SHA256,
    });
    assert.equal(found.source, network.source);
  }
});

Deno.test("verifyFile() finds what is wrong with a file", async () => {
  const start = 8 + Number(new DataView(BYTES.buffer).getBigUint64(0, true));
  const photo = new URL("../../examples/photos/drum.jpg", import.meta.url);
  const cases: [bytes: Uint8Array, message: RegExp][] = [
    [BYTES.subarray(0, BYTES.length - 1), /must have \d+ bytes/],
    [new Uint8Array([...BYTES, 0]), /bytes/],
    [BYTES.with(start, BYTES[start]! ^ 1), /is damaged, .*: its digest is/],
    // It also makes the network invalid.
    [BYTES.with(start, 128), /its digest is/],
    [
      await withoutDigest(BYTES.with(start, 128)),
      /"Conv2d_1a_3x3".*-128/,
    ],
    [renamed("noise", "voice"), /its digest is/],
    [await Deno.readFile(photo), /Cannot read/],
    [new Uint8Array(), /Cannot read/],
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(verifyFile(bytes), {
      name: "CorruptWeightsError",
      message,
    });
  }
});

Deno.test("verifyFile() says where there is no digest to compare with", async () => {
  const { isSealed } = await verifyFile(await withoutDigest(BYTES));
  assert.equal(isSealed, false);
});

Deno.test("verifyFile() refuses what is no file", async () => {
  await assert.rejects(verifyFile("nothing.safetensors"), {
    name: "UnknownModelError",
    message: /Cannot find the file .*nothing\.safetensors$/,
  });
  await assert.rejects(verifyFile(5 as never), {
    name: "ArgumentError",
    message: /must be a path, an address, or its bytes/,
  });
});

Deno.test("verifyFile() stops when its signal fires", async () => {
  await using file = await fileOf(network);
  for (const given of [file.path, BYTES]) {
    const signal = AbortSignal.abort("why");
    await assert.rejects(verifyFile(given, { signal }), {
      code: "aborted",
      cause: "why",
    });
  }
  await assert.rejects(verifyFile(BYTES, { sginal: null } as never), {
    name: "ArgumentError",
    message: /no option "sginal"/,
  });
});

/** The file with a text in its header replaced by another of the same length. */
function renamed(from: string, to: string): Uint8Array {
  const at = new TextDecoder("latin1").decode(BYTES).indexOf(from);
  const copy = BYTES.slice();
  copy.set(new TextEncoder().encode(to), at);
  return copy;
}
