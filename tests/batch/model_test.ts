import assert from "node:assert/strict";
import { load } from "../../mod.ts";
import {
  openModel,
  type OpenModelOptions,
} from "../../src/batch/open_model.ts";
import type { BatchPlan, PlannedModel } from "../../src/batch/plan.ts";
import {
  planModel,
  type PlanModelOptions,
  type RunModel,
} from "../../src/batch/plan_model.ts";
import type { Network } from "../../src/model/mod.ts";
import { drawPattern } from "../../src/search/test_pattern.ts";
import { VERSION } from "../../src/version.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { importModel, NARROW } from "../layers_model.ts";
import { type MemoryStorage, memoryStorage } from "./memory_storage.ts";

const int8 = await narrowNetwork();
const HASH = "0123456789abcdef".repeat(4);
const OPTIONS = { name: "narrow", variant: 75 } as const;
const planned = await planModel(int8, OPTIONS);
const IMAGE = drawPattern(100);

Deno.test("a run's model answers as the one that was planned", async () => {
  using own = await load(int8, {
    variant: 75,
    activationBits: 8,
    precision: "int8",
  });
  using opened = await open(planned);
  assert.equal(opened.size, 75);
  assert.deepEqual(
    await opened.probabilities(IMAGE),
    await own.probabilities(IMAGE),
  );
  assert.deepEqual(await opened.features(IMAGE), await own.features(IMAGE));
  const { model } = planOf(planned);
  assert.equal(model.name, "narrow");
  assert.equal(model.variant, 75);
  assert.equal(model.geometry, "central crop, antialiased resize");
  assert.equal(planned.wasFloat, false);
});

Deno.test("threads make no difference to a run's model", async () => {
  using one = await open(planned, { threads: 1 });
  using some = await open(planned, { threads: 3 });
  assert.deepEqual([one.concurrency, some.concurrency], [1, 4]);
  assert.deepEqual(await some.features(IMAGE), await one.features(IMAGE));
});

Deno.test("planning a model again gives the same bytes", async () => {
  const again = await planModel(await narrowNetwork(), OPTIONS);
  assert.deepEqual(again.planned, planned.planned);
  assert.deepEqual(again.file, planned.file);
});

Deno.test("what a model is asked for is in the run's file", async () => {
  const crop = { kind: "center", fraction: 0.5 } as const;
  const asked = {
    ...int8,
    labels: "abcdefg".split(""),
    preprocessing: { ...int8.preprocessing, crop },
    architecture: { ...int8.architecture, activation: "sigmoid" as const },
  };
  const model = await planModel(asked, { ...OPTIONS, activationBits: 7 });
  using opened = await open(model);
  assert.deepEqual(opened.labels, asked.labels);
  assert.deepEqual(opened.metadata.crop.value, crop);
  assert.equal(opened.metadata.activation.value, "sigmoid");
  assert.equal(opened.activationBits, 7);
  assert.equal(
    model.planned.geometry,
    "central crop of 50%, antialiased resize",
  );
});

Deno.test("the probe tells answers apart that may differ", async () => {
  const { architecture } = int8;
  const probes = await Promise.all([
    probeOf(int8, {}),
    probeOf(int8, { activationBits: 7 }),
    probeOf(int8, { variant: 76 }),
    // A probe with the same features.
    probeOf(
      { ...int8, architecture: { ...architecture, activation: "sigmoid" } },
      {},
    ),
    probeOf(
      { ...int8, architecture: { ...architecture, activation: "none" } },
      {},
    ),
    probeOf({ ...int8, labels: "abcdefg".split("") }, {}),
  ]);
  assert.equal(new Set(probes).size, probes.length);
});

Deno.test("a model without classes can be planned", async () => {
  const architecture = { ...NARROW, classes: 0 };
  const model = await planModel(await narrowNetwork({ architecture }), OPTIONS);
  using opened = await open(model);
  assert.equal(opened.labels.length, 0);
});

Deno.test("f32 weights become int8 as those of known models", async () => {
  const model = await planModel(await importModel(), OPTIONS);
  assert.equal(model.wasFloat, true);
  assert.equal(model.planned.probe, planned.planned.probe);
});

Deno.test("f32 weights without batch norm need photos first", async () => {
  const f32 = await importModel();
  const folded = {
    ...f32,
    weights(name: string) {
      const { kernel, bias } = f32.weights(name);
      return { kernel, bias };
    },
  };
  await assert.rejects(planModel(folded), {
    name: "ArgumentError",
    message:
      /no batch norm: .*\. A batch run needs int8 weights: totem convert --calibrate/,
  });
});

type Change = Partial<Omit<BatchPlan, "model">> & {
  readonly model?: Partial<PlannedModel>;
};

const OTHERS: Readonly<
  Record<string, readonly [Change, RegExp]>
> = {
  "another version": [
    { totem: "0.0.1" },
    /planned with Totem 0\.0\.1, and here it is \d+\.\d+\.\d+: another version/,
  ],
  "another file": [
    { model: { sha256: HASH } },
    /planned with a model\.safetensors with the SHA-256 0123456789\w{54}, and here it is [\da-f]{64}: the file was changed/,
  ],
  "another geometry": [
    { model: { geometry: "squashed to a square, bicubic resize" } },
    /planned with the geometry squashed .*, and here it is central crop, antialiased resize: plan/,
  ],
  "other answers": [
    { model: { probe: HASH } },
    /planned with answers for the test pattern with the SHA-256 0123\w{60}, and here it is [\da-f]{64}: the model has other labels, or this machine computes other answers/,
  ],
  "other bits, and so other answers": [
    { model: { activationBits: 7 } },
    /planned with answers for the test pattern/,
  ],
};

for (const [what, [change, message]] of Object.entries(OTHERS)) {
  Deno.test(`a run that was planned with ${what} is refused`, async () => {
    const plan = planOf(planned);
    const model = { ...plan.model, ...change.model };
    const storage = await storageOf(planned);
    await assert.rejects(
      openModel({ ...plan, ...change, model }, storage),
      { name: "ModelMismatchError", message },
    );
  });
}

Deno.test("a run whose model is missing or damaged is refused", async () => {
  const storage = await storageOf(planned);
  const plan = planOf(planned);
  const file = planned.file.slice();
  file[file.length - 100]! ^= 1;
  await storage.write("model.safetensors", file);
  await assert.rejects(openModel(plan, storage), {
    name: "ModelMismatchError",
    message: /Cannot work on memory .*model\.safetensors/,
  });
  storage.files.clear();
  await assert.rejects(openModel(plan, storage), {
    name: "CorruptRunError",
    message:
      "Cannot work on memory as it has no model.safetensors: plan the run again",
  });
});

Deno.test("planning and opening a model can be aborted", async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(planModel(int8, { ...OPTIONS, signal }), {
    name: "AbortError",
  });
  await assert.rejects(open(planned, { signal }), { name: "AbortError" });
});

async function probeOf(
  network: Network,
  options: PlanModelOptions,
): Promise<string> {
  return (await planModel(network, { ...OPTIONS, ...options })).planned.probe;
}

async function open(
  model: RunModel,
  options: OpenModelOptions = { threads: 1 },
) {
  return await openModel(planOf(model), await storageOf(model), options);
}

function planOf({ planned }: RunModel): BatchPlan {
  return {
    format: "totem batch 1",
    totem: VERSION,
    task: "features",
    tables: "jsonl",
    model: planned,
    images: { corpus: "photos", count: 1, columns: [], allowTruncated: false },
    shardSize: 1,
    lists: [HASH],
  };
}

async function storageOf({ file }: RunModel): Promise<MemoryStorage> {
  const storage = memoryStorage();
  await storage.write("model.safetensors", file);
  return storage;
}
