import { CorruptWeightsError } from "../../errors.ts";
import type { ImportedLayer, ImportedScaling } from "../foreign/imported.ts";
import { MAX_HIDDEN } from "../limits.ts";
import type { HeadStep } from "./head_steps.ts";
import { assertTensor, outputsLast } from "./check_tensor.ts";

/** A classifier as dense layers. */
export interface TorchHead {
  /** By node name in our graph; empty for a network that ends with its features. */
  readonly layers: ReadonlyMap<string, ImportedLayer>;
  readonly classes: number;
  /** The number of features that it reads, or would read if it had layers. */
  readonly inputs: number;
  readonly hiddenUnits: readonly number[];
  /** The activation of the logits, if the file has one. */
  readonly activation: "softmax" | "sigmoid" | undefined;
  /** Whether the ReLU of hidden layers is a guess. */
  readonly isAssumed: boolean;
}

interface DenseLayer {
  readonly weight: Extract<HeadStep, { kind: "linear" }>;
  readonly before: readonly ImportedScaling[];
  readonly after: ImportedScaling[];
}

/**
 * The dense layers of a classifier that reads `channels` features. Batch norm becomes part
 * of the layer before it or, if it follows a ReLU, of the layer after it.
 *
 * @throws {CorruptWeightsError} When it isn't linear layers with ReLU between them.
 */
export function layHead(
  steps: readonly HeadStep[],
  channels: number,
): TorchHead {
  const dense: DenseLayer[] = [];
  let scalings: ImportedScaling[] = [];
  let width = channels;
  /** The last layer, until a ReLU follows it. */
  let open: DenseLayer | undefined;
  let activation: TorchHead["activation"];
  for (const step of steps) {
    if (activation !== undefined) {
      throw corrupt(`nothing must follow its ${activation}: more does`);
    }
    switch (step.kind) {
      case "linear": {
        if (open !== undefined) {
          throw corrupt(
            `ReLU must stand between "${open.weight.name}" and "${step.name}": nothing does`,
          );
        }
        const [units = 0, inputs] = step.weight.shape;
        if (inputs !== width) throw wrongWidth(step.name, inputs, width, dense);
        open = { weight: step, before: scalings, after: [] };
        dense.push(open);
        scalings = [];
        width = units;
        break;
      }
      case "batchNorm":
        (open?.after ?? scalings).push(asScaling(step, width));
        break;
      case "activation":
        if (step.name !== "relu") activation = step.name;
        else if (scalings.length > 0) {
          throw corrupt("no ReLU must follow batch norm of features: one does");
        } else open = undefined; // On features, or repeated, ReLU changes nothing.
    }
  }
  if (dense.length > 0 && open === undefined || scalings.length > 0) {
    throw corrupt("it must end in a linear layer: it ends in something else");
  }
  if (dense.length === 0 && activation !== undefined) {
    throw corrupt(`a linear layer must precede its ${activation}: none does`);
  }
  if (dense.length > MAX_HIDDEN + 1) {
    throw corrupt(
      `it must have <= ${MAX_HIDDEN + 1} layers: it has ${dense.length}`,
    );
  }
  const classes = dense.length === 0 ? 0 : width;
  return {
    layers: new Map(dense.map((it, i) => [
      i === dense.length - 1 ? "Logits" : `Logits/hidden_${i + 1}`,
      asLayer(it),
    ])),
    classes,
    inputs: channels,
    hiddenUnits: dense.slice(0, -1).map(({ weight }) =>
      weight.weight.shape[0]!
    ),
    activation,
    isAssumed: steps.some((it) => it.kind === "activation" && it.isAssumed),
  };
}

function asLayer(
  { weight: { name, weight, bias }, before, after }: DenseLayer,
) {
  const [units = 0, inputs = 0] = weight.shape;
  assertTensor(weight, `${name}.weight`, [units, inputs]);
  if (bias !== undefined) assertTensor(bias, `${name}.bias`, [units]);
  if (units === 0) {
    throw new CorruptWeightsError(
      `Cannot use the tensor "${name}.weight" as its first extent must be >= 1: its shape is [${weight.shape}]`,
    );
  }
  return { kernel: outputsLast(weight), bias, before, after };
}

function asScaling(
  { name, gamma, beta, mean, variance, epsilon }: Extract<
    HeadStep,
    { kind: "batchNorm" }
  >,
  width: number,
): ImportedScaling {
  const parts = {
    weight: gamma,
    bias: beta,
    running_mean: mean,
    running_var: variance,
  };
  for (const [part, tensor] of Object.entries(parts)) {
    if (tensor !== undefined) assertTensor(tensor, `${name}.${part}`, [width]);
  }
  return { op: "batchNorm", gamma, beta, mean, variance, epsilon };
}

function wrongWidth(
  name: string,
  inputs: number | undefined,
  width: number,
  before: readonly unknown[],
): CorruptWeightsError {
  const isBoth = before.length === 0 && inputs === 2 * width;
  return new CorruptWeightsError(
    `Cannot use the classifier "${name}" as it must take ${width} values: it takes ${inputs}${
      isBoth
        ? ", the mean and the maximum of each channel, which isn't read"
        : ""
    }`,
  );
}

function corrupt(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot import the classifier as ${must}`);
}
