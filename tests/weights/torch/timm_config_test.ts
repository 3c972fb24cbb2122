import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import { parseTimmConfig } from "../../../src/weights/torch/timm_config.ts";
import { makeStateDict } from "../../torchvision_model.ts";
import { temporaryFolder } from "../store/temporary_folder.ts";
import { checkpointZip, pickled, pickleState } from "./make_checkpoint.ts";

const INPUT = {
  input_size: [3, 299, 299],
  interpolation: "bicubic",
  crop_pct: 0.875,
  mean: [0.5, 0.25, 0.125],
  std: [0.5, 0.5, 0.25],
};

const parse = (json: unknown) => parseTimmConfig(json, "config.json");

const FOUND = {
  pixels: {
    scale: [1 / 127.5, 1 / 127.5, 1 / 63.75],
    offset: [-1, -0.5, -0.5],
  },
  geometry: {
    resize: "bicubic",
    crop: { kind: "resize", to: 341, size: 299 },
  },
  variant: "full",
};

for (
  const [form, json] of [
    ["timm's", {
      architecture: "inception_v3",
      num_classes: 2,
      global_pool: "max",
      label_names: ["a", "b"],
      pretrained_cfg: { ...INPUT, num_classes: 1000 },
    }],
    ["timm's former, flat", {
      ...INPUT,
      architecture: "tf_inception_v3",
      num_classes: 2,
      global_pool: "max",
      labels: ["a", "b"],
    }],
    ["transformers'", {
      architecture: "inception_v3.tf_in1k",
      architectures: ["TimmWrapperForImageClassification"],
      model_args: { global_pool: "max" },
      num_classes: 2,
      id2label: { "0": "a", "1": "b" },
      pretrained_cfg: INPUT,
    }],
  ] as const
) {
  Deno.test(`parseTimmConfig() reads ${form} form`, () => {
    assert.deepEqual(parse(json), {
      ...FOUND,
      labels: ["a", "b"],
      labelsFrom: "label_names in config.json",
      pooling: "max",
      classes: 2,
    });
  });
}

Deno.test("parseTimmConfig() makes labels of descriptions, and ids of names", () => {
  const { labels, classIds } = parse({
    label_names: { "0": "n01440764", "1": "n01443537", "2": "__proto__" },
    label_descriptions: { n01440764: "tench", n01443537: "goldfish" },
  })!;
  assert.deepEqual(labels, ["tench", "goldfish", "__proto__"]);
  assert.deepEqual(classIds, ["n01440764", "n01443537", "__proto__"]);
});

Deno.test("parseTimmConfig() takes no names that transformers made up", () => {
  const { labels } = parse({
    architecture: "inception_v3",
    id2label: { "0": "LABEL_0", "1": "LABEL_1" },
  })!;
  assert.equal(labels, undefined);
});

Deno.test("parseTimmConfig() takes the count of classes of the network, not of its origin", () => {
  const classes = (fields: object) =>
    parse({ architecture: "inception_v3", ...fields })!.classes;
  const pretrained_cfg = { ...INPUT, num_classes: 1000 };
  assert.equal(classes({ pretrained_cfg }), undefined);
  assert.equal(classes({ pretrained_cfg, num_classes: 5 }), 5);
  assert.equal(classes({ num_classes: null }), undefined);
});

Deno.test("parseTimmConfig() knows other sizes, crops and pools", () => {
  const at = (fields: object) => parse({ ...INPUT, ...fields })!;
  assert.equal(at({ input_size: [3, 150, 150] }).variant, 150);
  assert.deepEqual(at({ input_size: [3, 224, 224] }).geometry?.crop, {
    kind: "resize",
    to: 256,
    size: 224,
  });
  assert.deepEqual(
    at({ crop_mode: "squash", crop_pct: 1 }).geometry?.crop,
    { kind: "squash" },
  );
  assert.equal(
    at({ interpolation: "bilinear" }).geometry?.resize,
    "antialiased",
  );
  assert.equal(at({ global_pool: "avg" }).pooling, "mean");
  assert.equal(at({}).pooling, undefined);
});

Deno.test("parseTimmConfig() passes over what is about something else", () => {
  for (
    const json of [
      { module: "keras", class_name: "Functional", config: {} },
      { model_type: "clip", tokenizer_class: "CLIPTokenizer" },
      {},
      [],
      "inception_v3",
      null,
    ]
  ) assert.equal(parse(json), undefined);
});

Deno.test("parseTimmConfig() takes the licence, wherever it is", () => {
  const license = "apache-2.0";
  assert.equal(parse({ ...INPUT, license })?.license, license);
  assert.equal(parse({ pretrained_cfg: { license } })?.license, license);
  for (const none of [null, "", 1, undefined]) {
    assert.equal(parse({ ...INPUT, license: none })?.license, undefined);
  }
});

const FAULTS: readonly (readonly [fields: object, RegExp])[] = [
  [
    { architecture: "resnet50" },
    /architecture in config\.json .* must be inception_v3: it is "resnet50"/,
  ],
  [{ architecture: "inception_v4" }, /must be inception_v3/],
  [
    { interpolation: "lanczos" },
    /must be bilinear or bicubic: it is "lanczos"/,
  ],
  [{ crop_mode: "border" }, /crop_mode .* must be center, .* it is "border"/],
  [{ crop_mode: "squash" }, /crop_mode .* must be center, .* it is "squash"/],
  [{ crop_pct: 0 }, /crop_pct .* it is 0/],
  [{ crop_pct: 1.1 }, /crop_pct .* it is 1\.1/],
  [{ crop_pct: "1" }, /crop_pct .* a finite number: it is "1"/],
  [
    { global_pool: "catavgmax" },
    /global_pool .* avg or max: it is "catavgmax"/,
  ],
  [{ model_args: { global_pool: "avgmax" } }, /avg or max: it is "avgmax"/],
  [{ input_size: [1, 299, 299] }, /\[3, side, side\]: it is \[1,299,299\]/],
  [{ input_size: [3, 299, 300] }, /\[3, side, side\]/],
  [{ input_size: [3, 20, 20] }, /whole number of 75/],
  [{ mean: [0.5] }, /mean in config\.json .* 3 numbers/],
  [{ std: [1, 0, 1] }, /std in config\.json .* numbers > 0/],
  [{ label_names: { "0": "a", "2": "b" } }, /class 1 has none/],
  [{ label_names: ["a", 1] }, /class 1 of label_names .* a string: it is 1/],
  [{ pretrained_cfg: [] }, /pretrained_cfg .* an object/],
];

for (const [fields, message] of FAULTS) {
  Deno.test(`parseTimmConfig() refuses ${JSON.stringify(fields)}`, () => {
    assert.throws(() => parse({ ...INPUT, ...fields }), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, message);
      return true;
    });
  });
}

const MODEL = (() => {
  const { pickle, storages } = pickleState(makeStateDict());
  return checkpointZip(pickled(pickle), storages);
})();

async function loadBeside(config: string) {
  await using folder = await temporaryFolder();
  await Deno.writeFile(`${folder.path}/pytorch_model.bin`, MODEL);
  await Deno.writeTextFile(`${folder.path}/config.json`, config);
  return await loadNetwork(`${folder.path}/pytorch_model.bin`);
}

Deno.test("loadNetwork() takes what config.json says of the model beside it", async () => {
  const label_names = ["a", "b", "c", "d", "e", "f", "g"];
  const network = await loadBeside(
    JSON.stringify({
      ...INPUT,
      num_classes: 7,
      global_pool: "max",
      label_names,
    }),
  );
  assert.deepEqual(network.labels, label_names);
  assert.equal(network.variant, "full");
  assert.equal(network.architecture.pooling, "max");
  assert.deepEqual(network.preprocessing, {
    ...FOUND.geometry,
    ...FOUND.pixels,
  });
  assert.deepEqual(network.origins, {
    pixels: "model",
    crop: "model",
    resize: "model",
    activation: "assumed",
  });
});

Deno.test("loadNetwork() refuses a config.json that is broken, or of other weights", async () => {
  await assert.rejects(
    loadBeside("{"),
    /config\.json beside the model .* JSON/,
  );
  await assert.rejects(
    loadBeside(JSON.stringify({ ...INPUT, num_classes: 8 })),
    /config\.json as its num_classes must be 7, as the weights have it: it is 8/,
  );
  const { origins } = await loadBeside('{"model_type": "clip"}');
  assert.equal(origins?.pixels, "assumed");
});
