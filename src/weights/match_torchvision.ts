import {
  inceptionV3,
  inferShapes,
  isWeighted,
  type Shape,
  type WeightedNode,
} from "../model/mod.ts";
import { elementCount } from "../model/shapes.ts";
import { CorruptWeightsError } from "../errors.ts";
import {
  FLOAT_DTYPES,
  type FloatEntry,
  isFloatEntry,
} from "./safetensors/floats.ts";
import type { TensorEntry } from "./safetensors/tensor_entry.ts";
import { displayValue } from "../argument.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";

const STEM = "Conv2d_1a_3x3.conv.weight";
const CLASSIFIER = "fc.weight";

/** The tensors of a layer. */
export interface TorchLayer {
  /** `[outputs, inputs, kernel height, kernel width]`, or `[units, inputs]`. */
  readonly weight: FloatEntry;
  /** That of the dense layer or the batch norm: convolutions have none. */
  readonly bias: FloatEntry;
  /** The rest of a convolution's batch norm. */
  readonly batchNorm?: {
    readonly gamma: FloatEntry;
    readonly mean: FloatEntry;
    readonly variance: FloatEntry;
  };
}

/** Finds Inception-v3 in the tensors of a PyTorch model, by their names and shapes. */
export function matchTorchvision(
  entries: readonly TensorEntry[],
  auxiliary: boolean,
) {
  const tensors = new Map(entries.map((it) => [it.name, it]));
  const classes = outputCount(tensors, CLASSIFIER);
  const width = outputCount(tensors, STEM);
  assertTensor(tensors, STEM, [width, 3, 3, 3]); // So the file bounds the width.
  const architecture = {
    classes,
    countIncludePad: true, // `avg_pool2d` counts padding.
    auxiliary,
    widthMultiplier: width / 32,
  };
  const graph = inceptionV3(architecture);
  const shapes = inferShapes(graph);
  const layers = new Map<string, TorchLayer>();
  for (const node of graph.nodes) {
    if (!isWeighted(node)) continue;
    layers.set(node.name, findLayer(tensors, node, shapes.get(node.input)!));
  }
  assertKnownTensors(tensors, layers.values(), auxiliary);
  return { architecture, layers };
}

type Tensors = ReadonlyMap<string, TensorEntry>;

function findLayer(
  tensors: Tensors,
  node: WeightedNode,
  input: Shape,
): TorchLayer {
  const module = moduleName(node.name);
  const find = (name: string, shape: readonly number[]) =>
    assertTensor(tensors, `${module}.${name}`, shape);
  if (node.op === "dense") {
    return {
      weight: find("weight", [node.units, elementCount(input)]),
      bias: find("bias", [node.units]),
    };
  }
  const { channels, kernel } = node;
  return {
    weight: find("conv.weight", [channels, input[2], ...kernel]),
    bias: find("bn.bias", [channels]),
    batchNorm: {
      gamma: find("bn.weight", [channels]),
      mean: find("bn.running_mean", [channels]),
      variance: find("bn.running_var", [channels]),
    },
  };
}

/** PyTorch's name of a node's module. */
export function moduleName(node: string): string {
  return node === "Logits" ? "fc" : node.replace("/", ".");
}

function assertTensor(
  tensors: Tensors,
  name: string,
  shape: readonly number[],
): FloatEntry {
  const entry = tensors.get(name);
  if (entry === undefined || String(entry.shape) !== String(shape)) {
    throw new CorruptWeightsError(
      `Cannot use the tensor "${name}" as its shape must be [${shape}]: it is ${
        shapeText(entry)
      }`,
    );
  }
  if (!isFloatEntry(entry)) {
    throw new CorruptWeightsError(
      `Cannot use the tensor "${name}" as its dtype must be one of ${
        FLOAT_DTYPES.join(", ")
      }: it is ${entry.dtype}`,
    );
  }
  return entry;
}

/** The first extent of a weight, which determines other shapes. */
function outputCount(tensors: Tensors, name: string): number {
  const entry = tensors.get(name);
  const outputs = entry?.shape[0] ?? 0;
  if (outputs >= 1) return outputs;
  throw new CorruptWeightsError(
    `Cannot use the tensor "${name}" as its first extent must be >= 1: its shape is ${
      shapeText(entry)
    }`,
  );
}

function shapeText(entry: TensorEntry | undefined): string {
  return entry === undefined ? "absent" : `[${entry.shape}]`;
}

/**
 * Refuses the network of the Fréchet inception distance (pytorch-fid's
 * `pt_inception-2015-12-05`): it has torchvision's names, but its average pools leave
 * padding out, and its last block has a max pool.
 */
export function assertNotFid(entries: readonly TensorEntry[]): void {
  const tensors = new Map(entries.map((it) => [it.name, it]));
  if (tensors.get(CLASSIFIER)?.shape[0] !== FID_CLASSES) return;
  if (tensors.has("AuxLogits.fc.weight")) return;
  throw new CorruptWeightsError(
    `Cannot import weights with ${FID_CLASSES} classes and no auxiliary classifier as they are those of FID's network, whose pools aren't torchvision's: its features would come out wrong`,
  );
}

/** Classes of the network that was published in December 2015. */
const FID_CLASSES = 1008;

function assertKnownTensors(
  tensors: Tensors,
  layers: Iterable<TorchLayer>,
  auxiliary: boolean,
): void {
  const known = new Set<string>();
  for (const { weight, bias, batchNorm } of layers) {
    for (const { name } of [weight, bias, ...Object.values(batchNorm ?? {})]) {
      known.add(name);
    }
    if (batchNorm === undefined) continue;
    known.add(batchNorm.gamma.name.replace(/weight$/, "num_batches_tracked"));
  }
  for (const name of tensors.keys()) {
    if (known.has(name)) continue;
    if (!auxiliary && name.startsWith("AuxLogits.")) continue;
    throw new CorruptWeightsError(
      `Cannot import the tensor "${name}" as Inception-v3 has none of that name`,
    );
  }
}

/** This many names identify the model. */
const SHOWN = 3;

/** Throws unless the first layer and the classifier of torchvision are there. */
export function assertTorchvisionNames(
  { metadata, tensors }: SafetensorsHeader,
): void {
  const names = tensors.map((it) => it.name);
  const absent = [CLASSIFIER, STEM].filter((it) => !names.includes(it));
  if (absent.length === 0) return;
  if (metadata.has("totem.index")) {
    throw new CorruptWeightsError(
      "Cannot use the file as a model as it is a search index: totem search takes it as --index",
    );
  }
  const part = absent[0] === CLASSIFIER ? "classifier" : "first layer";
  throw new CorruptWeightsError(
    `Cannot find torchvision's ${part} as the file must have a tensor "${
      absent[0]
    }": ${tensorNames(names)}. ${adviceFor(names, absent)}`,
  );
}

function tensorNames(names: readonly string[]): string {
  if (names.length === 0) return "it has no tensors";
  // The classifier is last in PyTorch's models, not in the file's order.
  const heads = names.filter((it) => /(^|\.)(fc|head|classifier)\./.test(it));
  const shown = [...new Set([...heads.slice(0, SHOWN), ...names])]
    .slice(0, SHOWN).map(displayValue).join(", ");
  const more = names.length > SHOWN ? ", ..." : "";
  return `it has ${names.length} tensors: ${shown}${more}`;
}

function adviceFor(
  names: readonly string[],
  absent: readonly string[],
): string {
  const prefixed = names.find((it) => it.endsWith(`.${STEM}`));
  if (prefixed !== undefined) {
    const prefix = displayValue(prefixed.slice(0, -STEM.length));
    return `Remove the prefix ${prefix} from the names and save them again: {k.removeprefix(${prefix}): v for k, v in state_dict.items()}`;
  }
  return absent.includes(STEM)
    ? "Only Inception-v3 is read: torchvision's inception_v3 or timm's, whose tensors have these names, or a Keras model (.h5)"
    : `The classifier must be one linear layer: save it as "fc.weight" and "fc.bias", with the names of the other tensors as they are`;
}
