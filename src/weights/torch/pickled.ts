/**
 * What a pickle is read as: nothing that it names is looked up.
 *
 * @module
 */

/** A class or function in a pickle: only its name. */
export class PickledName {
  /** @param name `"torch._utils._rebuild_tensor_v2"` */
  constructor(readonly name: string) {}
}

/** What Python would have made by a call. */
export class PickledObject {
  /** What `BUILD` gave it: mostly a map of attributes. */
  state: Pickled = null;
  /** What was set in it, as an `OrderedDict`'s items. */
  items: Map<Pickled, Pickled> | undefined;
  /** What was appended to it. */
  list: Pickled[] | undefined;

  /** @param callee Mostly a {@linkcode PickledName}. */
  constructor(readonly callee: Pickled, readonly args: Pickled) {}
}

/** Something outside of the pickle, such as a tensor's values. */
export class PickledReference {
  /** @param id What the pickle's maker calls it by. */
  constructor(readonly id: Pickled) {}
}

/** A value in a pickle. Tuples, lists and sets are arrays; they may be shared, and nest in themselves. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Pickled[]
  | Map<Pickled, Pickled>
  | PickledName
  | PickledObject
  | PickledReference;
