/**
 * Where an image's time goes, as a table of layers.
 *
 * @module
 */
import type { Step } from "../src/backends/int8/lower.ts";

/** A measured layer. */
export interface MeasuredLayer {
  readonly step: Step;
  /** The name of its kernel. */
  readonly kernel: string;
  /** The least time, in ms. */
  readonly least: number;
}

/** Prints each layer's time, its share, and its multiply-adds per second. */
export function printLayers(layers: readonly MeasuredLayer[]): void {
  const total = layers.reduce((sum, { least }) => sum + least, 0);
  console.log(
    `${"layer".padEnd(28)} ${"kernel".padEnd(18)}       ms  share   G/s`,
  );
  for (const { step, kernel, least } of layers) {
    const name = step.op === "border"
      ? `a border of ${step.output.shape.join("x")}`
      : step.node.name;
    const rate = multiplyAdds(step) / least / 1e6;
    console.log(
      name.padEnd(28),
      kernel.padEnd(18),
      least.toFixed(3).padStart(8),
      `${(least / total * 100).toFixed(1)}%`.padStart(6),
      rate === 0 ? "" : rate.toFixed(0).padStart(5),
    );
  }
  const all = layers.reduce((sum, { step }) => sum + multiplyAdds(step), 0);
  console.log(
    `${"all".padEnd(47)} ${total.toFixed(3).padStart(8)} 100.0% ${
      (all / total / 1e6).toFixed(0).padStart(5)
    }`,
  );
}

function multiplyAdds(step: Step): number {
  switch (step.op) {
    case "conv": {
      const [height, width] = step.output.buffer.shape;
      const { kernel, channels } = step.node;
      return height * width * channels * kernel[0] * kernel[1] *
        step.input.channels;
    }
    case "dense":
      return step.node.units * step.input.length;
    default:
      return 0;
  }
}
