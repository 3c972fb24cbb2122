import { CorruptWeightsError } from "../../errors.ts";
import { type Pickled, PickledObject } from "./pickled.ts";
import {
  asTensor,
  type FindStorage,
  madeBy,
  type TorchTensor,
} from "./tensor.ts";

/** The tensors of a state dict, or of a whole module. */
export interface TorchState {
  /** Its keys in the file, such as `["state_dict"]`; none for the file itself. */
  readonly keys: readonly string[];
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** The modules by path, in the order of their definition: none in a state dict. */
  readonly modules: ReadonlyMap<string, TorchModule>;
}

/** A module of a whole model, or of a TorchScript program. */
export interface TorchModule {
  /** `"torch.nn.modules.linear.Linear"` */
  readonly class: string;
  /** What else it has: numbers, texts, settings. */
  readonly attributes: ReadonlyMap<Pickled, Pickled>;
}

/** How deep dicts and modules nest: a file of more is hostile. */
const MAX_DEPTH = 64;

/** Dicts may share their items: a checkpoint has some ten thousand. */
const MAX_ITEMS = 2 ** 20;

/** Letters of a tensor's or a module's name in its dict. */
const MAX_NAME = 512;

/** All state dicts and modules in what was saved, each once, whatever is shared. */
export function collectStates(
  root: Pickled,
  findStorage: FindStorage,
): readonly TorchState[] {
  const states: TorchState[] = [];
  const seen = new Set<Pickled>();
  let left = MAX_ITEMS;
  visit(root, []);
  return states;

  /** The items of a dict whose keys are names; others are passed over. */
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

/** A module's tensors and modules, and its other attributes. */
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

/** Without what TorchScript adds to the names of classes. */
function className(value: Pickled): string {
  const name = value instanceof PickledObject ? madeBy(value) : "";
  return name.replace(/^__torch__\./, "").replace(/\.___torch_mangle_\d+/, "");
}

function isDict(value: Pickled): boolean {
  return value instanceof Map || value instanceof PickledObject &&
      (value.items !== undefined ||
        /(OrderedDict|defaultdict)$/.test(madeBy(value)));
}

/** The items of a dict, an `OrderedDict`, or another class of the kind; of others none. */
export function asItems(
  value: Pickled,
): Iterable<readonly [Pickled, Pickled]> {
  if (value instanceof Map) return value;
  if (!(value instanceof PickledObject) || !isDict(value)) return [];
  return value.items ?? pairsOf(value);
}

/** Python 2 gave an `OrderedDict` its items as an argument. */
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
