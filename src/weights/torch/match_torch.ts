import {
  inceptionV3,
  type InceptionV3Options,
  inferShapes,
  isWeighted,
  type Shape,
  type WeightedNode,
} from "../../model/mod.ts";
import { elementCount } from "../../model/shapes.ts";
import { CorruptWeightsError } from "../../errors.ts";
import type { ImportedLayer } from "../foreign/imported.ts";
import { assertTensor, outputsLast } from "./check_tensor.ts";
import { STEM, type TorchNetwork } from "./find_network.ts";
import { layHead, type TorchHead } from "./lay_head.ts";
import { type HeadStep, stepsOfModules, stepsOfTensors } from "./head_steps.ts";
import type { TorchTensor } from "./tensor.ts";

/** `BatchNorm2d(channels, eps=0.001)` in torchvision and timm. */
const EPSILON = 0.001;

type Tensors = ReadonlyMap<string, TorchTensor>;

/**
 * Finds the layers of Inception-v3 by the names and shapes of the tensors. An unknown tensor
 * is an error, since the model then computes something else. Only counters, loss weights and
 * an unwanted auxiliary classifier are ignored.
 *
 * @param auxiliary Whether to import the auxiliary classifier.
 */
export function matchTorch(network: TorchNetwork, auxiliary: boolean): {
  readonly architecture:
    & Pick<InceptionV3Options, "auxiliary" | "hiddenUnits" | "widthMultiplier">
    & { readonly classes: number };
  readonly layers: ReadonlyMap<string, ImportedLayer>;
  readonly head: TorchHead;
} {
  const { tensors, modules, prefix } = network;
  const width = stemWidth(tensors);
  const rest = new Map(tensors);
  const layers = new Map<string, ImportedLayer>();
  const body = inceptionV3({ classes: 0, widthMultiplier: width / 32 });
  const shapes = inferShapes(body);
  for (const node of body.nodes) {
    if (!isWeighted(node)) continue;
    const input = shapes.get(node.input)!;
    layers.set(node.name, findLayer(rest, node, input, epsilonOf(node)));
  }
  const aux = take(rest, (it) => it.startsWith("AuxLogits."));
  const channels = elementCount(shapes.get(body.outputs.features)!);
  const head = layHead(headSteps(network, rest), channels);
  for (const [name, layer] of head.layers) layers.set(name, layer);
  const { classes, hiddenUnits } = head;
  const architecture = {
    classes,
    ...hiddenUnits.length > 0 && { hiddenUnits },
    auxiliary,
    widthMultiplier: width / 32,
  };
  if (auxiliary) {
    const graph = inceptionV3(architecture);
    const shapes = inferShapes(graph);
    for (const node of graph.nodes) {
      if (!isWeighted(node) || !node.name.startsWith("AuxLogits/")) continue;
      const input = shapes.get(node.input)!;
      layers.set(node.name, findLayer(aux, node, input, epsilonOf(node)));
    }
    assertNone(aux);
  }
  return { architecture, layers, head };

  /** A pickled model states its epsilon; a state dict doesn't. */
  function epsilonOf({ name }: WeightedNode): number {
    const norm = modules.get(`${prefix}${moduleName(name)}.bn`);
    const epsilon = norm?.attributes.get("eps");
    return typeof epsilon === "number" ? epsilon : EPSILON;
  }

  function headSteps(
    { others }: TorchNetwork,
    rest: Tensors,
  ): readonly HeadStep[] {
    const all = new Map([...rest].map(([it, tensor]) => [prefix + it, tensor]));
    for (const [name, tensor] of others) {
      if (!isIgnored(name)) all.set(name, tensor);
    }
    const steps = modules.size === 0
      ? stepsOfTensors(all)
      : stepsOfModules(headModules(network), all);
    const used = new Set(steps.flatMap(tensorsOf));
    for (const tensor of all.values()) {
      if (!used.has(tensor) && !/\.num_batches_tracked$/.test(tensor.name)) {
        throw unknown(tensor);
      }
    }
    return steps;
  }
}

/** Counters and loss weights, which only training uses. */
const IS_IGNORED =
  /(^|\.)n_averaged$|(^|[._])(criterion|loss|loss_?fn|loss_?func)\.[\w.]*weight$/i;

/** The length limit keeps the regular expression fast on hostile names. */
function isIgnored(name: string): boolean {
  return name.length < 512 && IS_IGNORED.test(name);
}

/** The modules after the features: `fc`, and those after the network in a `Sequential`. */
function headModules({ modules, prefix }: TorchNetwork) {
  const path = prefix.replace(/\.$/, "");
  let isAfter = false;
  return [...modules].filter(([it]) => {
    const isOwn = prefix === "" || it === path || it.startsWith(prefix);
    isAfter ||= isOwn;
    return isOwn ? /^fc(\.|$)/.test(it.slice(prefix.length)) : isAfter;
  });
}

function tensorsOf(step: HeadStep): readonly (TorchTensor | undefined)[] {
  switch (step.kind) {
    case "linear":
      return [step.weight, step.bias];
    case "batchNorm":
      return [step.gamma, step.beta, step.mean, step.variance];
    case "activation":
      return [];
  }
}

/** Output channels of the first layer. Its size in the file bounds them. */
function stemWidth(tensors: Tensors): number {
  const stem = tensors.get(STEM)!;
  const { shape } = assertTensor(stem, STEM, stem.shape);
  const [width = 0, channels] = shape;
  if (width >= 1 && String(shape) === String([width, 3, 3, 3])) return width;
  const advice = channels === 1
    ? ": it takes grey images, where Inception-v3 takes RGB"
    : "";
  throw new CorruptWeightsError(
    `Cannot use the tensor "${STEM}" as its shape must be [channels,3,3,3]: it is [${shape}]${advice}`,
  );
}

/** The PyTorch module name of one of our nodes. */
export function moduleName(node: string): string {
  return node === "Logits" ? "fc" : node.replace("/", ".");
}

/** Finds the layer of a node and removes its tensors from the map. */
function findLayer(
  tensors: Map<string, TorchTensor>,
  node: WeightedNode,
  input: Shape,
  epsilon: number,
): ImportedLayer {
  const module = moduleName(node.name);
  const find = (name: string, shape: readonly number[]) => {
    const tensor = tensors.get(`${module}.${name}`);
    tensors.delete(`${module}.${name}`);
    return assertTensor(tensor, `${module}.${name}`, shape);
  };
  if (node.op === "dense") {
    const weight = find("weight", [node.units, elementCount(input)]);
    return { kernel: outputsLast(weight), bias: find("bias", [node.units]) };
  }
  const { channels, kernel } = node;
  tensors.delete(`${module}.bn.num_batches_tracked`);
  return {
    kernel: outputsLast(
      find("conv.weight", [channels, input[2], ...kernel]),
    ),
    after: [{
      op: "batchNorm",
      gamma: find("bn.weight", [channels]),
      beta: find("bn.bias", [channels]),
      mean: find("bn.running_mean", [channels]),
      variance: find("bn.running_var", [channels]),
      epsilon,
    }],
  };
}

function take(
  tensors: Map<string, TorchTensor>,
  is: (name: string) => boolean,
): Map<string, TorchTensor> {
  const taken = new Map([...tensors].filter(([it]) => is(it)));
  for (const name of taken.keys()) tensors.delete(name);
  return taken;
}

function assertNone(tensors: Tensors): void {
  for (const tensor of tensors.values()) throw unknown(tensor);
}

function unknown({ name }: TorchTensor): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot import the tensor "${name}" as Inception-v3 has none of that name`,
  );
}
