/**
 * Calls every public function with arguments that TypeScript rejects and JavaScript
 * allows: it must work or throw a `TotemError`. No user should see "Cannot read
 * properties of undefined".
 */
import assert from "node:assert/strict";
import { ENTRIES } from "../tools/entries.ts";
import { load, TotemError } from "../mod.ts";
import { inceptionV3 } from "../src/model/mod.ts";
import { SearchIndex } from "../src/search/mod.ts";
import { resNet152 } from "../src/paper/mod.ts";
import { withCrops } from "../src/evaluate/mod.ts";
import { calibrateByBatchNorm, fileStore } from "../src/weights/mod.ts";
import { makePlan, planModel } from "../src/batch/mod.ts";
import { memoryStorage } from "./batch/memory_storage.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { importModel } from "./layers_model.ts";

// deno-lint-ignore no-explicit-any
type Anything = any;

const int8 = await narrowNetwork();
const f32 = await importModel();
const graph = inceptionV3(f32.architecture);
const calibration = calibrateByBatchNorm(f32, graph);
const classifier = await load(int8, { variant: 75, activationBits: 8 });
const predictor = withCrops(classifier);
const index = await SearchIndex.create({
  model: {
    name: "narrow",
    size: 75,
    pattern: new Uint8Array(classifier.featureCount),
  },
  root: "",
});
const store = fileStore(undefined);
const PIXELS = { data: new Uint8Array(4), width: 1, height: 1 };
const MAP = await classifier.explain(PIXELS);
const MATRIX = { labels: ["a", "b"], counts: Uint32Array.of(1, 0, 1, 2) };
const CROP = { left: 0, top: 0, side: 1, mirrored: false };
const GEOMETRY = { crop: { kind: "squash" }, resize: "antialiased" };
const RIGHTS = { source: "made up", license: "MIT" };
const MISSING = "missing.safetensors";

const storage = memoryStorage();
const runModel = await planModel(int8, { variant: 75 });
const corpus = {
  address: "made up",
  columns: [],
  root: undefined,
  notes: [],
  async *rows() {
    yield { url: "missing.jpg", values: [] };
  },
};
const plan = await makePlan(corpus, runModel, storage, { tables: "jsonl" });
const featuresPlan = await makePlan(corpus, runModel, memoryStorage(), {
  tables: "jsonl",
  task: "features",
});

/** Valid arguments of each function, or null if it has none. */
const ARGUMENTS: Readonly<Record<string, (() => Anything[]) | null>> = {
  // Of the root, `./int8` and `./f32`.
  load: () => [int8, { variant: 75 }],
  decodeImage: () => [PIXELS, {}],
  cropAndResize: () => [PIXELS, 1, GEOMETRY],
  readImageHeader: () => [new Uint8Array(9)],
  preprocess: () => [PIXELS, 1, GEOMETRY, {}],
  setWasmModules: () => [{}],
  cacheApiStore: () => [{}],
  fileStore: () => ["missing", {}],
  download: () => ["http://127.0.0.1:1/", { store, limit: 1 }],
  // `./model`
  nodeInputs: () => [graph.nodes[0]],
  isWeighted: () => [graph.nodes[0]],
  nodesFor: () => [graph, "Logits"],
  inceptionV3: () => [{ variant: 75 }],
  inferShapes: () => [graph],
  cost: () => [graph, 4],
  modelMetadata: () => [f32, 75],
  isQuantized: () => [f32],
  // `./weights`
  loadNetwork: () => [MISSING, {}],
  loadQuantized: () => [MISSING, {}],
  importKerasH5: () => [new Uint8Array(9), {}],
  importLayersModel: () => [{}, () => Promise.resolve(new Uint8Array()), {}],
  importTorchvision: () => [
    { dataOffset: 8, dataLength: 0, tensors: [], metadata: new Map() },
    new Uint8Array(),
    {},
  ],
  readSafetensors: () => [
    new Blob([new Uint8Array(9)]).stream(),
    () => new Uint8Array(),
    {},
  ],
  writeSafetensors: () => [
    new Map([["a", "b"]]),
    [{ name: "a", dtype: "U8", shape: [1], data: () => Uint8Array.of(1) }],
  ],
  readNetwork: () => [new Blob([new Uint8Array(9)]).stream(), {}],
  writeNetwork: () => [int8],
  verifyNetwork: () => [int8],
  verifyFile: () => [MISSING],
  quantizeNetwork: () => [f32, calibration, RIGHTS],
  calibrateByImages: () => [f32, graph],
  calibrateByBatchNorm: () => [f32, graph],
  // `./convert`
  convert: () => [f32, [], {}],
  // `./export`
  exportOnnx: () => [f32, {}],
  exportTflite: () => [f32, {}],
  // `./backends`
  listBackends: () => [{}],
  checkBackend: () => [classifier.backend, graph, {}],
  backendName: () => [classifier.backend],
  wasmFeatures: null,
  // `./server`
  createHandler: () => [{ classifier }],
  // `./search`
  addImages: () => [index, classifier, [], {}],
  contactSheet:
    () => [{ src: "a", name: "a" }, [{ src: "a", name: "a", similarity: 1 }]],
  findSimilar: () => [index, classifier, PIXELS, {}],
  mergeMatches: () => [[[{ similarity: 1 }]], 1],
  readIndex: () => [new Blob([new Uint8Array(9)]).stream(), {}],
  writeIndex: () => [index],
  describeModel: () => [classifier, "narrow"],
  assertSameModel: () => [index, classifier],
  // `./batch`
  openStorage: () => ["missing"],
  openCorpus: () => [MISSING, {}],
  planModel: () => [int8, { variant: 75 }],
  makePlan: () => [corpus, runModel, storage, { tables: "jsonl" }],
  readPlan: () => [storage],
  planDigest: () => [plan],
  openModel: () => [plan, storage, { threads: 1 }],
  runShard: () => [plan, 0, { classifier, storage, allowAbsent: true }],
  doneShards: () => [plan, storage],
  runStatus: () => [plan, storage, {}],
  searchRun: () => [featuresPlan, storage, classifier, PIXELS, { top: 1 }],
  // `./explain`
  colorOf: () => [0.5],
  drawOverlay: () => [PIXELS, MAP],
  encodePng: () => [PIXELS],
  upsample: () => [MAP, 2, 2],
  // `./evaluate`
  evaluate: () => [predictor, [], {}],
  withCrops: () => [classifier, 1, {}],
  ensemble: () => [[predictor]],
  cutCrop: () => [PIXELS, CROP],
  multiCrops: () => [9, 9, 12],
  summarize: () => [["a", "b"], []],
  summarizeLabels: () => [["a", "b"], [], 0.5],
  calibrationError: () => [[{ probability: 0.5, isRight: true }], 2],
  accuracy: () => [MATRIX],
  classScores: () => [MATRIX],
  confusionMatrix: () => [["a", "b"], [{ actual: 0, predicted: 1 }]],
  withoutEmptyClasses: () => [MATRIX],
  confusionChart: () => ["title", MATRIX],
  // `./paper`
  networkCost: () => [resNet152()],
  googLeNet: null,
  inceptionV2: null,
  resNet152: null,
  vgg16: null,
  rewrites: null,
  // `./train`
  smoothLabel: () => [0, 2, { epsilon: 0.1 }],
  softmaxCrossEntropy: () => [[0.1, 0.2], [0, 1]],
  finetune: () => [int8, [], { classes: ["a", "b"] }],
  trainNetwork: () => [[], { labels: ["a", "b"] }],
  writeTrained: () => [f32],
  adapt: () => [f32, [], { variant: 75 }],
};

/** Replacements for a valid argument. */
const WRONG: readonly unknown[] = [
  ...[undefined, null, true, 5, -1.5, NaN, "text", ""],
  ...[[], {}, [null], () => {}, new Date(0), new Uint8Array(3)],
];

/** Replacements for a part of an argument. */
const WRONG_PARTS: readonly unknown[] = [undefined, null, 5, "text", {}, [
  null,
]];

const functions = new Map<string, (...given: Anything[]) => unknown>();
for (const [entry, path] of Object.entries(ENTRIES)) {
  if (entry === "./cli") continue;
  const module = await import(new URL(`../${path}`, import.meta.url).href);
  for (const [name, value] of Object.entries<Anything>(module)) {
    const isClass = /^class\b/.test(`${value}`);
    if (typeof value !== "function" || isClass) continue;
    if (!functions.has(name)) functions.set(name, value);
  }
}

for (const [name, call] of functions) {
  Deno.test(`${name}() refuses wrong arguments by an error of Totem's`, async () => {
    const made = ARGUMENTS[name];
    assert.ok(made !== undefined, "this test has no right arguments for it");
    const count = made?.().length ?? 0;
    for (let i = 0; i < count; i++) {
      for (const wrong of WRONG) {
        const given = made!();
        given[i] = wrong;
        await assertOwn(call, given);
      }
      for (const part of partsOf(made!()[i])) {
        for (const wrong of WRONG_PARTS) {
          const given = made!();
          given[i] = { ...given[i], [part]: wrong };
          await assertOwn(call, given);
        }
      }
    }
    await assertOwn(call, []);
  });
}

for (
  const method of [
    "classify",
    "classifyFrames",
    "probabilities",
    "logits",
    "features",
    "explain",
  ] as const
) {
  Deno.test(`${method}() refuses wrong arguments by an error of Totem's`, async () => {
    const call = (...given: Anything[]) =>
      (classifier[method] as Anything)(...given);
    for (const wrong of WRONG) {
      await assertOwn(call, [wrong]);
      await assertOwn(call, [PIXELS, wrong]);
      for (const part of ["data", "width", "height"]) {
        await assertOwn(call, [{ ...PIXELS, [part]: wrong }]);
      }
    }
  });
}

Deno.test("SearchIndex refuses wrong arguments by an error of Totem's", async () => {
  const { model } = index;
  const features = new Float32Array(classifier.featureCount);
  const create = (facts: Anything) => SearchIndex.create(facts);
  for (const wrong of WRONG) {
    await assertOwn(create, [wrong]);
    await assertOwn(create, [{ model, root: wrong }]);
    await assertOwn(create, [{ model: wrong, root: "" }]);
    for (const part of ["name", "size", "pattern"]) {
      await assertOwn(create, [{
        model: { ...model, [part]: wrong },
        root: "",
      }]);
    }
    const made = await SearchIndex.create({ model, root: "" }) as Anything;
    await assertOwn((it) => made.has(it), [wrong]);
    await assertOwn((it) => made.retain(it), [wrong]);
    await assertOwn((it) => made.nearest(it), [wrong]);
    await assertOwn((it) => made.nearest(features, it), [wrong]);
    await assertOwn((it) => made.add(it, features), [wrong]);
    await assertOwn((it) => made.add({ name: "a", version: "" }, it), [wrong]);
  }
});

/** The property names of a plain object. */
function partsOf(value: unknown): readonly string[] {
  const isPlain = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.keys(value) : [];
}

/** Runs a call to its end: it may succeed, but any error must be a `TotemError`. */
async function assertOwn(
  call: (...given: Anything[]) => unknown,
  given: readonly unknown[],
): Promise<void> {
  try {
    const result = await call(...given) as Anything;
    if (typeof result?.next === "function") await result.next();
    result?.[Symbol.dispose]?.();
  } catch (error) {
    if (error instanceof TotemError) return;
    const shown = given.map((it) =>
      Deno.inspect(it, { depth: 1, compact: true, breakLength: Infinity })
        .slice(0, 90)
    );
    assert.fail(`(${shown.join(", ")}) gives ${(error as Error).stack}`);
  }
}
