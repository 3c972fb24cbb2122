/**
 * A small network with known results, which kernels must run correctly before they run
 * another. Some engines have faulty compilers: V8 before 12 loses sums of the relaxed
 * dot product in unoptimised code. On 32-bit ARM a probe of the instruction alone
 * doesn't find that.
 *
 * The network has the relaxed instructions in the same places as Inception-v3: a
 * convolution of the image, one of codes of 8 bits, an average pool, and a convolution
 * of codes of 7 or 8 bits, all 3 x 3. There are two panels of channels, the last one
 * not full, and tiles of 6 and of 5 pixels. Plain kernels compute the second
 * convolution by Winograd tiles, the others by windows.
 *
 * @module
 */
import { readActivations } from "../int8/read_activations.ts";
import { type Graph, INPUT, type QuantizedNetwork } from "../../model/mod.ts";
import { writeNetwork } from "./encode.ts";
import type {
  ConvKind,
  KernelConfig,
  KernelExports,
  WinogradKind,
} from "./kernel_config.ts";
import { planMemory } from "./layout.ts";
import { planGraph } from "./plan.ts";
import { LEVEL_BYTES, PROGRAM_BYTES, STEP_BYTES } from "./records.ts";

const CONV = {
  op: "conv",
  kernel: [3, 3],
  stride: 1,
  batchNorm: false,
  activation: "relu",
} as const;

/** The graph of the trial. */
export const TRIAL_GRAPH: Graph = {
  input: [6, 6, 3],
  nodes: [
    { ...CONV, name: "first", channels: 16, input: INPUT, padding: "valid" },
    { ...CONV, name: "second", channels: 12, input: "first", padding: "same" },
    {
      op: "avgPool",
      name: "pool",
      input: "second",
      size: 3,
      stride: 1,
      padding: "same",
      countIncludePad: false,
    },
    { ...CONV, name: "third", channels: 12, input: "pool", padding: "same" },
    { op: "globalAvgPool", name: "mean", input: "third" },
  ],
  outputs: { features: "mean" },
};

/** Its network: weights are noise. */
export const TRIAL_NETWORK: Pick<QuantizedNetwork, "quantized" | "absMax"> = {
  quantized: (name) => {
    const inputs = { first: 4, second: 16 }[name] ?? 12;
    const length = name === "first" ? 16 : 12;
    return {
      // Two panels of 8 channels, of windows of 3 x 3 pixels.
      weight: Int8Array.from(
        noise(2 * 8 * 9 * inputs),
        (it) => Math.max(it - 128, -127),
      ),
      scale: Float32Array.from({ length }, (_, i) => 2 ** -(9 + i % 3)),
      bias: Float32Array.from({ length }, (_, i) => (16 + i % 8) / 64),
    };
  },
  absMax: (name) => name === "pool" ? 0.8 : 1,
};

/** Its image: RGB is noise, A is 0. */
export const TRIAL_IMAGE: Uint8Array = noise(6 * 6 * 4)
  .map((it, i) => i % 4 < 3 ? it : 0);

/** Hash of the codes of all steps, by the bits of activations. */
export const TRIAL_HASH = { 7: 230474359, 8: -277510706 } as const;

/** Calls between two readings of the clock. */
const CALLS = 20;

/** Kernels and the network of the trial in their memory. */
export interface Trial {
  /** Runs the network and returns whether all codes are right. */
  passes(): boolean;
  /** Runs the kernels of codes for `ms` ms, each at most `calls` times. */
  warmUp(ms: number, calls: number): void;
}

/** Writes the network into `memory`, at least a page, whose content is lost. */
export function prepareTrial(
  kernels: Pick<KernelExports, "run" | WinogradKind | ConvKind>,
  memory: { readonly buffer: ArrayBufferLike },
  config: KernelConfig,
): Trial {
  const { conv, bytes, bits } = config;
  const [kernelsOfCodes, kernelsOfBytes] = [conv, bytes].map((it) =>
    it === "convPlain" ? "plain" : "relaxed"
  );
  const plan = planGraph(TRIAL_GRAPH, kernelsOfCodes!, kernelsOfBytes);
  const layout = planMemory(plan, 1, 1);
  const { program, arena } = layout.slots[0]!;
  const scratch = layout.scratch[0]!;
  new Uint8Array(memory.buffer).fill(0);
  writeNetwork({ memory, layout, plan, config }, TRIAL_NETWORK);

  const codes = new Uint8Array(memory.buffer, arena, plan.arenaBytes);
  const qmax = new Float32Array(16).fill(2 ** bits - 1);
  const hash = () => {
    let hash = 0;
    for (const [level, steps] of plan.levels.entries()) {
      // Later levels may overwrite the results of earlier ones, so each level is run
      // again.
      codes.fill(0);
      codes.set(TRIAL_IMAGE, plan.image.offset);
      kernels.run(program, level + 1, scratch);
      for (const step of steps) {
        if (!("input" in step && "buffer" in step.output)) continue;
        hash = addHash(hash, readActivations(codes, step.output, qmax, config));
      }
    }
    return hash;
  };
  return {
    passes: () => hash() === TRIAL_HASH[bits],
    warmUp(ms, calls) {
      const end = performance.now() + ms;
      const firstStep = program + PROGRAM_BYTES +
        plan.levels.length * LEVEL_BYTES;
      // Where plain kernels compute codes, both convolutions have some.
      const warmed = plan.levels.flat().flatMap((it, i) =>
        it.op === "conv" && (it.node.input !== INPUT || conv === "convPlain")
          ? {
            kernel: kernels[
              it.winograd ?? (it.node.name === "second" ? bytes : conv)
            ],
            step: firstStep + i * STEP_BYTES,
          }
          : []
      );
      for (let done = 0; done < calls; done += CALLS) {
        for (const { kernel, step } of warmed) {
          if (performance.now() >= end) return;
          for (let i = 0; i < CALLS; i++) kernel(step, 0, scratch);
        }
      }
    },
  };
}

/** Adds codes to a hash. */
export function addHash(hash: number, codes: Iterable<number>): number {
  for (const code of codes) {
    hash = Math.imul(hash ^ code, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Bytes that are the same on every machine. */
export function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return state >>> 24;
  });
}
