import assert from "node:assert/strict";
import {
  type Classifier,
  decodeImage,
  fileStore,
  load,
  preprocess,
  readImageHeader,
} from "../mod.ts";
import { checkBackend, listBackends } from "../src/backends/mod.ts";
import { cost, inceptionV3 } from "../src/model/mod.ts";
import {
  download,
  importKerasH5,
  importLayersModel,
  importTorchvision,
  readNetwork,
  writeNetwork,
} from "../src/weights/mod.ts";
import { parseHeader } from "../src/weights/safetensors/header.ts";
import {
  addImages,
  describeModel,
  findSimilar,
  readIndex,
  SearchIndex,
  writeIndex,
} from "../src/search/mod.ts";
import { cropAndResize } from "../src/image/mod.ts";
import { load as loadInt8 } from "../src/int8.ts";
import { createHandler } from "../src/server/mod.ts";
import {
  accuracy,
  calibrationError,
  confusionMatrix,
  cutCrop,
  ensemble,
  evaluate,
  multiCrops,
  summarize,
  withCrops,
} from "../src/evaluate/mod.ts";
import {
  adapt,
  finetune,
  smoothLabel,
  softmaxCrossEntropy,
  trainNetwork,
} from "../src/train/mod.ts";
import { drawOverlay, encodePng, upsample } from "../src/explain/mod.ts";
import {
  calibrateByBatchNorm,
  loadNetwork,
  quantizeNetwork,
} from "../src/weights/mod.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { explanationOf } from "./explain/maps.ts";
import { importModel } from "./layers_model.ts";

const int8 = await narrowNetwork();
const f32 = await importModel();
const PHOTO = await Deno.readFile(
  new URL("../examples/photos/drum.jpg", import.meta.url),
);
const PIXELS = { data: new Uint8Array(4), width: 1, height: 1 };

async function* photos() {
  yield await Promise.resolve(PHOTO);
}

/** Values that TypeScript rejects, but JavaScript and settings files can pass. */
// deno-lint-ignore no-explicit-any
type Anything = any;

/** Wrong options; each error must name the option and its value. */
const LOAD: readonly (readonly [options: object, named: RegExp])[] = [
  [{ activationBits: 6 }, /activationBits must be one of 7, 8, "auto".* 6$/],
  [{ activationBits: "8" }, /activationBits .* "8"$/],
  [
    { onCompile: 1 },
    /onCompile must be a function/,
  ],
  [
    { threading: "foo" },
    /threading must be one of "latency", "throughput".* "foo"$/,
  ],
  [{ threads: "2" }, /threads .* "2"$/],
  [{ threads: 65 }, /threads .* 1\.\.64.* 65$/],
  [{ threads: 65, backend: "webgpu" }, /threads .* 65$/],
  [{ onInput: 5 }, /onInput must be a function.* 5$/],
  [{ onProgress: 5 }, /onProgress must be a function.* 5$/],
  [{ memoryLimit: NaN }, /memoryLimit .* NaN$/],
  [{ memoryLimit: "30MB" }, /memoryLimit .* "30MB"$/],
  [{ memoryLimit: -1 }, /memoryLimit .* -1$/],
  [
    { backend: "cuda" },
    /backend must be one of "wasm", "webgpu", "auto": .* "cuda"$/,
  ],
  [{ backend: null }, /backend .* null$/],
  [{ tfjsWasmFolder: "http:" }, /tfjsWasmFolder must be an add.* "http:"$/],
  [{ tfjsWasmFolder: 5 }, /tfjsWasmFolder must be an address or a path.* 5$/],
  [
    { precision: "f16" },
    /precision must be one of "int8", "f32", "auto": .* "f16"$/,
  ],
  [{ variant: 74 }, /variant must be "full", .* >= 75: current value is 74$/],
  [{ variant: "192" }, /variant .* "192"$/],
  [{ store: "folder" }, /store must be what fileStore\(.* "folder"$/],
  [{ signal: new AbortController() }, /signal .* an AbortController$/],
  [{ maxSilence: "5" }, /maxSilence .* "5"$/],
  [{ labels: "cat, dog" }, /labels .* "cat, dog"$/],
  [{ preprocessing: "keras" }, /preprocessing must be { crop.* "keras"$/],
  [{ preprocessing: null }, /preprocessing must be { crop.* null$/],
  [{ preprocessing: { crop: "squash" } }, /crop must be { kind.* "squash"$/],
  [{ preprocessing: { scale: [1, 1, 1] } }, /must have offset beside scale/],
  [{ preprocessing: { offset: [1, 1, 1] } }, /must have scale beside offset/],
  [{ preprocessing: { resize: "nearest" } }, /resize .*nearest/],
  [{ preprocessing: preprocessing({ resize: "lanczos" }) }, /resize .*lanczos/],
  [{ preprocessing: preprocessing({ scale: [1, 1] }) }, /scale .* array of 2$/],
  [{ preprocessing: preprocessing({ offset: 1 }) }, /offset .* 1$/],
];

for (const [options, named] of LOAD) {
  Deno.test(`load() refuses ${textOf(options)}`, async () => {
    await refuses(() => load("nothing.safetensors", options), named);
    if (/store|signal|maxSilence|labels|preproc/.test(textOf(options))) {
      await refuses(() => loadNetwork("nothing.h5", options), named);
    }
  });
}

for (
  const [source, named] of [
    [Promise.resolve(""), /a Promise \(await it\)$/],
    [new Request("http://a.org"), /a Request$/],
    [[new Uint8Array(9)], /an array of 1$/],
    [null, /null$/],
    [undefined, /undefined$/],
    [{}, /an Object$/],
  ] as const
) {
  Deno.test(`load() refuses ${textOf(source)} as a model, and says what it takes`, async () => {
    for (const it of [load, loadNetwork, loadInt8] as Anything[]) {
      await refuses(() => it(source), named);
      await refuses(
        () => it(source),
        /path, an address, the bytes of its file/,
      );
    }
  });
}

Deno.test("load() refuses a response that was read", async () => {
  const response = new Response(new Uint8Array(9));
  await response.arrayBuffer();
  await refuses(() => load(response), /body is read already: give .*clone/);
});

for (
  const [image, named] of [
    ["", /address or path must not be empty: current value is ""$/],
    [
      Promise.resolve(PHOTO),
      /^Cannot read a Promise \(await it\) as an image:/,
    ],
    [new Uint8ClampedArray(4), /a Uint8Clamped.* \{ data, width, height \}\):/],
    [new Float32Array(4), /a Float32.*pixels are given as \{ data, w.* \}\):/],
    [
      [PHOTO, PHOTO],
      /^Cannot read an array of 2 as an image \(classifyAll\(\) takes several images\):/,
    ],
    [new Set([PHOTO]), /a Set .*\(classifyAll\(\) takes several images\):/],
    [photos(), /an Object .*\(classifyAll\(\) takes several images\):/],
    [{}, /^Cannot read an Object as an image:/],
    [5, /^Cannot read 5 as an image:/],
    [null, /^Cannot read null as/],
    [undefined, /^Cannot read undefined as/],
  ] as const
) {
  Deno.test(`a classifier refuses ${textOf(image)} as an image, and says what it takes`, async () => {
    using classifier = await open();
    const given = image as Anything;
    for (
      const use of [
        () => classifier.classify(given),
        () => classifier.features(given),
        () => classifier.explain(given),
        () => withCrops(classifier, 12).predict(given),
      ]
    ) {
      await refuses(use, named);
      if (image === "") continue;
      await refuses(
        use,
        /bytes of an image file.* address or a path.*pixels \{ data,/,
      );
    }
  });
}

for (
  const [options, named] of [
    [{ top: 0 }, /top .* 0$/],
    [{ top: 1.5 }, /top .* 1\.5$/],
    [{ top: "3" }, /top .* "3"$/],
    [{ maxPixels: NaN }, /maxPixels .* NaN$/],
    [{ maxPixels: "1e6" }, /maxPixels .* "1e6"$/],
    [{ maxMemory: NaN }, /maxMemory .* NaN$/],
    [
      { allowTruncated: "ignore" },
      /allowTruncated must be a boolean.* "ignore"$/,
    ],
    [{ onTimings: 5 }, /onTimings must be a function.* 5$/],
    [{ crop: "center" }, /crop must be { kind: .* "center"$/],
    [{ crop: 0.875 }, /crop must be { kind: .* 0\.875$/],
    [{ crop: null }, /crop must be { kind: .* null$/],
    [{ crop: {} }, /crop's kind .* undefined$/],
    [{ crop: { kind: "centre", fraction: 1 } }, /crop's kind .* "centre"$/],
    [{ crop: { kind: "center", fraction: 1.5 } }, /fraction .* 1\.5$/],
    [{ crop: { kind: "center", fraction: "1" } }, /fraction .* "1"$/],
    [{ crop: { kind: "resize" } }, /crop's to must .* undefined$/],
    [{ crop: { kind: "resize", to: 9.5, size: 9 } }, /crop's to .* 9\.5$/],
    [
      { crop: { kind: "resize", to: 1e9, size: 9 } },
      /crop's to .* 1000000000$/,
    ],
    [{ crop: { kind: "resize", to: 9 } }, /crop's size must .* undefined$/],
    [{ crop: { kind: "resize", to: 9, size: 10 } }, /in 1\.\.9: .* 10$/],
    [{ signal: new AbortController() }, /signal .* an AbortController$/],
  ] as const
) {
  Deno.test(`classify() refuses ${textOf(options)}`, async () => {
    using classifier = await open();
    await refuses(() => classifier.classify(PHOTO, options as Anything), named);
  });
}

Deno.test("explain() refuses a method and a class that there aren't", async () => {
  using classifier = await open();
  const explain = (options: object) => () =>
    classifier.explain(PHOTO, options as Anything);
  await refuses(explain({ method: "foo" }), /method .*"occlusion".* "foo"$/);
  await refuses(explain({ class: 1.5 }), /class 1\.5/);
  await refuses(explain({ class: null }), /null$/);
});

Deno.test("what evaluates refuses numbers and images that it doesn't take", async () => {
  using classifier = await open();
  for (const count of [7, 0, "12"] as Anything[]) {
    await refuses(() => withCrops(classifier, count), /1, 12, 144/);
    await refuses(() => multiCrops(9, 9, count), /12, 144/);
  }
  await refuses(() => ensemble([]), /no models/);
  await refuses(() => calibrationError([], 0), /bins .* 0$/);
  const predictor = withCrops(classifier);
  const run = (images: Anything, options?: Anything) => async () => {
    for await (const _ of evaluate(predictor, images, options));
  };
  const read = () => Promise.resolve(PHOTO);
  await refuses(
    run([{ image: PHOTO, classes: [1] }]),
    /\{ label, image \}, or read\(\)/,
  );
  await refuses(
    run([{ name: "a", label: [7], read }]),
    /"a" as its class .* 0\.\.6.* 7$/,
  );
  await refuses(
    run([{ name: "a", label: [], read }]),
    /"a" as it must have a class/,
  );
  await refuses(run([], { signal: "soon" }), /signal .* "soon"$/);
});

for (
  const [options, named] of [
    [{ classes: "ab" }, /classes .* "ab"$/],
    [{ validationSplit: "0.2" }, /validationSplit .* "0\.2"$/],
    [{ dropout: 1 }, /dropout .* 1$/],
    [{ augmentations: "4" }, /augmentations .* "4"$/],
    [{ hiddenUnits: 0 }, /hiddenUnits .* 0$/],
    [{ hiddenUnits: 1e9 }, /hiddenUnits .* in 1\.\.16384: .* 1000000000$/],
    [{ labelSmoothing: 1 }, /labelSmoothing must be an object, .* 1$/],
    [{ onEpoch: 5 }, /onEpoch must be a function.* 5$/],
    [{ createTable: {} }, /createTable must be a function.* an Object$/],
    [{ optimizer: "sgd" }, /optimizer .*"adam".* "sgd"$/],
    [{ learningRate: "0.1" }, /learningRate .* "0\.1"$/],
    [{ seed: NaN }, /seed .* NaN$/],
    [{ labelSmoothing: { epsilon: "0" } }, /epsilon .* "0"$/],
    [{ signal: {} }, /signal .* an Object$/],
    [{ activationBits: 6 }, /activationBits .* 6$/],
  ] as const
) {
  Deno.test(`finetune() refuses ${textOf(options)}`, async () => {
    const given = { classes: ["a", "b"], ...options } as Anything;
    await refuses(() => finetune(int8, [], given), named);
  });
}

Deno.test("finetune() refuses f32 weights, and says what makes int8", async () => {
  await refuses(
    () => finetune(f32, [], { classes: ["a", "b"] }),
    /convert\(\) and totem convert .* loadQuantized\(\)/,
  );
});

for (
  const [options, named] of [
    [{ variant: "79" }, /variant .* "79"$/],
    [{ batchNorm: "0.5" }, /batchNorm .* "0\.5"$/],
    [{ signal: 5 }, /signal must be an AbortSignal.* 5$/],
    [{ tfjs: 5 }, /tfjs must be .* 5$/],
  ] as const
) {
  Deno.test(`adapt() refuses ${textOf(options)}`, async () => {
    const given = { variant: "low79", ...options } as Anything;
    const photos = [0, 1].map(() => ({ image: PIXELS }));
    await refuses(() => adapt(f32, photos, given), named);
  });
}

Deno.test("an index refuses tops and images that it doesn't take", async () => {
  using classifier = await open();
  const pattern = new Uint8Array(classifier.featureCount);
  const model = { name: "narrow", size: 75, pattern };
  const index = await SearchIndex.create({ model, root: "" });
  const features = new Float32Array(pattern.length);
  for (const top of [0, 1.5, NaN, "3"] as Anything[]) {
    await refuses(() => index.nearest(features, top), /top must be a whole/);
  }
  index.add({ name: "a", version: "1" }, features);
  await refuses(
    () => index.add({ name: "a", version: "2" }, features),
    /one of that name/,
  );
  const signal = "soon" as Anything;
  await refuses(
    () => addImages(index, classifier, [], { signal }).next(),
    /signal .* "soon"$/,
  );
});

for (
  const [options, named] of [
    [{ classifier: "nsfw" }, /classifier .* "nsfw"$/],
    [{ classifier: undefined }, /classifier .* undefined$/],
    [{ maxPixels: NaN }, /maxPixels .* NaN$/],
    [{ deadline: "30" }, /deadline .* "30"$/],
    [{ queue: -1 }, /queue .* -1$/],
    [{ token: "" }, /token .* no request could bring it$/],
    [{ token: "a b" }, /token .* no request could bring it$/],
    [{ token: 5 }, /token .* no request could bring it$/],
    [{ onRequest: 5 }, /onRequest must be a function.* 5$/],
    [{ cors: 5 }, /cors .* 5$/],
    [{ cors: ["example.org"] }, /origin "example\.org"/],
  ] as const
) {
  Deno.test(`createHandler() refuses ${textOf(options)}`, async () => {
    const classifier = () => open();
    await refuses(
      () => createHandler({ classifier, ...options } as Anything),
      named,
    );
  });
}

Deno.test("download() and fileStore() refuse what they don't take", async () => {
  const store = fileStore(undefined);
  const address = "https://example.org/model.safetensors";
  const from = (address: string, options: object) => () =>
    download(address, { store, limit: 1, ...options } as Anything);
  await refuses(from(address, { limit: NaN }), /limit .* NaN$/);
  await refuses(from(address, { limit: "1MB" }), /limit .* "1MB"$/);
  await refuses(from(address, { store: "folder" }), /store .* "folder"$/);
  await refuses(from(address, { signal: 1 }), /signal .* 1$/);
  await refuses(from(address, { maxSilence: NaN }), /maxSilence .* NaN$/);
  await refuses(from("model.safetensors", {}), /address .* "model\.safe/);
  await refuses(() => fileStore(5 as Anything), /folder .* 5$/);
  await refuses(
    () => fileStore(undefined, { onWarning: 5 } as Anything),
    /onWarning .* 5$/,
  );
  await refuses(from(address, { onProgress: 5 }), /onProgress .* 5$/);
});

Deno.test("createHandler() says that the classifier is missing, or misspelt", async () => {
  const handler = (options: Anything) => () => createHandler(options);
  await refuses(handler({}), /option classifier must be .* is undefined$/);
  await refuses(handler({ clasifier: 1 }), /did you mean classifier\?$/);
});

Deno.test("options that aren't an object are refused, not passed over", async () => {
  using classifier = await open();
  for (const options of [3, "webgpu", null] as Anything[]) {
    const named = /options must be an object/;
    await refuses(() => classifier.classify(PHOTO, options), named);
    await refuses(() => classifier.features(PHOTO, options), named);
    await refuses(() => classifier.explain(PHOTO, options), named);
    await refuses(() => decodeImage(PHOTO, options), named);
    await refuses(() => loadNetwork("nsfw", options), named);
    await refuses(() => finetune(int8, [], options), named);
    await refuses(() => adapt(f32, [], options), named);
    await refuses(() => createHandler(options), named);
    await refuses(() => load(int8, options), named);
    await refuses(() => loadInt8(int8, options), named);
    await refuses(() => fileStore(undefined, options), named);
    await refuses(() => findSimilar(null!, classifier, PHOTO, options), named);
    await refuses(
      () => addImages(null!, classifier, [], options).next(),
      named,
    );
    const predictor = withCrops(classifier);
    await refuses(() => evaluate(predictor, [], options).next(), named);
  }
});

Deno.test("an option that there isn't is refused, with the one that was meant", async () => {
  using classifier = await open();
  const predictor = withCrops(classifier);
  const store = fileStore(undefined);
  const address = "https://example.org/model.safetensors";
  const stream = new Blob().stream();
  const pattern = new Uint8Array(classifier.featureCount);
  const model = { name: "narrow", size: 75, pattern };
  const index = await SearchIndex.create({ model, root: "" });
  const [backend] = listBackends();
  const meant = (name: string, meant: string) =>
    new RegExp(`there is no option "${name}": did you mean ${meant}\\?$`);
  const CALLS: readonly (readonly [
    call: (options: Anything) => unknown,
    name: string,
    meant: string,
  ])[] = [
    [(it) => load(int8, it), "activationbits", "activationBits"],
    [(it) => load(int8, it), "thread", "threads"],
    [(it) => loadInt8(int8, it), "varient", "variant"],
    [(it) => loadNetwork("nothing.h5", it), "label", "labels"],
    [(it) => classifier.classify(PHOTO, it), "tops", "top"],
    [(it) => classifier.probabilities(PHOTO, it), "corp", "crop"],
    [(it) => classifier.features(PHOTO, it), "maxPixel", "maxPixels"],
    [(it) => classifier.explain(PHOTO, it), "clas", "class"],
    [(it) => classifier.classifyAll([], it).next(), "tops", "top"],
    [(it) => classifier.featuresAll([], it).next(), "singal", "signal"],
    [(it) => decodeImage(PHOTO, it), "maxpixels", "maxPixels"],
    [
      (it) => preprocess(PHOTO, 9, null!, it),
      "allowTruncate",
      "allowTruncated",
    ],
    [(it) => inceptionV3(it), "varient", "variant"],
    [(it) => fileStore("missing", it), "onWarn1ng", "onWarning"],
    [(it) => download(address, { store, limit: 1, ...it }), "sha265", "sha256"],
    [(it) => readNetwork(stream, it), "sizes", "size"],
    [(it) => finetune(int8, [], it), "epoch", "epochs"],
    [(it) => adapt(f32, [], it), "batchnorm", "batchNorm"],
    [(it) => trainNetwork([], it), "label", "labels"],
    [(it) => evaluate(predictor, [], it).next(), "singal", "signal"],
    [(it) => findSimilar(index, classifier, PHOTO, it), "tops", "top"],
    [(it) => addImages(index, classifier, [], it).next(), "singal", "signal"],
    [(it) => listBackends(it), "thread", "threads"],
    [
      (it) => checkBackend(backend!, inceptionV3(), it),
      "memorylimit",
      "memoryLimit",
    ],
    [(it) => withCrops(classifier, 1, it), "maxpixels", "maxPixels"],
    [(it) => createHandler({ classifier, ...it }), "quue", "queue"],
  ];
  for (const [call, name, right] of CALLS) {
    await refuses(() => call({ [name]: 1 }), meant(name, right));
  }
  await refuses(
    () => load(int8, { device: "webgpu" } as Anything),
    /there is no option "device"\. Should be one of: labels, .*backend/,
  );
  using other = await load(
    int8,
    { variant: 75, device: undefined } as Anything,
  );
  assert.equal(other.size, 75);
});

Deno.test("checkBackend() refuses what load() refuses", async () => {
  const [backend] = listBackends();
  const graph = inceptionV3({ variant: "low79" });
  for (
    const request of [
      { memoryLimit: NaN },
      { memoryLimit: -1 },
      { backend: "gpu" },
      { precision: "f16" },
      { threads: 0 },
    ] as Anything[]
  ) {
    await refuses(() => checkBackend(backend!, graph, request), /must be/);
  }
});

Deno.test("what an object among the options doesn't have is refused", async () => {
  using classifier = await open();
  const crop = { kind: "center", fraction: 0.5, fractoin: 0.9 } as Anything;
  const misspelt = preprocessing({ ofset: [0, 0, 0] }) as Anything;
  const fraction = /crop has no "fractoin": did you mean fraction\?$/;
  const offset = /has no "ofset": did you mean offset\?$/;
  const smoothing = { epsilon: 0.1, prior: [0.5, 0.5] } as Anything;
  await refuses(() => classifier.classify(PHOTO, { crop }), fraction);
  await refuses(
    () => load(int8, { preprocessing: preprocessing({ crop }) as Anything }),
    fraction,
  );
  await refuses(() => load(int8, { preprocessing: misspelt }), offset);
  await refuses(() => preprocess(PHOTO, 9, misspelt), offset);
  await refuses(
    () => smoothLabel(0, 2, smoothing),
    /labelSmoothing has no "prior": did you mean priors\?$/,
  );
  await refuses(
    () => withCrops(classifier, 12, { signal: 1 } as Anything),
    /there is no option "signal"/,
  );
  await refuses(
    () => withCrops(classifier, 12, { maxPixels: NaN }),
    /maxPixels .* NaN$/,
  );
});

Deno.test("readers of files refuse what aren't bytes, or a stream of them", async () => {
  const buffer = PHOTO.slice().buffer as Anything;
  for (
    const read of [readImageHeader, importKerasH5, parseHeader]
  ) {
    await refuses(() => read(buffer), /as a Uint8Array: .* an ArrayBuffer$/);
  }
  const bytes = PHOTO as Anything;
  await refuses(() => readNetwork(bytes), /ReadableStream .* a Uint8Array$/);
  await refuses(() => readIndex(bytes), /ReadableStream .* a Uint8Array$/);
});

Deno.test("importers refuse facts that aren't taken", async () => {
  const facts = { labels: [1, 2] } as Anything;
  const named = /labels must be an array of texts/;
  await refuses(() => importKerasH5(new Uint8Array(9), facts), named);
  await refuses(() => importLayersModel({}, () => null!, facts), named);
  const header = { dataLength: 0 } as Anything;
  await refuses(() => importTorchvision(header, PHOTO, facts), named);
});

Deno.test("what writes files refuses what couldn't be read again", async () => {
  await refuses(() => writeNetwork(f32 as Anything), /aren't int8: convert/);
  using classifier = await open();
  await refuses(() => describeModel(f32 as Anything, "x"), /load\(\) gives it/);
  const model = await describeModel(classifier, "narrow");
  const index = await SearchIndex.create({ model, root: "" });
  const features = new Float32Array(classifier.featureCount);
  for (
    const [image, named] of [
      [{ name: 5, version: "1" }, /name and version must be texts: .* 5$/],
      [{ name: "a" }, /name and version must be texts: .* undefined$/],
      [null, /must be texts/],
    ] as const
  ) {
    await refuses(() => index.add(image as Anything, features), named);
  }
  const unnamed = { model, root: undefined } as Anything;
  await refuses(() => SearchIndex.create(unnamed), /root .* undefined$/);
  const odd = { model: { ...model, name: 5 }, root: "" } as Anything;
  await refuses(() => SearchIndex.create(odd), /model .* 5$/);
});

Deno.test("what draws, writes and calibrates refuses what isn't what it takes", async () => {
  for (const wrong of [null, 5, {}] as Anything[]) {
    await refuses(() => upsample(wrong, 9, 9), /classifier\.explain\(\) gives/);
    await refuses(() => drawOverlay(PIXELS, wrong), /explain\(\) gives/);
    await refuses(
      () => cropAndResize(wrong, 9, wrong),
      /Cannot resize an image/,
    );
    await refuses(() => writeIndex(wrong), /must be a SearchIndex/);
    await refuses(() => writeNetwork(wrong), /must be a Network/);
    await refuses(
      () => calibrateByBatchNorm(wrong, wrong),
      /must be a Network/,
    );
    await refuses(() => quantizeNetwork(wrong, wrong, wrong), /must be a Netw/);
    await refuses(() => quantizeNetwork(f32, wrong, wrong), /calibration must/);
    await refuses(() => calibrationError(wrong), /answers must be an array/);
    await refuses(
      () => confusionMatrix(["a"], wrong),
      /answers must be an arr/,
    );
  }
  for (const options of [null, 5] as Anything[]) {
    const stream = new Blob().stream();
    await refuses(() => readNetwork(stream, options), /options must be an obj/);
    await refuses(
      () => readIndex(stream, options),
      /options must be an object/,
    );
    await refuses(() => trainNetwork([], options), /options must be an object/);
  }
});

Deno.test("what gave a wrong picture or number for a wrong argument refuses it", async () => {
  const image = { data: new Uint8Array(16), width: 2, height: 2 };
  const outside = { left: 1, top: 0, side: 2, mirrored: false } as Anything;
  await refuses(() => cutCrop(image, outside), /within the image of 2x2/);
  await refuses(() => multiCrops(NaN, 9, 12), /width .* NaN$/);
  const short = { ...image, data: new Uint8Array(15) };
  await refuses(() => encodePng(short), /encode an image whose data is 15 by/);
  const crop = { left: 0, top: 0, width: 1, height: 1 };
  const map = explanationOf([[1]], crop);
  await refuses(() => drawOverlay(short, map), /15 bytes/);
  await refuses(
    () => drawOverlay(PIXELS, map, { maxPixel: 9 } as Anything),
    /"maxPixel"/,
  );
  const counts = Uint32Array.of(1, 2, 3) as Anything;
  const matrix = { labels: ["a", "b"], counts };
  await refuses(() => accuracy(matrix), /what confusionMatrix\(\) gives/);
  await refuses(() => cost(inceptionV3(), "4" as Anything), /bytesPerV.* "4"$/);
  await refuses(() => softmaxCrossEntropy(5 as Anything, []), /logits .* 5$/);
});

Deno.test("what learns and measures refuses arguments of another kind", async () => {
  using classifier = await open();
  const given = classifier as Anything;
  const options = { classes: ["a", "b"] };
  await refuses(() => finetune(given, [], options), /network must be a Netw/);
  await refuses(() => finetune(int8, {} as Anything, options), /iterable/);
  await refuses(() => adapt(given, [], { variant: 75 }), /network must be a/);
  const photos = [PHOTO, PHOTO] as Anything;
  await refuses(() => adapt(f32, photos, { variant: 75 }), /\{ image \}/);
  await refuses(() => withCrops(int8 as Anything), /load\(\) gives it/);
  await refuses(() => ensemble([given]), /withCrops\(\) gives them/);
  await refuses(() => evaluate(given, []).next(), /withCrops\(\) or ens/);
  const predictor = withCrops(classifier);
  await refuses(() => evaluate(predictor, {} as Anything).next(), /iterable/);
  for (const labels of [null, "ab", [1]] as Anything[]) {
    await refuses(() => summarize(labels, []), /labels must be an array/);
    await refuses(() => confusionMatrix(labels, []), /labels must be an array/);
  }
  for (const index of [null, {}, { model: 5 }] as Anything[]) {
    const named = /index must be a SearchIndex, as readIndex/;
    await refuses(() => findSimilar(index, classifier, PHOTO), named);
    await refuses(() => addImages(index, classifier, []).next(), named);
  }
  const failed = [{ name: "a", error: "b" }] as Anything;
  await refuses(() => summarize(["a", "b"], failed), /without those that fail/);
});

function open(): Promise<Classifier> {
  return load(int8, { variant: 75, activationBits: 8 });
}

function preprocessing(other: object) {
  const each = [1, 1, 1];
  const crop = { kind: "squash" };
  return { crop, resize: "antialiased", scale: each, offset: each, ...other };
}

async function refuses(use: () => unknown, named: RegExp): Promise<void> {
  await assert.rejects(async () => void await use(), {
    name: "ArgumentError",
    code: "invalid-argument",
    message: named,
  });
}

function textOf(value: unknown): string {
  return Deno.inspect(value, { compact: true, breakLength: Infinity });
}
