/**
 * The layers of files that have weights but no configuration, in Keras's layer order.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { counted } from "../../text/numbers.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import type { Group } from "../hdf5/open.ts";
import { containerOf, h5Tensor, readList } from "./h5_tensors.ts";
import type { StoredLayer } from "./match_order.ts";
import { MAX_LAYERS } from "./parse_model.ts";

/** State variables of augmentation layers, unused in inference. */
const STATE = /^(StateVar|Variable|seed_generator_state|state)(_\d+)?$/i;

/**
 * The layers of `model.save_weights("weights.h5")` and of Keras 2: groups listed in
 * `layer_names`. A nested model is one group, whose tensor names include the layer names.
 */
export function layersByName(root: Group, bytes: Uint8Array): StoredLayer[] {
  const owners = new Set<string>();
  return (readList(root, "layer_names") ?? []).flatMap((owner) => {
    const group = root.group(owner);
    if (group === undefined || owners.has(owner)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${owner}" as it must be in the file once: it is ${
          group === undefined ? "absent" : "listed twice"
        }`,
      );
    }
    owners.add(owner);
    return layersOf(owner, group, bytes);
  });
}

function layersOf(
  owner: string,
  group: Group,
  bytes: Uint8Array,
): StoredLayer[] {
  const layers = new Map<string, Map<string, ForeignTensor>>();
  for (const path of readList(group, "weight_names") ?? []) {
    // `conv2d_1/kernel:0`, or `conv2d_1/kernel` since Keras 3.
    const plain = path.replace(/:0$/, "");
    const end = plain.lastIndexOf("/");
    const variable = plain.slice(end + 1);
    if (STATE.test(variable)) continue;
    const name = end < 0 ? owner : plain.slice(0, end);
    const set = group.dataSet(path);
    if (set === undefined) {
      throw new CorruptWeightsError(
        `Cannot find the tensor "${path}" of the Keras layer "${owner}"`,
      );
    }
    const tensors = layers.get(name) ?? new Map<string, ForeignTensor>();
    if (tensors.has(variable)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${name}" as it must have one "${variable}": "${owner}" has several`,
      );
    }
    layers.set(name, tensors.set(variable, h5Tensor(bytes, path, set)));
  }
  const found = [...layers].map(([name, tensors]) => ({ name, tensors }));
  return found.length < 2 ? found : inOrder(found);
}

/**
 * Sorts the layers of a nested model. Keras lists trainable weights first, so frozen layers,
 * which are those next to the image, come last. Batch norms are in order, as their means are
 * never trainable.
 */
function inOrder(layers: readonly StoredLayer[]): StoredLayer[] {
  const first = layers.findIndex(({ tensors }) => {
    const shape = tensors.get("kernel")?.shape;
    return shape?.length === 4 && shape[2] === 3;
  });
  return first <= 0
    ? [...layers]
    : [...layers.slice(first), ...layers.slice(0, first)];
}

/** The variables of the layer classes in Inception-v3, in Keras 3's order. */
const VARIABLES: Readonly<
  Record<string, (count: number) => readonly string[]>
> = {
  conv2d: () => ["kernel", "bias"],
  dense: () => ["kernel", "bias"],
  batch_normalization: (count) =>
    [
      ["moving_mean", "moving_variance"],
      // Keras's Inception-v3 has no gamma.
      ["beta", "moving_mean", "moving_variance"],
      ["gamma", "beta", "moving_mean", "moving_variance"],
    ][count - 2] ?? [],
};

/**
 * The layers of `model.save_weights("model.weights.h5")`: groups named after a class and a
 * number, nested like the models.
 */
export function layersByPlace(root: Group, bytes: Uint8Array): StoredLayer[] {
  const found: StoredLayer[] = [];
  let count = 0;
  const visit = (group: Group, path: string, depth: number) => {
    const container = containerOf(group);
    if (container === undefined) return;
    const members = container.group.members().map((name) => {
      const [, stem = name, number] = /^(.*?)(?:_(\d+))?$/.exec(name) ?? [];
      return { name, stem, number: Number(number ?? 0) };
    });
    count += members.length;
    if (count > MAX_LAYERS || depth > MAX_DEPTH) {
      throw new CorruptWeightsError(
        `Cannot import the Keras weights as they must be of <= ${MAX_LAYERS} layers, nested <= ${MAX_DEPTH} deep: there are more`,
      );
    }
    for (const { name, stem } of members.sort((a, b) => a.number - b.number)) {
      const own = `${path}${container.name}/${name}`;
      const layer = container.group.group(name)!;
      const vars = layer.group("vars");
      const stored = vars?.members() ?? [];
      if (vars !== undefined && stored.length > 0) {
        found.push({
          name: own,
          tensors: readVars(vars, own, stem, stored.length, bytes),
        });
      }
      visit(layer, `${own}/`, depth + 1);
    }
  };
  visit(root, "", 0);
  return found;
}

const MAX_DEPTH = 8;

function readVars(
  vars: Group,
  path: string,
  stem: string,
  count: number,
  bytes: Uint8Array,
): Map<string, ForeignTensor> {
  const names = VARIABLES[stem]?.(count) ?? [];
  if (names.length < count) {
    throw new CorruptWeightsError(
      `Cannot import weights alone as their layers must be convolutions, batch norms and dense layers: "${path}" has ${
        counted(count, "tensor")
      } of another. Save the whole model: model.save("model.keras")`,
    );
  }
  const tensors = new Map<string, ForeignTensor>();
  for (let i = 0; i < count; i++) {
    const set = vars.dataSet(String(i));
    if (set === undefined) {
      throw new CorruptWeightsError(
        `Cannot find the tensor "${path}/vars/${i}" of the Keras weights`,
      );
    }
    tensors.set(names[i]!, h5Tensor(bytes, `${path}/vars/${i}`, set));
  }
  return tensors;
}
