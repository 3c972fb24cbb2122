import { CorruptWeightsError } from "../../errors.ts";
import type { TorchModule } from "./collect_states.ts";
import { quantized } from "./check_tensor.ts";
import type { TorchTensor } from "./tensor.ts";

/** A step of a classifier's computation. */
export type HeadStep =
  | {
    readonly kind: "linear";
    readonly name: string;
    readonly weight: TorchTensor;
    readonly bias: TorchTensor | undefined;
  }
  | {
    readonly kind: "batchNorm";
    readonly name: string;
    readonly gamma: TorchTensor | undefined;
    readonly beta: TorchTensor | undefined;
    readonly mean: TorchTensor;
    readonly variance: TorchTensor;
    readonly epsilon: number;
  }
  | {
    readonly kind: "activation";
    readonly name: "relu" | "softmax" | "sigmoid";
    /** Whether it is a guess, not read from the file. */
    readonly isAssumed?: boolean;
  };

type Layer = Exclude<HeadStep, { kind: "activation" }>;

/** `BatchNorm1d(features, eps=1e-05)` */
const EPSILON = 1e-5;

/**
 * The classifier in a state dict. Its layers are ordered by their indices in one
 * `Sequential`, or by name: `fc1`, `fc2`. A state dict has no activations, so a gap between
 * indices is assumed to be ReLU.
 */
export function stepsOfTensors(
  tensors: ReadonlyMap<string, TorchTensor>,
): readonly HeadStep[] {
  const layers = [...groupLayers(tensors)].map(([path, parts]) =>
    asLayer(path, parts)
  );
  const [first] = layers;
  if (first === undefined || layers.length === 1) return layers;
  const places = layers.map(({ name }) => splitIndex(name));
  const { parent } = places[0]!;
  if (places.some((it) => !(it.index >= 0) || it.parent !== parent)) {
    throw new CorruptWeightsError(
      `Cannot import the classifier as its layers must be of one nn.Sequential, whose order is known: they are ${
        layers.map(({ name }) => `"${name}"`).join(", ")
      }`,
    );
  }
  const isSequential = parent.endsWith(".");
  const sorted = layers.map((layer, i) => ({ layer, ...places[i]! }))
    .sort((a, b) => a.index - b.index);
  const steps: HeadStep[] = [];
  let isActivated = true; // The features already are.
  for (const [i, { layer, index }] of sorted.entries()) {
    const hasGap = i > 0 && (!isSequential || index > sorted[i - 1]!.index + 1);
    if (hasGap && !isActivated) {
      steps.push({ kind: "activation", name: "relu", isAssumed: true });
      isActivated = true;
    }
    steps.push(layer);
    if (layer.kind === "linear") isActivated = false;
  }
  return steps;
}

/** Splits `"fc.3"` into `"fc."` and 3; `NaN` without a number. */
function splitIndex(name: string) {
  let at = name.length;
  while (at > 0 && /\d/.test(name[at - 1]!)) at--;
  const index = at === name.length ? NaN : Number(name.slice(at));
  return { parent: name.slice(0, at), index };
}

/** The classifier of a pickled model, whose modules are known. */
export function stepsOfModules(
  modules: Iterable<readonly [path: string, TorchModule]>,
  tensors: ReadonlyMap<string, TorchTensor>,
): readonly HeadStep[] {
  const groups = groupLayers(tensors);
  const steps: HeadStep[] = [];
  for (const [path, module] of modules) {
    const name = module.class.match(/^torch\.nn\.modules\.\w+\.(\w+)$/)?.[1];
    switch (name) {
      case "Sequential":
      case "Dropout":
      case "AlphaDropout":
      case "Identity":
      case "Flatten":
        break;
      case "Linear":
      case "BatchNorm1d": {
        const parts = groups.get(path);
        const epsilon = module.attributes.get("eps");
        if (parts !== undefined) {
          steps.push(asLayer(
            path,
            parts,
            typeof epsilon === "number" ? epsilon : EPSILON,
          ));
        }
        break;
      }
      case "ReLU":
        steps.push({ kind: "activation", name: "relu" });
        break;
      case "Softmax":
      case "LogSoftmax":
        steps.push({ kind: "activation", name: "softmax" });
        break;
      case "Sigmoid":
        steps.push({ kind: "activation", name: "sigmoid" });
        break;
      default:
        throw new CorruptWeightsError(
          `Cannot import the module "${path}" as the classifier must be made of Linear, ReLU, BatchNorm1d, Dropout, Softmax and Sigmoid: it is ${module.class}`,
        );
    }
  }
  return steps;
}

type Parts = Map<string, TorchTensor>;

/** Tensors by module path, then by name within the module. */
function groupLayers(
  tensors: ReadonlyMap<string, TorchTensor>,
): ReadonlyMap<string, Parts> {
  const groups = new Map<string, Parts>();
  for (const [name, tensor] of tensors) {
    const dot = name.lastIndexOf(".");
    const path = name.slice(0, Math.max(dot, 0));
    const parts = groups.get(path) ?? new Map();
    groups.set(path, parts.set(name.slice(dot + 1), tensor));
  }
  return groups;
}

function asLayer(name: string, parts: Parts, epsilon = EPSILON): Layer {
  for (const [part, { dtype }] of parts) {
    const isQuantized = dtype === "quantized" || part === "zero_point";
    if (isQuantized) throw quantized(`${name}.${part}`);
  }
  const rest = new Map(parts);
  const take = (part: string) => {
    const tensor = rest.get(part);
    rest.delete(part);
    return tensor;
  };
  const [weight, bias] = [take("weight"), take("bias")];
  const [mean, variance] = [take("running_mean"), take("running_var")];
  take("num_batches_tracked");
  if (rest.size === 0 && mean !== undefined && variance !== undefined) {
    const kind = "batchNorm";
    return { kind, name, gamma: weight, beta: bias, mean, variance, epsilon };
  }
  const isLinear = rest.size === 0 && weight?.shape.length === 2 &&
    mean === undefined && variance === undefined;
  if (isLinear) return { kind: "linear", name, weight, bias };
  const [[part, tensor] = ["", undefined]] = rest.size > 0 ? rest : parts;
  const whole = name === "" ? part : `${name}.${part}`;
  throw new CorruptWeightsError(
    `Cannot import the tensor "${whole}" of shape [${tensor?.shape}] as Inception-v3 has none of that name, and it is of no linear layer or batch norm of a classifier`,
  );
}
