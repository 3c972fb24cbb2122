import { CorruptWeightsError } from "../../errors.ts";
import { inceptionV3 } from "../../model/mod.ts";
import type { TorchModule } from "./collect_states.ts";
import { moduleName } from "./match_torch.ts";
import type { Pickled } from "./pickled.ts";

/**
 * Checks that the convolutions and pools of a pickled model have Inception-v3's windows.
 * Some models keep the weights but change a stride or remove a pool, for small images.
 *
 * @param prefix The prefix of the network's module names.
 * @throws {CorruptWeightsError} When one differs. TorchScript modules aren't checked, as
 * they lack these attributes.
 */
export function assertWindows(
  modules: ReadonlyMap<string, TorchModule>,
  prefix: string,
): void {
  for (const node of inceptionV3({ classes: 0 }).nodes) {
    if (node.op !== "conv") continue;
    const path = `${prefix}${moduleName(node.name)}.conv`;
    const padding = node.kernel.map((it) =>
      node.padding === "valid" ? 0 : (it - 1) / 2
    );
    assertAttributes(path, modules.get(path), {
      kernel_size: node.kernel,
      stride: [node.stride, node.stride],
      padding,
      dilation: [1, 1],
    });
  }
  for (const name of ["maxpool1", "maxpool2", "Pool1", "Pool2"]) {
    const path = prefix + name;
    const pool = modules.get(path);
    if (pool === undefined) continue; // Older versions call a function instead.
    if (!/\.MaxPool2d$/.test(pool.class)) {
      throw new CorruptWeightsError(
        `Cannot import the module "${path}" as it must be a MaxPool2d: it is ${pool.class}`,
      );
    }
    assertAttributes(path, pool, {
      kernel_size: [3, 3],
      stride: [2, 2],
      padding: [0, 0],
      dilation: [1, 1],
    });
  }
}

function assertAttributes(
  path: string,
  module: TorchModule | undefined,
  expected: Readonly<Record<string, readonly number[]>>,
): void {
  for (const [name, values] of Object.entries(expected)) {
    const found = pairOf(module?.attributes.get(name));
    if (found === undefined || found === String(values)) continue;
    throw new CorruptWeightsError(
      `Cannot import the module "${path}" as its ${name} must be ${values}: it is ${found}`,
    );
  }
}

/** A single number means height and width. */
function pairOf(value: Pickled | undefined): string | undefined {
  if (typeof value === "number") return `${value},${value}`;
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.every((it) => typeof it === "number")
    ? String(value)
    : undefined;
}
