import { displayValue } from "../../argument.ts";
import { ArgumentError, CorruptWeightsError } from "../../errors.ts";
import { counted } from "../../text/numbers.ts";
import type { TorchModule, TorchState } from "./collect_states.ts";
import type { TorchTensor } from "./tensor.ts";

/** torchvision's name of Inception-v3's first tensor. */
export const STEM = "Conv2d_1a_3x3.conv.weight";

/** The tensors of a network in a file, and the tensors and modules around them. */
export interface TorchNetwork {
  /** The prefix of all its names in the file: `"module."` */
  readonly prefix: string;
  /** By name without the prefix, which is torchvision's name. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Tensors of the same model without the prefix: a classifier around the network. */
  readonly others: ReadonlyMap<string, TorchTensor>;
  /** As in {@linkcode TorchState.modules}, by path including the prefix. */
  readonly modules: ReadonlyMap<string, TorchModule>;
}

/**
 * Finds the network among all tensors in a file, inside any wrapper: `DataParallel`,
 * Lightning, `torch.compile` or a custom class.
 *
 * @param asked The key of its dict, or the prefix of its names; chooses among several.
 * @throws {CorruptWeightsError} When there is none, or too many to choose from.
 * @throws {ArgumentError} When there are several and none is chosen, or none is named
 * `asked`.
 */
export function findNetwork(
  states: readonly TorchState[],
  asked?: string,
): TorchNetwork {
  const found = new Map<string, Candidate>();
  let count = 0;
  for (const state of states) {
    for (const name of state.tensors.keys()) {
      if (!isStem(name)) continue;
      if (++count > MOST) throw tooMany();
      const prefix = prefixOf(name);
      const { modules, tensors } = state;
      const candidate = { state, prefix, modules, ...divide(tensors, prefix) };
      // The same tensors may be in the file twice.
      const places = [...candidate.tensors].map(([it, { place }]) =>
        `${it} ${place}`
      );
      const known = found.get(places.join());
      // Modules carry more information than tensors alone.
      if (known === undefined || known.modules.size === 0) {
        found.set(places.join(), candidate);
      }
    }
  }
  const all = [...found.values()];
  if (all.length === 0) throw absent(states);
  const meant = asked === undefined
    ? all
    : all.filter((it) => namesOf(it).includes(asked));
  const [network, another] = meant;
  if (network === undefined) throw notCalled(asked!, all);
  if (another !== undefined) throw ambiguous(meant);
  return withoutNetworks(network);
}

/** The network without the tensors of other networks in the same dict. */
function withoutNetworks(network: Candidate): TorchNetwork {
  const { prefix, state: { modules, tensors } } = network;
  const prefixes = [...tensors.keys()].filter(isStem).map(prefixOf);
  // One prefix may begin with another: `module.ema.` begins with `module.`.
  const isOther = (name: string) =>
    prefixes.some((it) =>
      name.startsWith(it) && it !== prefix &&
      (!name.startsWith(prefix) || it.length > prefix.length)
    );
  const kept = [...tensors].filter(([name]) => !isOther(name));
  return { prefix, modules, ...divide(new Map(kept), prefix) };
}

function isStem(name: string): boolean {
  return name === STEM || name.endsWith(`.${STEM}`);
}

/** The prefix of a network's names, from the name of its first tensor. */
function prefixOf(stem: string): string {
  return stem.slice(0, -STEM.length);
}

interface Candidate extends TorchNetwork {
  readonly state: TorchState;
}

/** Maximum number of networks in a file, including duplicates. */
const MOST = 16;

function tooMany(): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot choose the weights as the file must have one network: it has more than ${MOST}`,
  );
}

function divide(tensors: TorchState["tensors"], prefix: string) {
  const own = new Map<string, TorchTensor>();
  const others = new Map<string, TorchTensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith(prefix)) own.set(name.slice(prefix.length), tensor);
    else others.set(name, tensor);
  }
  return { tensors: own, others };
}

/** The names by which an option can choose it: `ema.module`, `ema`, `module`, `module.`. */
function namesOf({ state: { keys }, prefix }: Candidate): readonly string[] {
  const key = keys.join(".");
  const start = prefix.replace(/\.$/, "");
  return [[key, start].filter(Boolean).join("."), key, start, prefix];
}

function listed(candidates: readonly Candidate[]): string {
  return candidates.map((it) => displayValue(namesOf(it)[0])).join(" and ");
}

function notCalled(
  asked: string,
  candidates: readonly Candidate[],
): ArgumentError {
  return new ArgumentError(
    `Cannot find the state dict ${displayValue(asked)} in the file: it has ${
      listed(candidates)
    }`,
  );
}

/** Not a `CorruptWeightsError`: the file is valid, and stays in the cache. */
function ambiguous(candidates: readonly Candidate[]): ArgumentError {
  return new ArgumentError(
    `Cannot choose the weights as the file has several networks, ${
      listed(candidates)
    }: name one by --state-dict, or { stateDict }`,
  );
}

/** Enough names to recognize a model by. */
const SHOWN = 3;

function absent(states: readonly TorchState[]): CorruptWeightsError {
  const names = states.flatMap(({ tensors }) => [...tensors.keys()]);
  const shown = names.slice(0, SHOWN).map(displayValue).join(", ");
  const has = names.length === 0
    ? "it has no tensors"
    : `it has ${counted(names.length, "tensor")}: ${shown}${
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
