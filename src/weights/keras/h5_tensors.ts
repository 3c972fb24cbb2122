/**
 * The tensors of Keras's HDF5 files, in both layouts.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import type { DataSet } from "../hdf5/data_set.ts";
import type { Group } from "../hdf5/open.ts";
import { readFloats } from "../safetensors/floats.ts";
import {
  findInList,
  type FindTensor,
  type LayerPlace,
  nameOf,
  onlyOne,
  plainName,
} from "./variables.ts";

/** A tensor stored in `bytes`. */
export function h5Tensor(
  bytes: Uint8Array,
  name: string,
  set: DataSet,
): ForeignTensor {
  return {
    name: plainName(name),
    shape: set.shape,
    read: () => readFloats(set, bytes),
  };
}

/**
 * Finds the tensors of `model.save("model.h5")`. The file has a group for each layer of the
 * outermost model. Its attribute `weight_names` lists the tensors, including those of nested
 * layers. Names end in `conv2d_1/kernel:0`, or `conv2d_1/kernel` since Keras 3.
 */
export function findByName(group: Group, bytes: Uint8Array): FindTensor {
  const groups = new Map<string, FindTensor>();
  return (place, variable) => {
    const owner = place.path[0]!.name;
    let find = groups.get(owner);
    if (find === undefined) {
      find = findInGroup(group.group(owner), bytes);
      groups.set(owner, find);
    }
    return find(place, variable);
  };
}

function findInGroup(group: Group | undefined, bytes: Uint8Array): FindTensor {
  const names = group && readList(group, "weight_names") || [];
  const tensorAt = (name: string) => {
    const set = group?.dataSet(name);
    return set && h5Tensor(bytes, name, set);
  };
  const find = findInList(names, tensorAt);
  return (place, variable) => {
    if (place.path.length > 1) return find(place, variable);
    // A layer of the outermost model has its own group. Its tensors' names may differ from
    // its own, as they stay the same when a layer is renamed.
    const end = `/${variable.name}`;
    const own = names.filter((it) => `/${plainName(it)}`.endsWith(end));
    return own.length === 0
      ? undefined
      : tensorAt(onlyOne(own, place, variable));
  };
}

/**
 * The strings of an attribute. Keras splits an attribute that exceeds HDF5's limit of 64 KB
 * into `name0`, `name1`, ...
 */
export function readList(
  group: Group,
  name: string,
): readonly string[] | undefined {
  const whole = group.texts(name);
  if (whole !== undefined) return whole;
  const parts: (readonly string[])[] = [];
  while (true) {
    const part = group.texts(`${name}${parts.length}`);
    if (part === undefined) break;
    parts.push(part);
  }
  return parts.length === 0 ? undefined : parts.flat();
}

/** The names of the group of a model's layers: in Keras 3, and since Keras 2.12. */
const CONTAINERS = ["layers", "_layer_checkpoint_dependencies"];

/**
 * Finds the tensors of `model.weights.h5`. The file has a group for each layer, named after
 * its class and a number: `layers/functional/layers/conv2d_7/vars/0`. Numbers increase in
 * layer order.
 */
export function findByPlace(root: Group, bytes: Uint8Array): FindTensor {
  const groups = new Map<string, Group>();
  const lists = new Map<string, readonly string[]>();
  const locate = (place: LayerPlace) => {
    let path = "";
    let group = root;
    for (const { className, index, count } of place.path) {
      const container = containerOf(group);
      const inner = `${path}${container?.name}/`;
      const list = lists.get(inner + className) ??
        numbered(container?.group.members() ?? [], className);
      lists.set(inner + className, list);
      const name = list[index];
      if (
        container === undefined || name === undefined || list.length !== count
      ) {
        throw new CorruptWeightsError(
          `Cannot find the weights of the Keras layer "${
            nameOf(place)
          }" as the file must have ${count} groups for the layers of class ${className}: it has ${list.length}`,
        );
      }
      path = `${inner}${name}/`;
      group = groups.get(path) ?? container.group.group(name)!;
      groups.set(path, group);
    }
    const vars = group.group("vars");
    const own = vars?.texts("name")?.[0];
    if (own !== undefined && own !== place.layer.name) {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${
          nameOf(place)
        }" as its weights must be in "${path}": those are of "${own}"`,
      );
    }
    return { path: `${path}vars/`, vars };
  };
  const located = new WeakMap<LayerPlace, ReturnType<typeof locate>>();
  return (place, { index }) => {
    const found = located.get(place) ?? locate(place);
    located.set(place, found);
    const set = found.vars?.dataSet(String(index));
    return set && h5Tensor(bytes, found.path + index, set);
  };
}

/** The group of a model's layers. */
export function containerOf(group: Group) {
  for (const name of CONTAINERS) {
    const found = group.group(name);
    if (found?.members().length) return { name, group: found };
  }
  return undefined;
}

/** The names of a class's groups, in layer order. */
function numbered(
  members: readonly string[],
  className: string,
): readonly string[] {
  const stem = snakeCase(className);
  return members
    .map((name) => ({ name, number: numberOf(name, stem) }))
    .filter(({ number }) => number !== undefined)
    .sort((a, b) => a.number! - b.number!)
    .map(({ name }) => name);
}

/** 7 for `conv2d_7`, 0 for `conv2d`. */
function numberOf(name: string, stem: string): number | undefined {
  if (!name.startsWith(stem)) return undefined;
  const rest = name.slice(stem.length);
  return rest === ""
    ? 0
    : /^_\d+$/.test(rest)
    ? Number(rest.slice(1))
    : undefined;
}

/** `batch_normalization` for `BatchNormalization` (`keras/src/utils/naming.py`). */
function snakeCase(className: string): string {
  return className.replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
