import { CorruptWeightsError } from "../../errors.ts";
import { type Pickled, PickledObject } from "./pickled.ts";
import {
  asTensor,
  type FindStorage,
  madeBy,
  type TorchTensor,
} from "./tensor.ts";

/** The tensors of a state dict or of a pickled module. */
export interface TorchState {
  /** Its path of keys in the file, such as `["state_dict"]`; empty for the root. */
  readonly keys: readonly string[];
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** The modules by path, in the order of their definition; empty for a state dict. */
  readonly modules: ReadonlyMap<string, TorchModule>;
}

/** A module of a pickled model or a TorchScript program. */
export interface TorchModule {
  /** `"torch.nn.modules.linear.Linear"` */
  readonly class: string;
  /** All attributes, such as numbers, strings and settings. */
  readonly attributes: ReadonlyMap<Pickled, Pickled>;
}

/** Maximum nesting of dicts and modules. Only a hostile file exceeds it. */
const MAX_DEPTH = 64;

/** Maximum number of items, as dicts may share them. A checkpoint has about ten thousand. */
const MAX_ITEMS = 2 ** 20;

/** Maximum length of a tensor's or module's name in its dict. */
const MAX_NAME = 512;

/** All state dicts and modules in a saved object, each once even if shared. */
export function collectStates(
  root: Pickled,
  findStorage: FindStorage,
): readonly TorchState[] {
  const states: TorchState[] = [];
  const seen = new Set<Pickled>();
  let left = MAX_ITEMS;
  visit(root, []);
  return states;

  /** The items of a dict whose keys are names; skips all others. */
  function* namedItems(
    items: Iterable<readonly [Pickled, Pickled]>,
  ): Iterable<readonly [string, Pickled]> {
    for (const [key, value] of items) {
      if (--left < 0) {
        throw new CorruptWeightsError(
          `Cannot read what was saved as it must have <= ${MAX_ITEMS} items: it has more`,
        );
      }
      const name = typeof key === "number" ? String(key) : key;
      if (typeof name === "string" && name.length <= MAX_NAME) {
        yield [name, value];
      }
    }
  }

  function visit(value: Pickled, keys: readonly string[]): void {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    assertDepth(keys.length);
    if (Array.isArray(value)) {
      // Such as `torch.save((state_dict, labels))`.
      if (value.length > MAX_DEPTH) return;
      for (const [i, it] of value.entries()) visit(it, [...keys, String(i)]);
      return;
    }
    const tensors = new Map<string, TorchTensor>();
    if (moduleParts(value) !== undefined) {
      const modules = new Map<string, TorchModule>();
      collectModule(value, "", 0, tensors, modules);
      states.push({ keys, tensors, modules });
      return;
    }
    for (const [name, it] of namedItems(asItems(value))) {
      const tensor = asTensor(it, findStorage);
      if (tensor !== undefined) tensors.set(name, { name, ...tensor });
      else visit(it, [...keys, name]);
    }
    if (tensors.size > 0) states.push({ keys, tensors, modules: new Map() });
  }

  function collectModule(
    value: Pickled,
    path: string,
    depth: number,
    tensors: Map<string, TorchTensor>,
    modules: Map<string, TorchModule>,
  ): void {
    const parts = moduleParts(value);
    if (parts === undefined || modules.has(path)) return;
    assertDepth(depth);
    modules.set(path, {
      class: className(value),
      attributes: parts.attributes,
    });
    for (const [key, it] of namedItems(parts.children)) {
      const name = path === "" ? key : `${path}.${key}`;
      const tensor = asTensor(it, findStorage);
      if (tensor !== undefined) tensors.set(name, { name, ...tensor });
      else if (!seen.has(it)) {
        if (it !== null) seen.add(it);
        collectModule(it, name, depth + 1, tensors, modules);
      }
    }
  }
}

/** A module's children (tensors and modules), and its attributes. */
function moduleParts(value: Pickled) {
  const attributes = value instanceof PickledObject ? value.state : null;
  if (!(attributes instanceof Map)) return undefined;
  if (isScript(value)) return { children: attributes, attributes };
  if (!isDict(attributes.get("_modules") ?? null)) return undefined;
  return { children: childrenOf(attributes), attributes };
}

function* childrenOf(
  attributes: ReadonlyMap<Pickled, Pickled>,
): Iterable<readonly [Pickled, Pickled]> {
  for (const name of ["_parameters", "_buffers", "_modules"]) {
    yield* asItems(attributes.get(name) ?? null);
  }
}

function isScript(value: Pickled): boolean {
  return value instanceof PickledObject &&
    madeBy(value).startsWith("__torch__.");
}

/** The name of an object's class, without TorchScript's additions. */
function className(value: Pickled): string {
  const name = value instanceof PickledObject ? madeBy(value) : "";
  return name.replace(/^__torch__\./, "").replace(/\.___torch_mangle_\d+/, "");
}

function isDict(value: Pickled): boolean {
  return value instanceof Map || value instanceof PickledObject &&
      (value.items !== undefined ||
        /(OrderedDict|defaultdict)$/.test(madeBy(value)));
}

/** The items of a dict, an `OrderedDict` or a similar class; none for other values. */
export function asItems(
  value: Pickled,
): Iterable<readonly [Pickled, Pickled]> {
  if (value instanceof Map) return value;
  if (!(value instanceof PickledObject) || !isDict(value)) return [];
  return value.items ?? pairsOf(value);
}

/** Python 2 pickled the items of an `OrderedDict` as an argument of its constructor. */
function* pairsOf(
  { args }: PickledObject,
): Iterable<readonly [Pickled, Pickled]> {
  const pairs = Array.isArray(args) ? args[0] : undefined;
  for (const pair of Array.isArray(pairs) ? pairs : []) {
    if (!Array.isArray(pair) || pair.length !== 2) return;
    yield [pair[0]!, pair[1]!];
  }
}

function assertDepth(depth: number): void {
  if (depth <= MAX_DEPTH) return;
  throw new CorruptWeightsError(
    `Cannot read what was saved as it must nest <= ${MAX_DEPTH} deep: it nests deeper`,
  );
}
