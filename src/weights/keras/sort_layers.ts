import { CorruptWeightsError } from "../../errors.ts";
import type { KerasLayer, KerasModel } from "./parse_model.ts";

/** A model's layers in topological order: inputs first. */
export function sortLayers(
  { isSequential, layers }: KerasModel,
): readonly KerasLayer[] {
  if (isSequential) return layers;
  const names = new Set(layers.map(({ name }) => name));
  const readers = new Map<string, KerasLayer[]>();
  const missing = new Map<KerasLayer, number>();
  for (const layer of layers) {
    for (const name of layer.reads) {
      if (!names.has(name)) {
        throw new CorruptWeightsError(
          `Cannot find the Keras layer "${name}" that another one reads`,
        );
      }
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [layer]);
      else known.push(layer);
    }
    missing.set(layer, layer.reads.length);
  }
  const sorted = layers.filter((it) => missing.get(it) === 0);
  for (const { name } of sorted) { // The loop appends to this list.
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
