import {
  averageFields,
  borderFields,
  convFields,
  denseFields,
  globalPoolFields,
  poolFields,
} from "../int8/fields.ts";
import {
  panelCount,
  type Step,
  type StepOf,
  windowBytes,
} from "../int8/lower.ts";
import type { Fields } from "./kernels/kernel.ts";
import type { GpuKernels, KernelName } from "./kernels/mod.ts";
import { type ConvTile, VECTOR_BYTES, WORKGROUP } from "./layout.ts";

/** A step that has a kernel: the CPU computes the others. */
export type GpuStep = Exclude<Step, StepOf<"softmax" | "sigmoid">>;

/** Offsets in bytes: activations and vectors in the arena, the others in the model. */
export interface StepAddresses {
  readonly arena: number;
  readonly vectors: number;
  readonly weights: number;
  readonly table: number;
}

/** A kernel, its fields and the number of invocations that run it. */
export type KernelCall = {
  readonly [K in KernelName]: {
    readonly kernel: K;
    readonly fields: Fields<GpuKernels[K]>;
    readonly invocations: number;
  };
}[KernelName];

/**
 * Encodes a step for its kernel, in words.
 *
 * @param largest Returns the largest code of an activation.
 */
export function encodeStep(
  step: GpuStep,
  { arena, vectors, ...model }: StepAddresses,
  tile: ConvTile,
  largest: (name: string) => number,
): KernelCall {
  const space = { arena, vectors, unit: 4 } as const;
  // Kernels address the model by vectors.
  const weights = model.weights / VECTOR_BYTES;
  const table = model.table / VECTOR_BYTES;
  switch (step.op) {
    case "border": {
      const fields = borderFields(step, space);
      const { before, between, rows } = fields;
      const words = 2 * before + (rows - 1) * between;
      return {
        kernel: "border",
        fields: { ...fields, words },
        invocations: words,
      };
    }
    case "conv": {
      const fields = convFields(step, space);
      const tiles = Math.ceil(fields.pixels / tile.pixels);
      const blocks = Math.ceil(panelCount(step) / tile.panels);
      return {
        kernel: "conv",
        fields: {
          ...fields,
          tiles,
          blocks,
          weights,
          panelVectors: 8 * windowBytes(step) / VECTOR_BYTES,
          rescale: table,
          outputWords: Math.ceil(step.node.channels / 4),
          qmax: largest(step.node.name),
        },
        invocations: tiles * blocks,
      };
    }
    case "maxPool":
    case "avgPool": {
      const [height, width] = step.output.buffer.shape;
      const words = Math.ceil(step.input.channels / 4);
      const pixels = height * width;
      const fields = { ...poolFields(step, space), pixels, words };
      const invocations = pixels * words;
      if (step.op === "maxPool") {
        return { kernel: "maxPool", fields, invocations };
      }
      const average = {
        ...averageFields(step),
        multipliers: table,
        qmax: largest(step.node.name),
      };
      return {
        kernel: "avgPool",
        fields: { ...fields, ...average },
        invocations,
      };
    }
    case "globalAvgPool":
    case "globalMaxPool":
    case "flatten": {
      const { channels } = step.input;
      const words = Math.ceil(channels / 4);
      const pooled = globalPoolFields(step, space);
      const fields = { ...pooled, words, multipliers: table };
      if (step.op !== "flatten") {
        return { kernel: step.op, fields, invocations: words };
      }
      return {
        kernel: "flatten",
        fields: { ...fields, channels },
        invocations: pooled.width * pooled.height * words,
      };
    }
    case "dense": {
      // Values of the table are addressed by words.
      const scale = model.table / 4;
      const { units } = step.node;
      const places = { weights, scale, bias: scale + units };
      return {
        kernel: "dense",
        fields: { ...denseFields(step, space), ...places },
        invocations: units * WORKGROUP,
      };
    }
  }
}
