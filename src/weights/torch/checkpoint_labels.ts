import { asItems } from "./collect_states.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import type { Pickled } from "./pickled.ts";

/** Lists of names in checkpoints. */
const LISTS = ["classes", "class_names", "label_names"];

/** Indices by name, as `ImageFolder` of torchvision has them. */
const INDICES = "class_to_idx";

/** Classes of the most that are named. */
const MOST = 2 ** 15;

/** Names by index. */
const BY_INDEX = ["idx_to_class", "id2label"];

/**
 * The names of the classes beside the weights in a checkpoint: many save them under these
 * keys. Those that are as many come first; otherwise their number is wrong.
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

/** Names in the order of their indices, if each of 0, 1, ... has one. */
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
