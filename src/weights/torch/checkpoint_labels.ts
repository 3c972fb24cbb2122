import { asItems } from "./collect_states.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import type { Pickled } from "./pickled.ts";

/** Common keys of lists of class names. */
const LISTS = ["classes", "class_names", "label_names"];

/** The key of indices by name, as in torchvision's `ImageFolder`. */
const INDICES = "class_to_idx";

/** Maximum number of named classes. */
const MOST = 2 ** 15;

/** Common keys of names by index. */
const BY_INDEX = ["idx_to_class", "id2label"];

/**
 * The class names saved with the weights in a checkpoint, under one of the common keys.
 * Prefers a list with one name per class; without one, returns a list of the wrong length,
 * which the caller will refuse.
 */
export function checkpointLabels(
  root: Pickled,
  classes: number,
): Pick<ImportedModel, "labels" | "labelsFrom"> | undefined {
  if (classes === 0) return undefined;
  const checkpoint = new Map(asItems(root));
  const itemsOf = (key: string) => asItems(checkpoint.get(key) ?? null);
  const values: [key: string, value: Pickled | undefined][] = [
    ...LISTS.map((it) => [it, checkpoint.get(it)] as [string, Pickled]),
    [INDICES, byIndex([...itemsOf(INDICES)].map(swapped))],
    ...BY_INDEX.map((it) =>
      [it, byIndex(itemsOf(it))] as [string, Pickled | undefined]
    ),
  ];
  const lists = values.flatMap(([key, labels]) =>
    areNames(labels) ? [{ labels, labelsFrom: `"${key}" in it` }] : []
  );
  return lists.find(({ labels }) => labels.length === classes) ?? lists[0];
}

function areNames(value: Pickled | undefined): value is string[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((it) => typeof it === "string") &&
    new Set(value).size === value.length;
}

function swapped([a, b]: readonly [Pickled, Pickled]) {
  return [b, a] as const;
}

/** Names sorted by index, if the indices are 0, 1, ... without gaps. */
function byIndex(
  items: Iterable<readonly [index: Pickled, name: Pickled]>,
): Pickled[] | undefined {
  const names: Pickled[] = [];
  let count = 0;
  for (const [key, name] of items) {
    const index = typeof key === "string" ? Number(key) : key;
    if (typeof index !== "number" || !(index >= 0 && index < MOST)) return;
    if (index in names) return;
    names[index] = name;
    count++;
  }
  return names.length === count ? names : undefined;
}
