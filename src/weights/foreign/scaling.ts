import { batchNormScale } from "../fold_batch_norm.ts";
import type { ForeignTensor } from "./graph.ts";
import type { ImportedScaling } from "./imported.ts";

/** `x * scale + offset` per channel, in double precision. */
export interface ChannelScaling {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

/**
 * Combines scalings of `count` channels, applied in order. Each tensor has one value, one
 * per channel, or one per channel of a pixel, repeated over a flattened grid.
 *
 * @param name Names the scaled values in errors.
 */
export function channelScaling(
  name: string,
  scalings: readonly ImportedScaling[],
  count: number,
): ChannelScaling {
  const scale = new Float64Array(count).fill(1);
  const offset = new Float64Array(count);
  for (const scaling of scalings) {
    const next = scaling.op === "affine"
      ? {
        scale: scaling.scale?.read() ?? [1],
        offset: scaling.offset?.read() ?? [0],
      }
      : readBatchNorm(name, scaling);
    for (let c = 0; c < count; c++) {
      const by = next.scale[c % next.scale.length]!;
      scale[c]! *= by;
      offset[c] = offset[c]! * by + next.offset[c % next.offset.length]!;
    }
  }
  return { scale, offset };
}

/** The tensors that a scaling has, without absent ones. */
export function scalingTensors(
  scaling: ImportedScaling,
): readonly ForeignTensor[] {
  const tensors = scaling.op === "affine"
    ? [scaling.scale, scaling.offset]
    : [scaling.gamma, scaling.beta, scaling.mean, scaling.variance];
  return tensors.filter((it) => it !== undefined);
}

function readBatchNorm(
  name: string,
  norm: Extract<ImportedScaling, { op: "batchNorm" }>,
): ChannelScaling {
  const mean = norm.mean.read();
  const beta = norm.beta?.read();
  const scale = batchNormScale(name, mean.length, {
    gamma: norm.gamma?.read(),
    variance: norm.variance.read(),
    epsilon: norm.epsilon,
  });
  return {
    scale,
    offset: scale.map((it, c) => (beta?.[c] ?? 0) - mean[c]! * it),
  };
}
