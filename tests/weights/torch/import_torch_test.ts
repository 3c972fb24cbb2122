import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { importedNetwork } from "../../../src/weights/foreign/network.ts";
import type { ImportedModel } from "../../../src/weights/foreign/imported.ts";
import { importTorch } from "../../../src/weights/torch/import_torch.ts";
import { STEM } from "../../../src/weights/torch/find_network.ts";
import type { TorchState } from "../../../src/weights/torch/collect_states.ts";
import {
  asState,
  makeStateDict,
  type StateDict,
  type TorchTensor,
} from "../../torchvision_model.ts";

const STATE = makeStateDict();

/** The state dict without its classifier. */
const BODY: StateDict = new Map(
  [...STATE].filter(([name]) => !name.startsWith("fc.")),
);

/** A tensor of small numbers. */
function numbers(...shape: number[]): TorchTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length }, (_, i) => (i % 7 - 3) / 8);
  return { shape, dtype: "F32", values };
}

/** The tensors of linear layers and batch norms, by module: `[units, inputs]` or `[units]`. */
function head(modules: Readonly<Record<string, readonly number[]>>): StateDict {
  const state: StateDict = new Map();
  for (const [module, shape] of Object.entries(modules)) {
    state.set(`${module}.weight`, numbers(...shape));
    state.set(`${module}.bias`, numbers(shape[0]!));
    if (shape.length === 2) continue;
    state.set(`${module}.running_mean`, numbers(shape[0]!));
    const variance = numbers(shape[0]!);
    state.set(`${module}.running_var`, {
      ...variance,
      values: variance.values.map((it) => it + 1),
    });
    state.set(`${module}.num_batches_tracked`, { ...numbers(), dtype: "I64" });
  }
  return state;
}

function prefixed(state: StateDict, prefix: string): StateDict {
  return new Map([...state].map(([name, it]) => [prefix + name, it]));
}

function load(...states: readonly StateDict[]) {
  return importTorch([asState(new Map(states.flatMap((it) => [...it])))]);
}

for (
  const prefix of [
    "module.",
    "model.",
    "backbone.",
    "_orig_mod.",
    "_orig_mod.module.",
    "timm_model.",
    "net.encoder.0.",
  ]
) {
  Deno.test(`importTorch() finds the network behind the prefix ${prefix}`, () => {
    const { layers, architecture } = load(prefixed(STATE, prefix));
    assert.equal(architecture.classes, 7);
    assert.equal(layers.size, 95);
    assert.equal(layers.get("Logits")!.kernel.name, `${prefix}fc.weight`);
  });
}

const HEADS: readonly (readonly [
  what: string,
  modules: Readonly<Record<string, readonly number[]>>,
  classes: number,
  hidden?: readonly number[],
])[] = [
  ["last_linear", { last_linear: [5, 128] }, 5],
  ["Sequential(Dropout, Linear)", { "fc.1": [5, 128] }, 5],
  ["a classifier of its own", { classifier: [5, 128] }, 5],
  ["a classifier in a Sequential", { "model.head.2": [5, 128] }, 5],
  ["Linear, ReLU, Dropout, Linear", { "fc.3": [5, 9], "fc.0": [9, 128] }, 5, [
    9,
  ]],
  [
    "more than ten modules",
    { "fc.2": [9, 128], "fc.10": [4, 9], "fc.14": [5, 4] },
    5,
    [9, 4],
  ],
  ["fc1 and fc2", { fc2: [5, 9], fc1: [9, 128] }, 5, [9]],
  ["batch norm of its own", { "fc.0": [128], "fc.1": [5, 128] }, 5],
  [
    "batch norm before and after ReLU",
    {
      "fc.0": [9, 128],
      "fc.1": [9],
      "fc.4": [6, 9],
      "fc.6": [6],
      "fc.7": [5, 6],
    },
    5,
    [9, 6],
  ],
  ["no classifier", {}, 0],
];

for (const [what, modules, classes, hidden = []] of HEADS) {
  Deno.test(`importTorch() reads a classifier of ${what}`, () => {
    const { architecture, origins, layers } = load(BODY, head(modules));
    assert.equal(architecture.classes, classes);
    assert.deepEqual(architecture.hiddenUnits ?? [], hidden);
    assert.equal(layers.size, 94 + (classes && 1) + hidden.length);
    assert.equal(origins?.hidden, hidden.length ? "assumed" : undefined);
    assert.equal(origins?.activation, classes ? "assumed" : undefined);
  });
}

Deno.test("importTorch() folds a classifier's batch norm where it stands", () => {
  const found = head({
    "fc.0": [128],
    "fc.2": [9, 128],
    "fc.4": [9],
    "fc.5": [5, 9],
  });
  const network = importedNetwork(load(BODY, found));
  const values = (name: string) => found.get(name)!.values;
  const features = Float64Array.from({ length: 128 }, (_, i) => i % 5 / 4);
  const norm = (x: Float64Array, name: string) =>
    x.map((it, c) =>
      (it - values(`${name}.running_mean`)[c]!) /
        Math.sqrt(values(`${name}.running_var`)[c]! + 1e-5) *
        values(`${name}.weight`)[c]! + values(`${name}.bias`)[c]!
    );
  const linear = (x: Float64Array, name: string) =>
    Float64Array.from(
      values(`${name}.bias`),
      (bias, o) =>
        x.reduce(
          (sum, it, i) =>
            sum + it * values(`${name}.weight`)[o * x.length + i]!,
          bias,
        ),
    );
  const hidden = linear(norm(features, "fc.0"), "fc.2").map((it) =>
    Math.max(0, it)
  );
  const expected = linear(norm(hidden, "fc.4"), "fc.5");

  const dense = (x: Float64Array, name: string) => {
    const { kernel, bias } = network.weights(name);
    return Float64Array.from(
      bias,
      (it, o) =>
        x.reduce((sum, v, i) => sum + v * kernel[i * bias.length + o]!, it),
    );
  };
  const logits = dense(
    dense(features, "Logits/hidden_1").map((it) => Math.max(0, it)),
    "Logits",
  );
  for (const [i, it] of logits.entries()) {
    assert.ok(Math.abs(it - expected[i]!) < 1e-4, `${it} of ${expected[i]}`);
  }
});

Deno.test("importTorch() ignores counters and the weights of a loss", () => {
  const others: StateDict = new Map([
    ["n_averaged", { ...numbers(), dtype: "I64" }],
    ["criterion.weight", numbers(7)],
    ["loss_fn.pos_weight", numbers(7)],
  ]);
  assert.equal(load(prefixed(STATE, "module."), others).layers.size, 95);
});

Deno.test("importTorch() takes one of the networks among the tensors of a file by what its names begin with", () => {
  const bias = (stateDict: string, ...states: StateDict[]) => {
    const tensors = new Map(states.flatMap((it) => [...it]));
    return importTorch([asState(tensors)], { stateDict })
      .layers.get("Logits")!.bias!.read();
  };
  const other = new Map(STATE).set("fc.bias", numbers(7));
  for (const [one, another] of [["student.", "teacher."], ["m.", "m.ema."]]) {
    const states = [prefixed(STATE, one!), prefixed(other, another!)];
    for (const [name, state] of [[one, STATE], [another, other]] as const) {
      const expected = importTorch([asState(state)]).layers.get("Logits")!;
      assert.deepEqual(bias(name!, ...states), expected.bias!.read());
    }
  }
});

const REFUSED: readonly (readonly [
  what: string,
  states: () => readonly StateDict[],
  RegExp,
])[] = [
  [
    "a mean and a maximum of each channel",
    () => [BODY, head({ fc: [5, 256] })],
    /"fc" as it must take 128 values: it takes 256, the mean and the maximum/,
  ],
  [
    "two linear layers with nothing between",
    () => [BODY, head({ "fc.0": [9, 128], "fc.1": [5, 9] })],
    /ReLU must stand between "fc\.0" and "fc\.1": nothing does/,
  ],
  [
    "two classifiers",
    () => [BODY, head({ fc: [5, 128], classifier: [3, 5] })],
    /must be of one nn\.Sequential, .*: they are "fc", "classifier"/,
  ],
  [
    "a layer norm",
    () => [BODY, new Map([["head.norm.weight", numbers(128)]])],
    /"head\.norm\.weight" of shape \[128\] .* of no linear layer or batch norm/,
  ],
  [
    "buffers that change the image",
    () => [STATE, new Map([["normalize.mean", numbers(3, 1, 1)]])],
    /"normalize\.mean" of shape \[3,1,1\]/,
  ],
  [
    "17 hidden layers",
    () => [
      BODY,
      head(Object.fromEntries(
        Array.from({ length: 18 }, (_, i) => [`fc.${2 * i}`, [128, 128]]),
      )),
    ],
    /must have <= 17 layers: it has 18/,
  ],
  [
    "a hundred networks",
    () =>
      Array.from(
        { length: 100 },
        (_, i) => prefixed(new Map([...STATE].slice(0, 1)), `${i}.`),
      ),
    /must have one network: it has more than 16/,
  ],
  [
    "names that are hostile to regular expressions",
    () => [
      BODY,
      head({
        [`${"1".repeat(2 ** 20)}a`]: [9, 128],
        ["loss.".repeat(2 ** 18)]: [5, 9],
      }),
    ],
    /must be of one nn\.Sequential/,
  ],
  ["nothing", () => [], /it has no tensors\. Only Inception-v3 is read/],
  [
    "another network",
    () => [head({ "layer1.0.conv1": [3, 4] })],
    /has 2 tensors: "layer1\.0\.conv1\.weight", .* Only Inception-v3 is read/,
  ],
  [
    "a classifier of integers",
    () => [
      BODY,
      new Map([["fc.weight", { ...numbers(5, 128), dtype: "I64" }]]),
    ],
    /"fc\.weight" as its dtype must be one of F32, F16, BF16, F64: it is I64/,
  ],
  [
    "a classifier that PyTorch quantized",
    () => [
      BODY,
      new Map([["fc.scale", numbers()], ["fc.zero_point", numbers()]]),
    ],
    /"fc\.zero_point" as it must have floats: it is quantized\. Save the model/,
  ],
  [
    "a first layer of integers",
    () => [
      new Map(STATE).set(STEM, { ...STATE.get(STEM)!, dtype: "I64" }),
    ],
    /"Conv2d_1a_3x3\.conv\.weight" as its dtype must be one of .*: it is I64/,
  ],
  [
    "batch norm of another width",
    () => [BODY, head({ "fc.0": [9, 128], "fc.1": [8], "fc.3": [5, 9] })],
    /"fc\.1\.weight" as its shape must be \[9\]: it is \[8\]/,
  ],
  [
    "a ReLU after batch norm of the features",
    () => [BODY, head({ "fc.0": [128] })],
    /must end in a linear layer/,
  ],
];

for (const [what, states, message] of REFUSED) {
  Deno.test(`importTorch() refuses ${what}`, () => {
    assert.throws(() => load(...states()), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("importTorch() asks which of several networks to take, as the file is sound", () => {
  const states = [prefixed(STATE, "student."), prefixed(STATE, "teacher.")];
  assert.throws(() => load(...states), {
    name: "ArgumentError",
    message:
      /several networks, "student" and "teacher": name one by --state-dict/,
  });
});

function under(key: string, state: StateDict): TorchState {
  return { ...asState(state), keys: [key] };
}

Deno.test("importTorch() refuses weights and others that average them, and names both", () => {
  const average = new Map(STATE).set("fc.bias", numbers(7));
  const [one, other] = [under("state_dict", STATE), under("ema", average)];
  const moved = {
    ...other,
    tensors: new Map(
      [...other.tensors].map(([name, it]) => [
        name,
        { ...it, place: `ema ${name}` },
      ]),
    ),
  };
  assert.throws(
    () => importTorch([one, moved]),
    /several networks, "state_dict" and "ema": name one by --state-dict/,
  );
  const bias = ({ layers }: ImportedModel) =>
    layers.get("Logits")!.bias!.read();
  for (const state of [one, moved]) {
    const stateDict = state.keys[0]!;
    const chosen = importTorch([one, moved], { stateDict });
    assert.deepEqual(bias(chosen), bias(importTorch([state])));
  }
  assert.notDeepEqual(bias(importTorch([one])), bias(importTorch([moved])));
  assert.throws(
    () => importTorch([one, moved], { stateDict: "mean" }),
    {
      name: "ArgumentError",
      message: /"mean" in the file: it has "state_dict" and "ema"$/,
    },
  );
  // The same tensors under two keys are a single network.
  assert.equal(importTorch([one, under("ema", STATE)]).layers.size, 95);
});

Deno.test("importTorch() refuses a classifier in a dict of its own", () => {
  const apart = under("head", head({ "0": [5, 128] }));
  assert.throws(
    () => importTorch([under("backbone", BODY), apart]),
    /the tensor "0\.weight" in \["head"\] takes the 128 features\. Save both/,
  );
  // An optimizer's state has no such tensors, or there is a classifier.
  const others = under("optimizer", head({ "0": [5, 12] }));
  const { architecture } = importTorch([under("backbone", BODY), others]);
  assert.equal(architecture.classes, 0);
  assert.equal(importTorch([under("model", STATE), apart]).layers.size, 95);
});

Deno.test("importTorch() takes FID's network by its classes, unless a file says otherwise", () => {
  const fid = new Map([...BODY, ...head({ fc: [1008, 128] })]);
  const asFid = load(prefixed(fid, "net."));
  assert.equal(asFid.architecture.lastPool, "max");
  assert.equal(asFid.architecture.countIncludePad, false);
  assert.equal(asFid.origins?.pools, "assumed");
  for (const options of [{ isOwn: true }, { config: {} }]) {
    const { architecture, origins } = importTorch([asState(fid)], options);
    assert.equal(architecture.lastPool, undefined);
    assert.equal(architecture.countIncludePad, true);
    assert.equal(origins?.pools, undefined);
  }
});
