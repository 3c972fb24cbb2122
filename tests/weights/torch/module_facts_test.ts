import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { importTorch } from "../../../src/weights/torch/import_torch.ts";
import type {
  TorchModule,
  TorchState,
} from "../../../src/weights/torch/collect_states.ts";
import type { Pickled } from "../../../src/weights/torch/pickled.ts";
import { asState, makeStateDict } from "../../torchvision_model.ts";

const STATE = makeStateDict();
const { IMAGENET_PREPROCESSING, TORCHVISION_PREPROCESSING } = await import(
  "../../../src/weights/mod.ts"
);

const TORCHVISION = "torchvision.models.inception.Inception3";
const TIMM = "timm.models.inception_v3.InceptionV3";
const NN = "torch.nn.modules";

type Modules = Readonly<
  Record<string, string | readonly [name: string, attributes: Attributes]>
>;
type Attributes = Readonly<Record<string, Pickled>>;

/** A whole model: torchvision's tensors, and modules by path; the root is `""`. */
function whole(modules: Modules, prefix = ""): TorchState {
  const parts = {
    ...modules,
    [`${prefix}Conv2d_1a_3x3.conv`]: `${NN}.conv.Conv2d`,
    [`${prefix}avgpool`]: modules[`${prefix}avgpool`] ??
      `${NN}.pooling.AdaptiveAvgPool2d`,
    ...`${prefix}fc` in modules
      ? {}
      : { [`${prefix}fc`]: `${NN}.linear.Linear` },
  };
  const { tensors } = asState(STATE);
  return {
    keys: [],
    tensors: new Map(
      [...tensors].map(([it, tensor]) => [
        prefix + it,
        { ...tensor, name: prefix + it },
      ]),
    ),
    modules: new Map(
      Object.entries(parts).map(([path, it]): [string, TorchModule] => {
        const [name, attributes] = typeof it === "string" ? [it, {}] : it;
        return [path, {
          class: name,
          attributes: new Map(Object.entries(attributes)),
        }];
      }),
    ),
  };
}

const load = (modules: Modules, prefix?: string) =>
  importTorch([whole(modules, prefix)]);

Deno.test("importTorch() knows the pixels of a whole model by transform_input", () => {
  const { scale, offset } = TORCHVISION_PREPROCESSING;
  const own = load({ "": [TORCHVISION, { transform_input: true }] });
  assert.deepEqual(own.pixels, { scale, offset });
  assert.deepEqual(own.origins, { activation: "assumed" });

  const fed = load({ "": [TORCHVISION, { transform_input: false }] });
  assert.equal(fed.pixels, undefined);
  assert.deepEqual(fed.usual, IMAGENET_PREPROCESSING);

  // A trace has no attributes, but its code shows it.
  for (const transformsInput of [true, false]) {
    const traced = importTorch([whole({ "": TORCHVISION })], {
      transformsInput,
    });
    assert.equal(traced.pixels !== undefined, transformsInput);
    assert.deepEqual(
      traced.usual,
      transformsInput ? TORCHVISION_PREPROCESSING : IMAGENET_PREPROCESSING,
    );
  }
});

Deno.test("importTorch() reads timm's configuration in a whole model", () => {
  const config = new Map<Pickled, Pickled>([
    ["mean", [0.5, 0.5, 0.5]],
    ["std", [0.25, 0.25, 0.25]],
    ["interpolation", "bicubic"],
    ["crop_pct", 0.875],
    ["input_size", [3, 299, 299]],
    ["num_classes", 1000],
  ]);
  const { pixels, geometry, variant } = load({
    "": [TIMM, { pretrained_cfg: config }],
  });
  assert.deepEqual(pixels?.offset, [-2, -2, -2]);
  assert.deepEqual(geometry, {
    resize: "bicubic",
    crop: { kind: "resize", to: 341, size: 299 },
  });
  assert.equal(variant, undefined);
});

Deno.test("importTorch() knows the pool of a whole model by its class", () => {
  const pooling = (modules: Modules, name = TORCHVISION) =>
    load({ "": name, ...modules }).architecture.pooling;
  assert.equal(pooling({}), "mean");
  assert.equal(pooling({ avgpool: `${NN}.pooling.AdaptiveMaxPool2d` }), "max");
  const select = "timm.layers.adaptive_avgmax_pool.SelectAdaptivePool2d";
  for (const [type, found] of [["avg", "mean"], ["max", "max"]] as const) {
    assert.equal(
      pooling({ avgpool: [select, { pool_type: type }] }, TIMM),
      found,
    );
  }
  assert.throws(
    () => pooling({ avgpool: [select, { pool_type: "catavgmax" }] }, TIMM),
    /average or a maximum of each channel: it is .*SelectAdaptivePool2d of "catavgmax"/,
  );
  assert.throws(
    () => pooling({ avgpool: `${NN}.linear.Identity` }),
    /it is torch\.nn\.modules\.linear\.Identity/,
  );
});

Deno.test("importTorch() passes through what only wraps the network", () => {
  for (
    const [name, at] of [
      ["torch.nn.parallel.data_parallel.DataParallel", "module."],
      ["torch._dynamo.eval_frame.OptimizedModule", "_orig_mod."],
      ["torch.optim.swa_utils.AveragedModel", "module."],
      [`${NN}.container.Sequential`, "0."],
    ] as const
  ) {
    const { architecture } = load({
      "": name,
      [at.slice(0, -1)]: TORCHVISION,
    }, at);
    assert.equal(architecture.classes, 7);
  }
});

Deno.test("importTorch() knows the activations of a whole model's classifier", () => {
  const activation = (...modules: string[]) => {
    const layers = modules.map((it, i) => [`fc.${i}`, `${NN}.${it}`] as const);
    const state = whole({
      "": TORCHVISION,
      fc: `${NN}.container.Sequential`,
      ...Object.fromEntries(layers),
    });
    const at = modules.indexOf("linear.Linear");
    const tensors = [...state.tensors].map(([name, it]) => {
      const called = name.replace(/^fc\./, `fc.${at}.`);
      return [called, { ...it, name: called }] as const;
    });
    const { architecture, origins } = importTorch([{
      ...state,
      tensors: new Map(tensors),
    }]);
    return [architecture.activation, origins?.activation];
  };
  const [dropout, linear] = ["dropout.Dropout", "linear.Linear"];
  assert.deepEqual(activation(dropout, linear), [undefined, "assumed"]);
  assert.deepEqual(activation(linear, "activation.Sigmoid"), [
    "sigmoid",
    undefined,
  ]);
  for (const it of ["activation.Softmax", "activation.LogSoftmax"]) {
    assert.deepEqual(activation(dropout, linear, it), ["softmax", undefined]);
  }
  assert.throws(
    () => activation(linear, "activation.ReLU"),
    /must end in a linear layer/,
  );
  assert.throws(
    () => activation(linear, "activation.Sigmoid", "activation.Softmax"),
    /nothing must follow its sigmoid/,
  );
  assert.throws(
    () => activation(linear, "activation.Tanh"),
    /module "fc\.1" .* Softmax and Sigmoid: it is torch\.nn\.modules\.activation\.Tanh/,
  );
});

Deno.test("importTorch() takes the epsilon of a whole model's batch norms", () => {
  const { layers } = load({
    "": TORCHVISION,
    "Mixed_5b.branch1x1.bn": [`${NN}.batchnorm.BatchNorm2d`, { eps: 1e-5 }],
  });
  const epsilons = ["Mixed_5b/branch1x1", "Mixed_5b/branch_pool"].map((it) => {
    const [norm] = layers.get(it)!.after!;
    return norm?.op === "batchNorm" && norm.epsilon;
  });
  assert.deepEqual(epsilons, [1e-5, 0.001]);
});

Deno.test("importTorch() refuses other windows in a whole model", () => {
  const conv = (attributes: Attributes) =>
    load({
      "": TORCHVISION,
      "Mixed_6b.branch7x7_2.conv": [`${NN}.conv.Conv2d`, attributes],
    });
  const usual = { kernel_size: [1, 7], stride: [1, 1], padding: [0, 3] };
  assert.equal(conv(usual).architecture.classes, 7);
  for (
    const [attributes, message] of [
      [
        { stride: [2, 2] },
        /branch7x7_2\.conv" as its stride must be 1,1: .* 2,2/,
      ],
      [{ padding: [0, 0] }, /its padding must be 0,3: it is 0,0/],
      [{ padding: "reflect" }, /its padding must be 0,3: it is reflect/],
      [{ dilation: [2, 2] }, /its dilation must be 1,1: it is 2,2/],
    ] as const
  ) {
    assert.throws(
      () => conv({ ...usual, ...attributes } as Attributes),
      message,
    );
  }
  const pool = (module: Modules[string]) =>
    load({ "": TORCHVISION, maxpool1: module });
  const name = `${NN}.pooling.MaxPool2d`;
  pool([name, { kernel_size: 3, stride: 2, padding: 0 }]);
  assert.throws(
    () => pool([name, { kernel_size: 3, stride: 1 }]),
    /"maxpool1" as its stride must be 2,2: it is 1,1/,
  );
  assert.throws(
    () => pool(`${NN}.linear.Identity`),
    /"maxpool1" as it must be a MaxPool2d: it is .*Identity/,
  );
});

Deno.test("importTorch() takes pytorch-fid's blocks in a whole model for FID's", () => {
  const { architecture, origins } = load({
    "": TORCHVISION,
    Mixed_7c: "pytorch_fid.inception.FIDInceptionE_2",
  });
  assert.equal(architecture.lastPool, "max");
  assert.equal(architecture.countIncludePad, false);
  assert.equal(origins?.pools, undefined);
});

for (
  const [what, modules, prefix, message] of [
    [
      "a class around the network",
      {
        "": "__main__.Net",
        backbone: TORCHVISION,
      },
      "backbone.",
      /module "model" .* it is __main__\.Net\. Save the weights/,
    ],
    [
      "a network of another class",
      { "": "my.Inception3" },
      "",
      /it is my\.Inception3/,
    ],
    [
      "a block of another class",
      { "": TORCHVISION, Mixed_5b: "my.Block" },
      "",
      /module "Mixed_5b" .* it is my\.Block/,
    ],
    [
      "a module before the network",
      {
        "": `${NN}.container.Sequential`,
        "0": "my.Normalize",
        "1": TORCHVISION,
      },
      "1.",
      /module "0" .* it is my\.Normalize/,
    ],
    [
      "a module after the network",
      {
        "": `${NN}.container.Sequential`,
        "0": TORCHVISION,
        "1": "my.Temperature",
      },
      "0.",
      /module "1" as the classifier .* it is my\.Temperature/,
    ],
  ] as const
) {
  Deno.test(`importTorch() refuses ${what}, whose code isn't in the file`, () => {
    assert.throws(() => load(modules, prefix), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}
