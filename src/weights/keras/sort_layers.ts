import { CorruptWeightsError } from "../../errors.ts";
import type { KerasLayer, KerasModel } from "./parse_model.ts";

/** A model's layers in an order in which each reads earlier ones. */
export function sortLayers(
  { isSequential, layers }: KerasModel,
): readonly KerasLayer[] {
  if (isSequential) return layers;
  const byName = new Map(layers.map((it) => [it.name, it]));
  const readers = new Map<string, KerasLayer[]>();
  const missing = new Map<KerasLayer, number>();
  for (const layer of layers) {
    let count = 0;
    for (const operand of layer.operands) {
      if (typeof operand !== "object" || !("layer" in operand)) continue;
      if (!byName.has(operand.layer)) {
        throw new CorruptWeightsError(
          `Cannot find the Keras layer "${operand.layer}" that another one reads`,
        );
      }
      const known = readers.get(operand.layer);
      if (known === undefined) readers.set(operand.layer, [layer]);
      else known.push(layer);
      count++;
    }
    missing.set(layer, count);
  }
  const sorted = layers.filter((it) => missing.get(it) === 0);
  for (const { name } of sorted) { // It grows while it is walked.
    for (const reader of readers.get(name) ?? []) {
      const left = missing.get(reader)! - 1;
      missing.set(reader, left);
      if (left === 0) sorted.push(reader);
    }
  }
  if (sorted.length === layers.length) return sorted;
  const circular = layers.find((it) => missing.get(it)! > 0)!;
  throw new CorruptWeightsError(
    `Cannot import the Keras layer "${circular.name}" as it must not read its own result`,
  );
}
