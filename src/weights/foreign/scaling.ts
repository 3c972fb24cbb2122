import { batchNormScale } from "../fold_batch_norm.ts";
import type { ForeignTensor } from "./graph.ts";
import type { ImportedScaling } from "./imported.ts";

/** `x * scale + offset` of each channel, in double precision. */
export interface ChannelScaling {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

/**
 * What scalings do to `count` channels, one after the other. Their tensors have one value,
 * one a channel, or one for each of the channels that repeat, as those of a flattened grid.
 *
 * @param name What they scale, for errors.
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

/** The tensors of a scaling. */
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
