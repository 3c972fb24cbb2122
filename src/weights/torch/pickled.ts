/**
 * The values that a pickle is read into. Names in it are never resolved.
 *
 * @module
 */

/** The name of a class or function in a pickle. */
export class PickledName {
  /** @param name `"torch._utils._rebuild_tensor_v2"` */
  constructor(readonly name: string) {}
}

/** An object that Python would have created by a call. */
export class PickledObject {
  /** The state that `BUILD` set: usually a map of attributes. */
  state: Pickled = null;
  /** The items set in it, such as those of an `OrderedDict`. */
  items: Map<Pickled, Pickled> | undefined;
  /** The values appended to it. */
  list: Pickled[] | undefined;

  /** @param callee Usually a {@linkcode PickledName}. */
  constructor(readonly callee: Pickled, readonly args: Pickled) {}
}

/** A reference to data outside the pickle, such as a tensor's values. */
export class PickledReference {
  /** @param id The persistent ID in the pickle. */
  constructor(readonly id: Pickled) {}
}

/** A value in a pickle. Tuples, lists and sets are arrays. Values may be shared or cyclic. */
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
