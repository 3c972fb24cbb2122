import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import type { KerasLayer } from "./parse_model.ts";

/** A layer's place in its model. */
export interface LayerPlace {
  readonly layer: KerasLayer;
  /** The models around it and itself, outermost first. */
  readonly path: readonly LayerStep[];
}

/** A layer, or a nested model. */
export interface LayerStep {
  readonly name: string;
  readonly className: string;
  /** The number of layers of its class before it in its model. */
  readonly index: number;
  /** The number of layers of its class in its model. */
  readonly count: number;
}

/** A variable of a layer. */
export interface Variable {
  /** `"kernel"`, `"moving_mean"`, ... */
  readonly name: string;
  /** Its index among the layer's variables. */
  readonly index: number;
}

/** Finds the tensor of a layer's variable; `undefined` if the file has none. */
export type FindTensor = (
  place: LayerPlace,
  variable: Variable,
) => ForeignTensor | undefined;

/** The tensor of a required variable. */
export function tensorOf(
  find: FindTensor,
  place: LayerPlace,
  variable: Variable,
): ForeignTensor {
  const tensor = find(place, variable);
  if (tensor !== undefined) return tensor;
  throw new CorruptWeightsError(
    `Cannot find the ${variable.name} of the Keras layer "${nameOf(place)}"`,
  );
}

/** The name of a layer, prefixed by those of the models around it. */
export function nameOf({ path }: LayerPlace): string {
  return path.map(({ name }) => name).join("/");
}

/**
 * Finds tensors by their names, which end in the names of layer and variable:
 * `conv2d_1/kernel`. If several match, the names of the models around the layer decide.
 *
 * @param names All names, some perhaps ending in `:0`.
 * @param tensorAt Returns the tensor with such a name.
 */
export function findInList(
  names: readonly string[],
  tensorAt: (name: string) => ForeignTensor | undefined,
): FindTensor {
  // By the last two parts.
  const byVariable = new Map<string, string[]>();
  for (const name of names) {
    const plain = plainName(name);
    const end = plain.lastIndexOf("/");
    const key = plain.slice(plain.lastIndexOf("/", end - 1) + 1);
    const known = byVariable.get(key);
    if (known === undefined) byVariable.set(key, [name]);
    else known.push(name);
  }
  return (place, variable) => {
    const own = place.layer.name;
    const last = own.slice(own.lastIndexOf("/") + 1);
    let found: readonly string[] = byVariable.get(`${last}/${variable.name}`) ??
      [];
    let end = variable.name;
    for (const { name } of place.path.toReversed()) {
      end = `${name}/${end}`;
      const next = found.filter((it) =>
        `/${plainName(it)}`.endsWith(`/${end}`)
      );
      if (next.length === 0 && end !== `${own}/${variable.name}`) break;
      found = next;
      if (found.length <= 1) break;
    }
    return found.length === 0
      ? undefined
      : tensorAt(onlyOne(found, place, variable));
  };
}

/** The only matching name of a variable; throws if there are several. */
export function onlyOne(
  names: readonly string[],
  place: LayerPlace,
  variable: Variable,
): string {
  if (names.length === 1) return names[0]!;
  throw new CorruptWeightsError(
    `Cannot import the Keras layer "${
      nameOf(place)
    }" as it must have one ${variable.name}: the file has ${names.length}, "${
      names[0]
    }" and "${names[1]}" among them`,
  );
}

/** A tensor's name as Keras 3 writes it, without TensorFlow's `:0`. */
export function plainName(name: string): string {
  return name.replace(/:0$/, "");
}
