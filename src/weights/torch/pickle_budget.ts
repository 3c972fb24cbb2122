import { CorruptWeightsError } from "../../errors.ts";

/**
 * What the values of a pickle may take in memory. A whole model takes 2 MB, a state dict 1,
 * and with averages and the state of its optimizer 4.
 */
const BUDGET = 5 * 2 ** 20;

/** About what V8 takes for each, in bytes, with what it throws away. */
export const COST = {
  map: 240,
  entry: 64,
  list: 80,
  appending: 250,
  record: 64,
  view: 200,
  text: 120,
  memo: 24,
  /** Beyond the end of the memo, which Python's pickles don't leave out. */
  farMemo: 96,
  item: 8,
  number: 40,
  bigNumber: 700,
};

/** Takes a cost in bytes from what is left. */
export type Spend = (cost: number) => void;

/**
 * What the values of one pickle may take.
 *
 * @returns Takes a cost of {@linkcode COST}. It throws a {@linkcode CorruptWeightsError}
 * when nothing is left.
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
