import { CorruptWeightsError } from "../../errors.ts";

/**
 * Maximum memory for a pickle's values, in bytes. A pickled model needs 2 MB, a state dict
 * 1 MB, and a checkpoint with averages and optimizer state 4 MB.
 */
const BUDGET = 5 * 2 ** 20;

/** Approximate memory that V8 needs for each kind, in bytes, including garbage. */
export const COST = {
  map: 240,
  entry: 64,
  list: 80,
  appending: 250,
  record: 64,
  view: 200,
  text: 120,
  memo: 24,
  /** A memo index beyond the end. Python never skips one. */
  farMemo: 96,
  item: 8,
  number: 40,
  bigNumber: 700,
};

/** Subtracts a cost, in bytes, from the budget. */
export type Spend = (cost: number) => void;

/**
 * Starts the memory budget of one pickle.
 *
 * @returns A function that subtracts a cost (see {@linkcode COST}). It throws a
 * {@linkcode CorruptWeightsError} when the budget is exceeded.
 */
export function startBudget(): Spend {
  let left = BUDGET;
  return (cost) => {
    left -= cost;
    if (left < 0) fail("it has more values than a model's does");
  };
}

/** @throws {CorruptWeightsError} Always. */
export function fail(why: string): never {
  throw new CorruptWeightsError(`Cannot read the pickle as ${why}`);
}
