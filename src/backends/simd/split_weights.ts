import { weightBytes } from "../int8/lower.ts";
import type { WideKernels } from "./kernels.ts";
import type { Plan } from "./plan.ts";

/**
 * Puts the weights of a plan's wide convolutions into the order that kernels with
 * `split` read, in place.
 *
 * @param addresses The addresses of the weights, by node name.
 */
export function splitWideWeights(
  wide: WideKernels,
  memory: WebAssembly.Memory,
  { levels }: Pick<Plan, "levels">,
  addresses: ReadonlyMap<string, number>,
): void {
  const split = weightSplitter(wide, memory);
  for (const step of levels.flat()) {
    if (step.op !== "conv" || !step.isWide) continue;
    const start = addresses.get(step.node.name)!;
    split(start, start + weightBytes(step));
  }
}

/**
 * A function that separates the even and odd bytes of panels of weights; see
 * `kernels/conv_wide.ts`.
 */
export function weightSplitter(
  { module }: Pick<WideKernels, "module">,
  memory: WebAssembly.Memory,
): (start: number, end: number) => void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports.splitWeights as (start: number, end: number) => void;
}
