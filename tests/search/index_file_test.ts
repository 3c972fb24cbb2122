import assert from "node:assert/strict";
import { readIndex, writeIndex } from "../../src/search/mod.ts";
import {
  type TensorSource,
  writeSafetensors,
} from "../../src/weights/safetensors/write.ts";
import { madeUpFeatures, madeUpIndex } from "./made_up_index.ts";

Deno.test("readIndex() gives what writeIndex() was given, and can be added to", async () => {
  const features = madeUpFeatures(300, 130);
  const index = await madeUpIndex(features, 130);
  const bytes = await bytesOf(index);
  assert.equal(bytes.length, writeIndex(index).byteLength);
  const again = await readIndex(streamOf(bytes), { size: bytes.length });
  assert.deepEqual(again.images, index.images);
  assert.deepEqual(again.codes, index.codes);
  assert.deepEqual(again.scales, index.scales);
  assert.deepEqual(again.model, index.model);
  assert.equal(again.root, "photos");
  const query = features[7]!;
  assert.deepEqual(again.nearest(query), index.nearest(query));

  const [more] = madeUpFeatures(1, 130, 2);
  for (const it of [index, again]) it.add({ name: "new", version: "" }, more!);
  assert.deepEqual(again.nearest(query, 400), index.nearest(query, 400));
  assert.deepEqual(await bytesOf(again), await bytesOf(index));
});

Deno.test("readIndex() gives an index of nothing", async () => {
  const bytes = await bytesOf(await madeUpIndex([], 64));
  const index = await readIndex(streamOf(bytes));
  assert.equal(index.size, 0);
  assert.equal(index.featureCount, 64);
});

Deno.test("readIndex() keeps names of any letters", async () => {
  const index = await madeUpIndex([], 1);
  const names = ["", "é/ü 🐕.jpg", '<b>"&', "__proto__", "a\nb", "../../x"];
  for (const name of names) {
    index.add({ name, version: name }, Float32Array.of(1));
  }
  const again = await readIndex(streamOf(await bytesOf(index)));
  assert.deepEqual(again.images.map(({ name }) => name), names);
});

Deno.test("readIndex() refuses a file that is cut off anywhere, or longer", async () => {
  const bytes = await bytesOf(await madeUpIndex(madeUpFeatures(3, 16), 16));
  for (let length = 0; length < bytes.length; length += 7) {
    await assert.rejects(readIndex(streamOf(bytes.subarray(0, length))), {
      name: "CorruptWeightsError",
    });
  }
  const longer = Uint8Array.from([...bytes, 0]);
  await assert.rejects(readIndex(streamOf(longer)), {
    name: "CorruptWeightsError",
  });
});

Deno.test("readIndex() survives a change of any byte", async () => {
  const bytes = await bytesOf(await madeUpIndex(madeUpFeatures(2, 16), 16));
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 0x80;
    const index = await readIndex(streamOf(changed), { size: bytes.length })
      .catch((error) => assert.equal(error.name, "CorruptWeightsError"));
    for (const { similarity } of index?.nearest(new Float32Array(16)) ?? []) {
      assert.ok(similarity >= 0 && similarity <= 1);
    }
  }
});

const FACTS = { format: 1, model: "m", size: 75, root: "." };

/** A valid file of two images, tensor by tensor. */
const TENSORS = {
  codes: u8("codes", [2, 3], [1, 2, 3, 4, 5, 6]),
  scales: f32("scales", [1, 0.5]),
  pattern: u8("pattern", [3], [1, 2, 3]),
  images: json("images", [["a", ""], ["b", ""]]),
};

Deno.test("readIndex() takes the file that the next test spoils", async () => {
  assert.equal((await read()).size, 2);
});

Deno.test("readIndex() refuses what contradicts itself or the format", async () => {
  const wrong: [RegExp, Partial<typeof TENSORS>, Record<string, unknown>?][] = [
    [/0\.\.127/, { codes: u8("codes", [2, 3], [1, 2, 3, 4, 5, 128]) }],
    [/0\.\.127/, { pattern: u8("pattern", [3], [1, 200, 3]) }],
    [/scales must be in 0..1: one is NaN/, { scales: f32("scales", [1, NaN]) }],
    [/one is Infinity/, { scales: f32("scales", [Infinity, 1]) }],
    [/one is -1/, { scales: f32("scales", [-1, 1]) }],
    [/scales F32 \[3\]/, { scales: f32("scales", [1, 1, 1]) }],
    [/pattern U8 \[2\]/, { pattern: u8("pattern", [2], [1, 2]) }],
    [/codes U8 \[6\]/, { codes: u8("codes", [6], [1, 2, 3, 4, 5, 6]) }],
    [/of 1 to 65536/, {
      codes: u8("codes", [2, 0], []),
      pattern: u8("pattern", [0], []),
    }],
    [/names 1/, { images: json("images", [["a", ""]]) }],
    [/stands twice/, { images: json("images", [["a", ""], ["a", "2"]]) }],
    [/image 1 of the index/, { images: json("images", [["a", ""], "b"]) }],
    [/name of image 0/, { images: json("images", [[7, ""], ["b", ""]]) }],
    [/version of image 1/, { images: json("images", [["a", ""], ["b"]]) }],
    [/must be an array/, { images: json("images", {}) }],
    [/not JSON/, { images: u8("images", [1], [0xff]) }],
    [/format must be 1: it is 2/, {}, { ...FACTS, format: 2 }],
    [/model of the index/, {}, { ...FACTS, model: 1 }],
    [/size in the index/, {}, { ...FACTS, size: "75" }],
    [/root of the index/, {}, { ...FACTS, root: null }],
    [/geometry in the index/, {}, { ...FACTS, geometry: 1 } as typeof FACTS],
  ];
  for (const [message, tensors, facts] of wrong) {
    await assert.rejects(read(tensors, JSON.stringify(facts ?? FACTS)), {
      name: "CorruptWeightsError",
      message,
    });
  }
  await assert.rejects(read({}, "{"), { message: /not JSON/ });
  await assert.rejects(read({}, undefined, "totem"), {
    name: "CorruptWeightsError",
    message: /as it is a model: totem index makes an index of a folder/,
  });
});

Deno.test("readIndex() asks for no memory that the file doesn't justify", async () => {
  await assert.rejects(readIndex(streamOf(headerOf(1, 2 ** 40))), {
    name: "CorruptWeightsError",
    message: /<= 2147483648 bytes besides its codes: it has 1099511627788/,
  });
});

Deno.test("readIndex() says how many images an index holds, of a file with more", async () => {
  for (const count of [2_097_150, 100_000_000]) {
    await assert.rejects(readIndex(streamOf(headerOf(count, 9, 2048))), {
      name: "MemoryLimitError",
      message:
        `Cannot hold ${count} images in one index as with 2048 features it holds 2097149 at most: make several indexes, which totem search takes together, or use totem batch plan FOLDER --task features --shard-size N, whose results it also searches`,
    });
  }
});

Deno.test("readIndex() ends when its signal fires", async () => {
  const bytes = await bytesOf(await madeUpIndex(madeUpFeatures(2, 16), 16));
  await assert.rejects(
    readIndex(streamOf(bytes), { signal: AbortSignal.abort() }),
    { name: "AbortError" },
  );
});

/** The start of a file of `count` images, whose names take `bytes` bytes. */
function headerOf(count: number, bytes: number, width = 8): Uint8Array {
  let at = 0;
  const tensor = (dtype: string, shape: number[], length: number) => (
    { dtype, shape, data_offsets: [at, at += length] }
  );
  const header = JSON.stringify({
    __metadata__: { "totem.index": JSON.stringify(FACTS) },
    codes: tensor("U8", [count, width], count * width),
    scales: tensor("F32", [count], 4 * count),
    pattern: tensor("U8", [width], width),
    images: tensor("U8", [bytes], bytes),
  });
  const file = new Uint8Array(8 + header.length);
  new DataView(file.buffer).setUint32(0, header.length, true);
  new TextEncoder().encodeInto(header, file.subarray(8));
  return file;
}

function read(
  tensors: Partial<typeof TENSORS> = {},
  facts = JSON.stringify(FACTS),
  key = "totem.index",
) {
  const { stream } = writeSafetensors(
    new Map([[key, facts]]),
    Object.values({ ...TENSORS, ...tensors }),
  );
  return readIndex(stream);
}

function u8(name: string, shape: number[], values: number[]): TensorSource {
  return { name, dtype: "U8", shape, data: () => Uint8Array.from(values) };
}

function f32(name: string, values: number[]): TensorSource {
  const { buffer } = Float32Array.from(values);
  const data = () => new Uint8Array(buffer);
  return { name, dtype: "F32", shape: [values.length], data };
}

function json(name: string, value: unknown): TensorSource {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return u8(name, [bytes.length], [...bytes]);
}

async function bytesOf(index: Parameters<typeof writeIndex>[0]) {
  return await new Response(writeIndex(index).stream).bytes();
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Blob([bytes.slice()]).stream();
}
