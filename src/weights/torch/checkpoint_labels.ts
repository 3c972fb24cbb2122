import { asItems } from "./collect_states.ts";
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
 * The names of the classes beside the weights in a checkpoint, if it has as many: many
 * save them under these keys.
 */
export function checkpointLabels(
  root: Pickled,
  classes: number,
): readonly string[] | undefined {
  const checkpoint = new Map(asItems(root));
  const found = [
    ...LISTS.map((it) => checkpoint.get(it)),
    byIndex([...asItems(checkpoint.get(INDICES) ?? null)].map(swapped)),
    ...BY_INDEX.map((it) => byIndex(asItems(checkpoint.get(it) ?? null))),
  ];
  return found.find((it): it is string[] =>
    Array.isArray(it) && it.length === classes && classes > 0 &&
    it.every((name) => typeof name === "string") &&
    new Set(it).size === classes
  );
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
