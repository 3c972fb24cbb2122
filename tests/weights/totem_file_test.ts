import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { fuzzRuns } from "../fuzz_runs.ts";
import { AbortedError, CorruptWeightsError } from "../../src/errors.ts";
import {
  inceptionV3,
  type InceptionV3Options,
  isWeighted,
  modelMetadata,
  type Network,
  type QuantizedNetwork,
} from "../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
  readNetwork,
  type SafetensorsHeader,
  type TensorSource,
  writeNetwork,
  writeSafetensors,
} from "../../src/weights/mod.ts";
import { parseHeader } from "../../src/weights/safetensors/header.ts";
import { parseTotemFile } from "../../src/weights/totem_file.ts";
import { isTotemFile } from "../../src/weights/totem_header.ts";
import { importModel, NARROW } from "../layers_model.ts";
import { makeFile, streamOf } from "./safetensors/files.ts";
import { joined } from "../joined.ts";

/** For each kind of damage. */
const RUNS = fuzzRuns(150, 700);

const network = await narrowNetwork(NARROW);
const FILE = await bytesOf(writeNetwork(network));

/** A network whose file is mostly header. */
const SMALLEST = { widthMultiplier: 1 / 32, classes: 3, hiddenUnits: [2] };
const SMALL_FILE = await bytesOf(
  writeNetwork({ ...await narrowNetwork(SMALLEST), variant: 75 }),
);

const ARCHITECTURES: Omit<InceptionV3Options, "variant">[] = [
  { classes: 7 },
  { classes: 0 },
  { classes: 2 },
  { classes: 5, hiddenUnits: [9] },
  { classes: 5, hiddenUnits: [9, 5, 3] },
];

for (const architecture of ARCHITECTURES) {
  const { classes, hiddenUnits = [] } = architecture;

  Deno.test(`readNetwork() gives what writeNetwork() was given, of ${classes} classes after [${hiddenUnits}]`, async () => {
    const network = await narrowNetwork({
      widthMultiplier: 1 / 16,
      ...architecture,
    });
    const { stream, byteLength } = writeNetwork(network);
    const bytes = await bytesOf({ stream });
    assert.equal(bytes.length, byteLength);
    assertSameNetwork(await readNetwork(streamOf(bytes).stream), network);
  });
}

for (const countIncludePad of [false, true]) {
  for (const resize of ["antialiased", "bicubic", "half-pixel"] as const) {
    for (
      const crop of [
        { kind: "squash" },
        { kind: "center", fraction: 0.875 },
        { kind: "center", fraction: 1 },
        { kind: "resize", to: 342, size: 299 },
      ] as const
    ) {
      Deno.test(`readNetwork() gives back countIncludePad ${countIncludePad}, ${resize} and ${JSON.stringify(crop)}`, async () => {
        const other: QuantizedNetwork = {
          ...network,
          architecture: { ...network.architecture, countIncludePad },
          preprocessing: { ...network.preprocessing, crop, resize },
        };
        const { architecture, preprocessing } = await readNetwork(
          writeNetwork(other).stream,
        );
        assert.deepEqual(architecture, other.architecture);
        assert.deepEqual(preprocessing, other.preprocessing);
      });
    }
  }
}

Deno.test("readNetwork() gives back facts in any writing", async () => {
  const facts = {
    labels: ["", "a\u0000b", '"\\', "ß", "日本", "\ud83d\ude00", "a,b\n"],
    source: '\u2028 <script>"</script>',
    license: "CC-BY-4.0",
    calibration: { method: "images", images: 1_000_000 },
  } as const;
  const { labels, source, license, calibration } = await readNetwork(
    writeNetwork({ ...network, ...facts }).stream,
  );
  assert.deepEqual({ labels, source, license, calibration }, facts);
});

Deno.test("readNetwork() gives back the classes' ids, where there are some", async () => {
  const classIds = Array.from({ length: 7 }, (_, i) => `n0000000${i}`);
  const bytes = await bytesOf(writeNetwork({ ...network, classIds }));
  assert.deepEqual((await read(bytes)).classIds, classIds);
  assert.equal((await read(FILE)).classIds, undefined);
  for (const wrong of [classIds.slice(1), [1, 2], "n0000000", null]) {
    await assert.rejects(
      remake({ facts: (facts) => ({ ...facts, classIds: wrong }) }).then(read),
      CorruptWeightsError,
    );
  }
});

Deno.test("readNetwork() gives the names of ImageNet in a file of before as words", async () => {
  const labels = Array.from({ length: 1000 }, (_, i) => `class_${i}`)
    .with(2, "great_white_shark").with(282, "tiger_cat")
    .with(388, "giant_panda").with(999, "toilet_tissue");
  const many = await narrowNetwork({ widthMultiplier: 1 / 32, classes: 1000 });
  const write = (labels: readonly string[]) =>
    readNetwork(writeNetwork({ ...many, labels }).stream);
  assert.equal((await write(labels)).labels[282], "tiger cat");
  const own = labels.with(388, "panda");
  assert.deepEqual((await write(own)).labels, own);
});

for (const variant of ["full", "low151", "low79", 75, 151, 1024] as const) {
  Deno.test(`readNetwork() gives back the variant ${variant}`, async () => {
    const { stream } = writeNetwork({ ...network, variant });
    assert.equal((await readNetwork(stream)).variant, variant);
  });
}

Deno.test("writeNetwork() refuses a variant that readNetwork() does", () => {
  assert.throws(
    () => writeNetwork({ ...network, variant: 1025 }),
    {
      name: "ArgumentError",
      message: /variant of 1025 as it must be a whole number of 75\.\.1024$/,
    },
  );
});

Deno.test("readNetwork() gives back how bytes became values, and what was assumed", async () => {
  const folded = { scale: [1 / 127.5, 0.1, 2], offset: [-1, 0, 1e-9] } as const;
  const { stream } = writeNetwork({
    ...network,
    folded,
    origins: {
      variant: "option",
      pixels: "assumed",
      crop: "model",
      resize: "assumed-earlier",
    },
  });
  const read = await readNetwork(stream);
  assert.deepEqual(read.folded, folded);
  assert.deepEqual(read.origins, {
    pixels: "assumed-earlier",
    resize: "assumed-earlier",
  });
  assert.deepEqual(modelMetadata(read).pixels, {
    value: folded,
    from: "assumed-earlier",
  });
});

Deno.test("readNetwork() reads a file that says neither size nor scale", async () => {
  const bytes = await remake({
    facts: ({ preprocessing, ...facts }) => ({
      ...facts,
      variant: undefined,
      assumed: undefined,
      preprocessing: {
        ...preprocessing,
        scale: undefined,
        offset: undefined,
      },
    }),
  });
  const facts = modelMetadata(await read(bytes));
  assert.deepEqual(facts.variant, { value: "full", from: "assumed" });
  assert.equal(facts.pixels.value, null);
});

Deno.test("readNetwork() reads an architecture that is said by its defaults", async () => {
  // The types allow this, and `inceptionV3` builds the same network from it.
  const { countIncludePad, hiddenUnits, ...architecture } =
    network.architecture;
  assert.deepEqual([countIncludePad, hiddenUnits], [false, []]);
  const { stream } = writeNetwork({ ...network, architecture });
  assertSameNetwork(await readNetwork(stream), network);
});

Deno.test("readNetwork() reads a file of a writer that leaves defaults out", async () => {
  const bytes = await remake({
    facts: ({ architecture, ...facts }) => ({
      ...facts,
      architecture: { ...architecture, hiddenUnits: undefined },
    }),
  });
  assertSameNetwork(await read(bytes), network);
});

Deno.test("readNetwork() takes tensors in any order", async () => {
  const bytes = await remake({ tensors: (them) => them.toReversed() });
  assertSameNetwork(await read(bytes), network);
  // Floats may then be unaligned.
  const odd = await narrowNetwork({
    classes: 5,
    hiddenUnits: [1, 1],
    widthMultiplier: 1 / 32,
  });
  const file = await bytesOf(writeNetwork(odd));
  assert.ok(
    parseHeader(file).tensors.some((it) =>
      it.dtype === "F32" && it.offset % 4 !== 0
    ),
  );
  assertSameNetwork(await read(file), odd);
});

Deno.test("readNetwork() reads parts of any size, with or without the file's", async () => {
  for (const parts of [1009, 4096, FILE.length]) {
    for (const size of [undefined, FILE.length]) {
      const { stream } = streamOf(FILE, parts);
      assertSameNetwork(await readNetwork(stream, { size }), network);
    }
  }
});

Deno.test("readNetwork() gives weights that a second file repeats byte by byte", async () => {
  assert.deepEqual(await bytesOf(writeNetwork(await read(FILE))), FILE);
});

Deno.test("readNetwork() gives weights as views of what was read", async () => {
  const network = await read(FILE);
  const [first, second] = ["Conv2d_1a_3x3", "Logits"].map((it) =>
    network.quantized(it).weight
  );
  assert.equal(first!.buffer, second!.buffer);
  assert.equal(network.quantized("Logits").weight.buffer, first!.buffer);
});

Deno.test("readNetwork() refuses names without weights or a range", async () => {
  const network = await read(FILE);
  for (const name of ["nothing", "Mixed_5b", "MaxPool_3a_3x3", "toString"]) {
    const expected = { name: "ArgumentError", message: new RegExp(`"${name}`) };
    assert.throws(() => network.quantized(name), expected);
    assert.throws(() => network.weights(name), expected);
    assert.throws(() => network.absMax(name), expected);
  }
  assert.throws(() => network.absMax("Logits"), { name: "ArgumentError" });
});

Deno.test("writeNetwork() puts all I8 first, each convolution at a multiple of 32 bytes", async () => {
  for (
    const file of [
      FILE,
      SMALL_FILE,
      await bytesOf(writeNetwork(
        await narrowNetwork({ widthMultiplier: 1 / 16, hiddenUnits: [5, 3] }),
      )),
    ]
  ) {
    const { tensors, dataOffset } = parseHeader(file, file.length);
    assert.equal(dataOffset % 32, 0);
    const codes = tensors.filter((it) => it.dtype === "I8");
    assert.deepEqual(tensors.slice(0, codes.length), codes);
    const floats = tensors.slice(codes.length, -1);
    assert.ok(floats.every((it) => it.dtype === "F32"));
    assert.equal(tensors.at(-1)!.name, "sha256");
    const convolutions = codes.filter((it) => it.shape.length === 5);
    assert.equal(convolutions.length, 94);
    assert.deepEqual(codes.slice(0, 94), convolutions);
    for (const { name, offset } of convolutions) {
      assert.equal(offset % 32, 0, name);
    }
  }
});

Deno.test("writeNetwork() makes each layer once, when its turn comes", async () => {
  const made: string[] = [];
  const { stream } = writeNetwork({
    ...network,
    quantized(name) {
      made.push(name);
      return network.quantized(name);
    },
  });
  assert.deepEqual(made, []);
  const reader = stream.getReader();
  for (let before = 0, done = false; !done; before = made.length) {
    done = (await reader.read()).done;
    assert.ok(made.length <= before + 1, `${made.slice(before)}`);
  }
  const weighted = inceptionV3(network.architecture).nodes.filter(isWeighted);
  assert.deepEqual(made, weighted.map(({ name }) => name));
});

Deno.test("writeNetwork() fails with what a layer throws", async () => {
  const { stream } = writeNetwork({
    ...network,
    quantized(name) {
      if (name !== "Conv2d_2b_3x3") return network.quantized(name);
      throw new CorruptWeightsError("a negative variance");
    },
  });
  await assert.rejects(bytesOf({ stream }), /a negative variance/);
});

Deno.test("isTotemFile() tells Totem's files from other safetensors", async () => {
  assert.ok(isTotemFile(parseHeader(FILE)));
  const { stream } = writeSafetensors(new Map([["format", "pt"]]), []);
  assert.ok(!isTotemFile(parseHeader(await bytesOf({ stream }))));
});

Deno.test("parseTotemFile() reads data that lies inside of a larger memory", () => {
  const header = parseHeader(FILE);
  const memory = new Uint8Array(FILE.length + 7);
  memory.set(FILE, 3);
  const from = 3 + header.dataOffset;
  const data = memory.subarray(from, from + header.dataLength);
  assertSameNetwork(parseTotemFile(header, data), network);
});

/** Faults in the facts, with their errors. */
const FACT_FAULTS: [
  name: string,
  change: (facts: FactsJson) => unknown,
  message: RegExp,
][] = [
  ["facts that are a list", () => [], /the network's metadata .* an object/],
  ["another format", set({ format: 2 }), /of format 2: this .* format 1$/],
  ["no format", set({ format: undefined }), /a Totem file of format absent/],
  ["a format as text", set({ format: "1" }), /of format "1"/],
  ["no architecture", set({ architecture: null }), /architecture .* an object/],
  [
    "an unknown architecture",
    setArchitecture({ name: "inception-v4" }),
    /must be "inception-v3": it is "inception-v4"$/,
  ],
  [
    "an architecture of which this version knows too little",
    setArchitecture({ stem: "wide" }),
    /architecture has "stem" as this version doesn't know/,
  ],
  ["no labels", set({ labels: undefined }), /labels .* an array: .* absent$/],
  [
    "too few labels",
    set({ labels: ["a"] }),
    /7 classes with 1 name from its metadata$/,
  ],
  ["a label that isn't text", set({ labels: [1] }), /a label .* a string/],
  ["classes below 0", setArchitecture({ classes: -1 }), /classes .* 0\.\.\d+/],
  ["half a class", setArchitecture({ classes: 6.5 }), /classes .* whole/],
  ["2^20 classes", setArchitecture({ classes: 2 ** 20 }), /classes .* 1048576/],
  ["2^60 classes", setArchitecture({ classes: 2 ** 60 }), /classes as it must/],
  ["no classes", setArchitecture({ classes: null }), /classes .* number/],
  [
    "hidden units as a number",
    setArchitecture({ hiddenUnits: 9 }),
    /hiddenUnits .* an array/,
  ],
  [
    "hidden units of 0",
    setArchitecture({ hiddenUnits: [0] }),
    /hiddenUnits as it must be .*: it is 0$/,
  ],
  [
    "2^20 hidden units",
    setArchitecture({ hiddenUnits: [2 ** 20] }),
    /hiddenUnits as it must be a whole number .*: it is 1048576$/,
  ],
  [
    "hidden units below 0",
    setArchitecture({ hiddenUnits: [9, -9] }),
    /hiddenUnits as it must be a whole number .*: it is -9$/,
  ],
  [
    // Each costs memory before any tensor is looked up.
    "a thousand hidden layers",
    setArchitecture({ hiddenUnits: Array(1000).fill(1) }),
    /hiddenUnits/,
  ],
  [
    "hidden layers that aren't there",
    setArchitecture({ hiddenUnits: [9] }),
    /"Logits\/hidden_1.weight" as it must be I8 \[9,128\]: it is absent$/,
  ],
  [
    "countIncludePad as a number",
    setArchitecture({ countIncludePad: 1 }),
    /countIncludePad as it must be true or false: it is 1$/,
  ],
  [
    "a width of 0",
    setArchitecture({ widthMultiplier: 0 }),
    /widthMultiplier as it must be > 0 and <= 4: it is 0$/,
  ],
  [
    "an absurd width",
    setArchitecture({ widthMultiplier: 1e300 }),
    /widthMultiplier as it must be > 0 and <= 4: it is 1e\+300$/,
  ],
  [
    "a width as text",
    setArchitecture({ widthMultiplier: "1" }),
    /widthMultiplier as it must be a finite number: it is "1"$/,
  ],
  [
    "another width",
    setArchitecture({ widthMultiplier: 1 / 8 }),
    /"Conv2d_3b_1x1.weight" .* I8 \[2,1,2,8,4\]: it is I8 \[1,1,1,8,4\]$/,
  ],
  ...["half", 74, 1025, 75.5, -299, "299", null, 1e300].map((variant): [
    string,
    (facts: FactsJson) => unknown,
    RegExp,
  ] => [
    `a variant of ${JSON.stringify(variant)}`,
    set({ variant }),
    /variant as it must be a (whole|finite) number/,
  ]),
  [
    "a scale without an offset",
    setPreprocessing({ scale: [1, 1, 1], offset: undefined }),
    /offset as it must be an array: it is absent$/,
  ],
  [
    "a scale of 4 channels",
    setPreprocessing({ scale: [1, 1, 1, 1], offset: [0, 0, 0] }),
    /scale as it must be 3 numbers/,
  ],
  [
    "an offset of text",
    setPreprocessing({ scale: [1, 1, 1], offset: [0, "0", 0] }),
    /offset as it must be a finite number/,
  ],
  [
    "an unknown assumption",
    set({ assumed: ["crop", "toString"] }),
    /was assumed as it must be among variant, pixels, .*: it is "toString"$/,
  ],
  ["assumptions that are no list", set({ assumed: "crop" }), /an array/],
  ["no preprocessing", set({ preprocessing: 1 }), /preprocessing .* an object/],
  [
    "an unknown crop",
    setPreprocessing({ crop: { kind: "stretch" } }),
    /crop as it must be squash, center or resize: it is "stretch"$/,
  ],
  ["no crop", setPreprocessing({ crop: undefined }), /crop .* an object/],
  ...[0, -0.5, 1.01, "1", null, undefined].map((fraction): [
    string,
    (facts: FactsJson) => unknown,
    RegExp,
  ] => [
    `a crop of ${JSON.stringify(fraction)}`,
    setPreprocessing({ crop: { kind: "center", fraction } }),
    /the crop's fraction as it must be /,
  ]),
  ...[[0, 1], [1e9, 1], [342.5, 299], ["342", 299], [undefined, 299]].map((
    [to, size],
  ): [string, (facts: FactsJson) => unknown, RegExp] => [
    `a crop that resizes to ${JSON.stringify(to)}`,
    setPreprocessing({ crop: { kind: "resize", to, size } }),
    /the crop's to as it must be /,
  ]),
  ...[0, 343, 1.5, null].map((size): [
    string,
    (facts: FactsJson) => unknown,
    RegExp,
  ] => [
    `a crop of ${size} pixels of 342`,
    setPreprocessing({ crop: { kind: "resize", to: 342, size } }),
    /the crop's size as it must be /,
  ]),
  [
    "an unknown resize",
    setPreprocessing({ resize: "lanczos" }),
    /resize as it must be antialiased, bicubic or half-pixel: it is "lanczos"$/,
  ],
  [
    "no calibration",
    set({ calibration: undefined }),
    /calibration as it must be an object: it is absent$/,
  ],
  [
    "an unknown calibration",
    set({ calibration: { method: "guess", images: 1 } }),
    /method as it must be images or batch-norm: it is "guess"$/,
  ],
  [
    "a calibration by -1 images",
    set({ calibration: { method: "images", images: -1 } }),
    /the calibration's images as it must be a whole number .*: it is -1$/,
  ],
  ["no source", set({ source: undefined }), /source .* a string/],
  ["no licence", set({ license: 1 }), /license .* a string: it is 1$/],
];

for (const [name, facts, message] of FACT_FAULTS) {
  Deno.test(`readNetwork() rejects ${name}`, async () => {
    await assertCorrupt(await remake({ facts }), message);
  });
}

Deno.test("readNetwork() rejects facts that aren't JSON, and safetensors without", async () => {
  const { tensors } = take(FILE);
  for (
    const [metadata, message] of [
      [new Map([["totem", "{"]]), /metadata as it is not JSON$/],
      [new Map([["totem", ""]]), /metadata as it is empty$/],
      [
        new Map([["totem", `[${"{},".repeat(300_000)}{}]`]]),
        /metadata as it must have <= 131072 structural characters/,
      ],
      [
        new Map([["totem", "[".repeat(900_000)]]),
        /metadata as it must nest <= 64 deep/,
      ],
      [new Map([["format", "pt"]]), /as their metadata has no "totem"$/],
      [new Map(), /as their metadata has no "totem"$/],
    ] as const
  ) {
    const file = await bytesOf(writeSafetensors(metadata, tensors));
    await assertCorrupt(file, message);
  }
});

const BIAS = "Mixed_5b/branch1x1.bias";
const WEIGHT = "Mixed_5b/branch1x1.weight";

/** Faults in the tensors, with their errors. */
const TENSOR_FAULTS: [
  name: string,
  change: (tensors: TensorSource[]) => TensorSource[],
  message: RegExp,
][] = [
  [
    "a tensor that is absent",
    (them) => them.filter(({ name }) => name !== BIAS),
    /"Mixed_5b\/branch1x1.bias" as it must be F32 \[4\]: it is absent$/,
  ],
  [
    "no tensors",
    () => [],
    /"Conv2d_1a_3x3.weight" as it must be I8 \[1,3,3,8,4\]: it is absent$/,
  ],
  [
    "a tensor that the network hasn't",
    (them) => [...them, { ...them.at(-1)!, name: "Mixed_5b.range" }],
    /its network has no tensor "Mixed_5b.range"$/,
  ],
  [
    "a tensor that every object has",
    (them) => [...them, { ...them.at(-1)!, name: "toString" }],
    /its network has no tensor "toString"$/,
  ],
  [
    "weights of another type",
    (them) => replace(them, WEIGHT, { dtype: "U8" }),
    /branch1x1.weight" as it must be I8 \[1,1,3,8,4\]: it is U8 \[1,1,3,8,4\]$/,
  ],
  [
    "floats of another type",
    (them) => replace(them, BIAS, { dtype: "I32" }),
    /branch1x1.bias" as it must be F32 \[4\]: it is I32 \[4\]$/,
  ],
  [
    "weights in another order",
    (them) => replace(them, WEIGHT, { shape: [1, 3, 1, 8, 4] }),
    /branch1x1.weight" as it must be I8 \[1,1,3,8,4\]: it is I8 \[1,3,1,8,4\]$/,
  ],
  [
    "floats of another shape",
    (them) => replace(them, BIAS, { shape: [2, 2] }),
    /branch1x1.bias" as it must be F32 \[4\]: it is F32 \[2,2\]$/,
  ],
  [
    "a range of another shape",
    (them) => replace(them, "Conv2d_1a_3x3.range", { shape: [1] }),
    /"Conv2d_1a_3x3.range" as it must be F32 \[\]: it is F32 \[1\]$/,
  ],
];

for (const [name, tensors, message] of TENSOR_FAULTS) {
  Deno.test(`readNetwork() rejects ${name}`, async () => {
    await assertCorrupt(await remake({ tensors }), message);
  });
}

for (
  const [part, values] of [
    ["scale", [NaN, Infinity, -Infinity, 0, -0, -1]],
    ["range", [NaN, Infinity, -Infinity, 0, -0, -1]],
    ["bias", [NaN, Infinity, -Infinity]],
  ] as const
) {
  for (const node of ["Conv2d_1a_3x3", "Mixed_7c/branch_pool"]) {
    Deno.test(`readNetwork() rejects a ${part} of ${node} that is no ${part}`, async () => {
      const name = `${node}.${part}`;
      const positive = part === "bias" ? "" : " and > 0";
      for (const value of values) {
        const file = FILE.slice();
        const { tensors, dataOffset } = parseHeader(file);
        const { offset, length } = tensors.find((it) => it.name === name)!;
        new DataView(file.buffer)
          .setFloat32(dataOffset + offset + length - 4, value, true);
        await assertCorrupt(
          file,
          `"${name}" as its values must be finite${positive}: one is ${value}`,
        );
      }
    });
  }
}

Deno.test("readNetwork() rejects a weight of -128, in any layer", async () => {
  const { tensors, dataOffset } = parseHeader(FILE);
  for (const { name, dtype, offset, length } of tensors) {
    if (dtype !== "I8") continue;
    const file = FILE.slice();
    file[dataOffset + offset + length - 1] = 0x80;
    const node = name.replace(".weight", "");
    await assertCorrupt(
      file,
      `"${node}" as they must be in -127..127: one is -128`,
    );
  }
});

Deno.test("readNetwork() takes a bias of 0 or below", async () => {
  const zeros = { data: () => new Uint8Array(16) };
  const bytes = await remake({ tensors: (it) => replace(it, BIAS, zeros) });
  const { bias } = (await read(bytes)).quantized("Mixed_5b/branch1x1");
  assert.deepEqual(bias, new Float32Array(4));
});

Deno.test("readNetwork() rejects a file that claims more than any network has", async () => {
  const { facts } = take(FILE);
  const length = 2 ** 28 + 1;
  const header = makeFile({
    __metadata__: { totem: JSON.stringify(facts) },
    a: { dtype: "I8", shape: [length], data_offsets: [0, length] },
  }, 0);
  await assertCorrupt(header, /<= 268435456 bytes: it has 268435457$/);
});

Deno.test("readNetwork() rejects a file that is cut off, wherever it is", async () => {
  const { dataOffset } = parseHeader(FILE);
  const lengths = [0, 7, 8, 9, dataOffset - 1, dataOffset, FILE.length - 1];
  for (let i = 1; i < 50; i++) lengths.push(Math.floor(FILE.length * i / 50));
  for (const length of lengths) {
    const part = FILE.subarray(0, length);
    await assertCorrupt(part, /bytes|byte /);
    await assertCorrupt(part, /bytes|byte /, FILE.length);
  }
});

Deno.test("readNetwork() rejects a file that goes on", async () => {
  const longer = new Uint8Array(FILE.length + 1);
  longer.set(FILE);
  const message = new RegExp(`must have ${FILE.length} bytes: `);
  await assertCorrupt(longer, message);
  await assertCorrupt(longer, message, longer.length);
});

Deno.test("readNetwork() cancels a stream that it doesn't read to its end", async () => {
  const bytes = await remake({ facts: set({ format: 2 }) });
  const { stream, cancelled } = streamOf(bytes, 1000);
  await assert.rejects(readNetwork(stream), CorruptWeightsError);
  assert.ok(cancelled());
});

Deno.test("readNetwork() stops when its signal fires", async () => {
  const reason = new Error("the person went on");
  const isAborted = (error: unknown) => {
    assert.ok(error instanceof AbortedError, String(error));
    assert.equal(error.cause, reason);
    return true;
  };
  const before = streamOf(FILE, 1000);
  const signal = AbortSignal.abort(reason);
  await assert.rejects(readNetwork(before.stream, { signal }), isAborted);
  assert.ok(before.cancelled());

  const controller = new AbortController();
  const during = streamOf(FILE, 1000);
  let read = 0;
  const onBytes = (count: number) => {
    if ((read += count) > FILE.length / 2) controller.abort(reason);
  };
  await assert.rejects(
    readNetwork(during.stream, { signal: controller.signal, onBytes }),
    isAborted,
  );
  assert.ok(during.cancelled() && read < FILE.length);
});

Deno.test("readNetwork() of damaged bytes gives a network or a CorruptWeightsError", async () => {
  const byte = fc.oneof(
    fc.nat(255),
    fc.constantFrom(...`0123456789{}[]",:-e.\\`).map((it) => it.charCodeAt(0)),
  );
  const changes = fc.array(fc.tuple(position, byte), {
    minLength: 1,
    maxLength: 3,
  });
  await fuzz(changes.map((changes) => {
    const bytes = SMALL_FILE.slice();
    for (const [where, byte] of changes) {
      bytes[Math.floor(where * bytes.length)] = byte;
    }
    return bytes;
  }));
});

Deno.test("readNetwork() of cut and spliced files gives a network or a CorruptWeightsError", async () => {
  const files = [SMALL_FILE, FILE, makeFile("{}", 0)];
  await fuzz(
    fc.tuple(fc.constantFrom(...files), position, position, position).map(
      ([other, end, from, to]) => {
        const [first, last] = from < to ? [from, to] : [to, from];
        return joined(
          // Often cut within the last tensor, or not at all.
          SMALL_FILE.subarray(0, Math.ceil(end * 1.1 * SMALL_FILE.length)),
          end * 1.1 > 1 && from < 0.5 ? new Uint8Array() : other.subarray(
            Math.floor(first * other.length),
            Math.ceil(last * other.length),
          ),
        );
      },
    ),
  );
});

Deno.test("readNetwork() of facts that lie gives a network or a CorruptWeightsError", async () => {
  const { facts, tensors } = take(SMALL_FILE);
  const tokens = JSON.stringify(facts).match(/"[^"]*":?|[\d.]+|\w+|./g)!;
  const values = [...tokens.keys()].filter((i) =>
    /^("[^"]*"|[\d.]+|\w+)$/.test(tokens[i]!)
  );
  const lie = fc.tuple(position, fc.constantFrom(...LIES));
  const lies = fc.array(lie, { minLength: 1, maxLength: 2 });
  await fuzz(
    lies.map((lies) => {
      const changed = [...tokens];
      for (const [where, lie] of lies) {
        changed[values[Math.floor(where * values.length)]!] = lie;
      }
      return changed.join("");
    }),
    (totem) => bytesOf(writeSafetensors(new Map([["totem", totem]]), tensors)),
  );
});

/** Replacements for JSON values of the facts. */
const LIES = [
  ..."0 -0 -1 1 2 3 7 0.5 1e-300 1e308 1e999 1048575 4294967296".split(" "),
  ...["null", "true", "false", '""', '"a"', '"center"', '"half-pixel"'],
  ...["[]", "{}", "[0]", "[1,1]", '{"kind":"center"}', '{"__proto__":1}'],
];

// Uniform, unlike `fc.double`, most of whose numbers are near 0.
const position = fc.nat(9_999).map((n) => n / 10_000);

/** Reads each file, as it is or as changed by `make`. */
async function fuzz<T>(
  damaged: fc.Arbitrary<T>,
  make: (it: T) => Uint8Array | Promise<Uint8Array> = (it) => it as Uint8Array,
): Promise<void> {
  let sound = 0;
  const sized = fc.boolean();
  await fc.assert(
    fc.asyncProperty(damaged, sized, async (damaged, sized) => {
      const bytes = await make(damaged);
      const size = sized ? bytes.length : undefined;
      try {
        const found = await readNetwork(streamOf(bytes, 4096).stream, { size });
        sound++;
        assert.equal(found.labels.length, found.architecture.classes);
        assert.ok(found.absMax("Conv2d_1a_3x3") > 0);
        assert.ok(found.weights("Conv2d_1a_3x3").bias.every(Number.isFinite));
      } catch (error) {
        if (!(error instanceof CorruptWeightsError)) throw error;
      }
    }),
    { numRuns: RUNS },
  );
  // Some damage is harmless.
  assert.ok(sound > 0 && sound < RUNS, `${sound} were sound`);
}

function assertSameNetwork(
  found: QuantizedNetwork,
  expected: QuantizedNetwork,
): void {
  const facts = (
    { architecture, labels, preprocessing, calibration, source, license }:
      QuantizedNetwork,
  ) => ({ architecture, labels, preprocessing, calibration, source, license });
  assert.deepEqual(facts(found), facts(expected));
  for (const node of inceptionV3(expected.architecture).nodes) {
    const { op, name } = node;
    if (isWeighted(node)) {
      assert.deepEqual(found.quantized(name), expected.quantized(name), name);
      assert.deepEqual(found.weights(name), expected.weights(name), name);
    }
    if (op !== "conv" && op !== "avgPool") continue;
    assert.equal(found.absMax(name), Math.fround(expected.absMax(name)), name);
  }
}

async function assertCorrupt(
  bytes: Uint8Array,
  message: RegExp | string,
  size?: number,
): Promise<void> {
  const { stream } = streamOf(bytes);
  await assert.rejects(readNetwork(stream, { size }), (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.ok(error.message.endsWith(message), error.message);
    return true;
  });
}

function read(bytes: Uint8Array): Promise<QuantizedNetwork> {
  return readNetwork(streamOf(bytes).stream, { size: bytes.length });
}

/** The facts, with types for the parts that tests change. */
interface FactsJson {
  readonly architecture: Record<string, unknown>;
  readonly preprocessing: Record<string, unknown>;
}

/** Rewrites the narrow network's file with changed facts or tensors. */
async function remake(
  { facts = (it) => it, tensors = (them) => them }: {
    facts?(facts: FactsJson): unknown;
    tensors?(tensors: TensorSource[]): TensorSource[];
  },
): Promise<Uint8Array> {
  const file = take(FILE);
  const metadata = new Map([["totem", JSON.stringify(facts(file.facts))]]);
  return await bytesOf(writeSafetensors(metadata, tensors(file.tensors)));
}

/** A file's facts, and its tensors without the digest, for another file. */
function take(file: Uint8Array): { facts: FactsJson; tensors: TensorSource[] } {
  const header: SafetensorsHeader = parseHeader(file);
  const data = file.subarray(header.dataOffset);
  return {
    facts: JSON.parse(header.metadata.get("totem")!),
    tensors: header.tensors.slice(0, -1).map((
      { offset, length, ...tensor },
    ) => ({
      ...tensor,
      data: () => data.subarray(offset, offset + length),
    })),
  };
}

function set(change: Record<string, unknown>) {
  return (facts: FactsJson) => ({ ...facts, ...change });
}

function setArchitecture(change: Record<string, unknown>) {
  return ({ architecture, ...facts }: FactsJson) => ({
    ...facts,
    architecture: { ...architecture, ...change },
  });
}

function setPreprocessing(change: Record<string, unknown>) {
  return ({ preprocessing, ...facts }: FactsJson) => ({
    ...facts,
    preprocessing: { ...preprocessing, ...change },
  });
}

function replace(
  tensors: readonly TensorSource[],
  name: string,
  change: Partial<TensorSource>,
): TensorSource[] {
  assert.ok(tensors.some((it) => it.name === name), name);
  return tensors.map((it) => it.name === name ? { ...it, ...change } : it);
}

async function narrowNetwork(
  architecture: Omit<InceptionV3Options, "variant">,
): Promise<QuantizedNetwork> {
  const network: Network = await importModel({ architecture, gamma: true });
  return quantizeNetwork(
    network,
    calibrateByBatchNorm(network, inceptionV3(network.architecture)),
    { source: "random numbers", license: "CC0-1.0" },
  );
}

async function bytesOf(
  { stream }: { stream: ReadableStream<Uint8Array> },
): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(stream as ReadableStream<never>).bytes();
}
