import { displayValue } from "../../argument.ts";
import { CorruptWeightsError } from "../../errors.ts";
import type { TorchModule, TorchState } from "./collect_states.ts";
import type { TorchTensor } from "./tensor.ts";

/** Inception-v3's first tensor, by torchvision's name. */
export const STEM = "Conv2d_1a_3x3.conv.weight";

/** The tensors of a network in a file, and what is beside them. */
export interface TorchNetwork {
  /** What all names begin with in the file: `"module."` */
  readonly prefix: string;
  /** By the names without the prefix, which are torchvision's. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Those of the same model that lack the prefix: a classifier around the network. */
  readonly others: ReadonlyMap<string, TorchTensor>;
  /** See {@linkcode TorchState.modules}: with the prefix. */
  readonly modules: ReadonlyMap<string, TorchModule>;
}

/**
 * The network among all tensors in a file, whatever wraps it: `DataParallel`, Lightning,
 * `torch.compile`, a class of one's own.
 *
 * @throws {CorruptWeightsError} When there is none, or more than one.
 */
export function findNetwork(states: readonly TorchState[]): TorchNetwork {
  const found = new Map<string, Candidate>();
  let count = 0;
  for (const state of states) {
    for (const name of state.tensors.keys()) {
      if (name !== STEM && !name.endsWith(`.${STEM}`)) continue;
      if (++count > MOST) throw tooMany();
      const prefix = name.slice(0, -STEM.length);
      const candidate = { state, prefix, ...divide(state, prefix) };
      // The same tensors may be in the file twice.
      const places = [...candidate.tensors].map(([it, { place }]) =>
        `${it} ${place}`
      );
      const known = found.get(places.join());
      // Modules tell more than tensors.
      if (known === undefined || known.modules.size === 0) {
        found.set(places.join(), candidate);
      }
    }
  }
  const [network, another] = [...found.values()];
  if (network === undefined) throw absent(states);
  if (another !== undefined) throw ambiguous([...found.values()]);
  return network;
}

interface Candidate extends TorchNetwork {
  readonly state: TorchState;
}

/** Networks in a file, the same ones included. */
const MOST = 16;

function tooMany(): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot choose the weights as the file must have one network: it has more than ${MOST}`,
  );
}

function divide({ tensors, modules }: TorchState, prefix: string) {
  const own = new Map<string, TorchTensor>();
  const others = new Map<string, TorchTensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith(prefix)) own.set(name.slice(prefix.length), tensor);
    else others.set(name, tensor);
  }
  return { tensors: own, others, modules };
}

function ambiguous(candidates: readonly Candidate[]): CorruptWeightsError {
  const names = candidates.map(({ state: { keys }, prefix }) =>
    [...keys.map((it) => `[${displayValue(it)}]`), prefix && `"${prefix}"`]
      .filter(Boolean).join(" ") || "the outermost"
  );
  const [{ state, prefix }] = candidates as [Candidate];
  const isInOne = candidates.every((it) => it.state === state);
  const take = isInOne
    ? `{k.removeprefix(${
      displayValue(prefix)
    }): v for k, v in state_dict.items() if k.startswith(${
      displayValue(prefix)
    })}`
    : `torch.load(path, map_location="cpu")${
      state.keys.map((it) => `[${displayValue(it)}]`).join("")
    }`;
  return new CorruptWeightsError(
    `Cannot choose the weights as the file must have one network: it has those of ${
      names.join(" and ")
    }, which differ. Save the one that is meant: torch.save(${take}, "one.pth")`,
  );
}

/** This many names identify a model. */
const SHOWN = 3;

function absent(states: readonly TorchState[]): CorruptWeightsError {
  const names = states.flatMap(({ tensors }) => [...tensors.keys()]);
  const shown = names.slice(0, SHOWN).map(displayValue).join(", ");
  const has = names.length === 0
    ? "it has no tensors"
    : `it has ${names.length} tensors: ${shown}${
      names.length > SHOWN ? ", ..." : ""
    }`;
  const isFrozen = names.length === 0 &&
    states.some(({ modules }) => modules.size > 0);
  const advice = isFrozen
    ? "A frozen program has no names: save the model as it was before torch.jit.freeze"
    : "Only Inception-v3 is read, by the names of torchvision's inception_v3 and timm's, which may have a prefix; a Keras model is read as .keras or .h5";
  return new CorruptWeightsError(
    `Cannot find torchvision's first layer as a tensor must be called "${STEM}": ${has}. ${advice}`,
  );
}
