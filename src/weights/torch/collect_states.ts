import { CorruptWeightsError } from "../../errors.ts";
import { type Pickled, PickledObject } from "./pickle.ts";
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

/** All state dicts and modules in what was saved, each once, whatever is shared. */
export function collectStates(
  root: Pickled,
  findStorage: FindStorage,
): readonly TorchState[] {
  const states: TorchState[] = [];
  const seen = new Set<Pickled>();
  visit(root, []);
  return states;

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
    for (const [key, it] of asMap(value) ?? []) {
      const name = String(key);
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
    for (const [key, it] of parts.children) {
      const name = path === "" ? String(key) : `${path}.${String(key)}`;
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
  if (asMap(attributes.get("_modules") ?? null) === undefined) return undefined;
  const children = ["_parameters", "_buffers", "_modules"].flatMap((it) => [
    ...asMap(attributes.get(it) ?? null) ?? [],
  ]);
  return { children, attributes };
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

/** A dict, an `OrderedDict`, or another class of the kind. */
export function asMap(
  value: Pickled,
): ReadonlyMap<Pickled, Pickled> | undefined {
  if (value instanceof Map) return value;
  if (!(value instanceof PickledObject)) return undefined;
  if (value.items !== undefined) return value.items;
  if (!/(OrderedDict|defaultdict)$/.test(madeBy(value))) return undefined;
  // Python 2 gave the items as an argument.
  const pairs = Array.isArray(value.args) ? value.args[0] : undefined;
  return new Map(
    (Array.isArray(pairs) ? pairs : [])
      .filter((it): it is [Pickled, Pickled] =>
        Array.isArray(it) && it.length === 2
      ),
  );
}

function assertDepth(depth: number): void {
  if (depth <= MAX_DEPTH) return;
  throw new CorruptWeightsError(
    `Cannot read what was saved as it must nest <= ${MAX_DEPTH} deep: it nests deeper`,
  );
}
