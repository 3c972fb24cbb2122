import { ArgumentError, CorruptWeightsError } from "../../errors.ts";
import { describeScale } from "../../model/describe_scale.ts";
import {
  inceptionV3,
  inferShapes,
  isWeighted,
  type Network,
  type PerChannel,
  type Preprocessing,
  type Variant,
} from "../../model/mod.ts";
import { elementCount } from "../../model/shapes.ts";
import { weightedLayer } from "../../network_arguments.ts";
import { usualForPools } from "../torch/preprocessing.ts";
import { nameClasses, withAnswers } from "../answers.ts";
import { finiteWeights } from "../assert_finite.ts";
import { type NetworkMetadata, noStateDicts } from "../load_options.ts";
import { mergePreprocessing } from "../origins.ts";
import { foldLayer } from "./fold_layer.ts";
import type { ForeignTensor } from "./graph.ts";
import type {
  BesideModel,
  ImportedLayer,
  ImportedModel,
  ImportedScaling,
} from "./imported.ts";
import { scalingTensors } from "./scaling.ts";

/**
 * Builds the network of an Inception-v3 that was found in a file. Options come first, then
 * the file, then files beside it. Tensor shapes are checked here; values are read, folded and
 * checked when a backend requests the layer.
 */
export function importedNetwork(
  model: ImportedModel,
  options: NetworkMetadata = {},
  others: BesideModel = {},
): Network {
  const beside = withOthers(model.beside, others);
  if (options.stateDict !== undefined && !model.isChosen) {
    throw noStateDicts("the model", options.stateDict);
  }
  if (model.isExported) assertExportedScale(model, options.preprocessing);
  const variant = model.variant ?? beside.variant;
  const ends = endsOf(model, beside);
  const answers = withAnswers(ends.architecture, options);
  const layers = checkedLayers(model, answers.architecture, variant);
  const { preprocessing, origins } = mergePreprocessing(
    options.preprocessing,
    {
      ...beside.geometry,
      ...beside.pixels,
      ...model.geometry,
      ...model.pixels,
    },
    usualForPools(model.usual, options.pools),
  );
  const network: Network = {
    architecture: answers.architecture,
    labels: [],
    variant,
    preprocessing,
    ...beside.license !== undefined && { license: beside.license },
    origins: { ...origins, ...ends.origins, ...answers.origins },
    weights(name) {
      const layer = weightedLayer(layers, name);
      return finiteWeights(
        name,
        foldLayer(name, layer),
        () => tensorsOf(layer).map((it) => [it.name, it.read()]),
      );
    },
  };
  if (options.labels) return nameClasses(network, options.labels);
  if (model.labels) {
    return nameClasses(network, model.labels, model.labelsFrom ?? "its file");
  }
  const { labels, classIds, labelsFrom } = beside;
  const named = nameClasses(network, labels, labelsFrom ?? "its file");
  return classIds === undefined ? named : { ...named, classIds };
}

/**
 * A file that Totem exported expects bytes and scales them itself. Another scale would
 * replace its own, and lead to wrong answers.
 */
function assertExportedScale(
  { usual }: ImportedModel,
  { scale, offset }: Partial<Preprocessing> = {},
): void {
  if (scale === undefined || offset === undefined) return;
  const asked = { scale, offset };
  if (isClose(asked.scale, usual.scale) && isClose(offset, usual.offset)) {
    return;
  }
  throw new ArgumentError(
    `Cannot load the model with pixels ${
      describeScale(asked)
    } as it is an exported file, which takes bytes and scales them itself: leave the scale out`,
  );
}

/** Whether the numbers are equal up to rounding to f32. */
function isClose(some: PerChannel, others: PerChannel): boolean {
  return some.every((it, c) =>
    Math.abs(it - others[c]!) <= 1e-6 * Math.abs(it)
  );
}

/** Merges the facts of files beside the model. Labels and class ids stay together. */
function withOthers(own: BesideModel = {}, others: BesideModel): BesideModel {
  const { labels, classIds, labelsFrom, ...rest } = own;
  return others.labels ? { ...rest, ...others } : {
    ...rest,
    ...others,
    labels,
    classIds,
    labelsFrom,
  };
}

/** The network's ending. Files beside it can name the pooling if the file itself doesn't. */
function endsOf(
  { architecture, origins = {} }: ImportedModel,
  { pooling }: BesideModel,
) {
  if (pooling === undefined || origins.pooling !== "assumed") {
    return { architecture, origins };
  }
  const { pooling: _, ...others } = origins;
  return { architecture: { ...architecture, pooling }, origins: others };
}

/** The layers by name, after checking the shapes of their tensors. */
function checkedLayers(
  { layers }: ImportedModel,
  architecture: Network["architecture"],
  variant: Variant = "full",
): ReadonlyMap<string, ImportedLayer> {
  const graph = inceptionV3({ ...architecture, variant });
  const shapes = inferShapes(graph);
  const grid = shapes.get(graph.outputs.activations!)!;
  const checked = new Map<string, ImportedLayer>();
  for (const node of graph.nodes) {
    if (!isWeighted(node)) continue;
    const { name } = node;
    const layer = layers.get(name)!;
    checked.set(name, layer);
    const input = shapes.get(node.input)!;
    const [inputs, outputs] = node.op === "conv"
      ? [input[2], node.channels]
      : [elementCount(input), node.units];
    const window = node.op === "conv" ? node.kernel : [];
    assertShape(`kernel of "${name}"`, layer.kernel, [
      ...window,
      inputs,
      outputs,
    ]);
    const vector = `vector of "${name}"`;
    if (layer.bias) assertCount(vector, layer.bias, [outputs]);
    assertScalings(vector, layer.after, [outputs]);
    // Flattened activations may be scaled per channel.
    const isFirst = node.input === graph.outputs.features;
    assertScalings(
      vector,
      layer.before,
      isFirst ? [inputs, grid[2]] : [inputs],
    );
  }
  return checked;
}

function assertScalings(
  role: string,
  scalings: readonly ImportedScaling[] = [],
  counts: readonly number[],
): void {
  for (const scaling of scalings) {
    const any = scaling.op === "affine" ? [...counts, 1] : counts;
    for (const tensor of scalingTensors(scaling)) {
      assertCount(role, tensor, any);
    }
  }
}

function assertShape(
  role: string,
  { name, shape }: ForeignTensor,
  expected: readonly number[],
): void {
  if (String(shape) === String(expected)) return;
  throw wrongShape(role, name, `[${expected}]`, shape);
}

/** Vectors in files may have any number of dimensions: `[1, 1, 1, 32]`. */
function assertCount(
  role: string,
  { name, shape }: ForeignTensor,
  counts: readonly number[],
): void {
  if (counts.includes(shape.reduce((a, b) => a * b, 1))) return;
  throw wrongShape(role, name, `[${counts[0]}]`, shape);
}

function wrongShape(
  role: string,
  name: string,
  expected: string,
  shape: readonly number[],
): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot use the ${role} "${name}" as its shape must be ${expected}: it is [${shape}]`,
  );
}

function tensorsOf(
  { kernel, bias, before = [], after = [] }: ImportedLayer,
): readonly ForeignTensor[] {
  const scalings = [...before, ...after].flatMap(scalingTensors);
  return [kernel, ...bias ? [bias] : [], ...scalings];
}
