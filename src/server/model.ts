import { assertArgument } from "../argument.ts";
import { Problem } from "./problem.ts";
import type { ServedClassifier } from "./served_classifier.ts";

/** A classifier that is loaded when it is needed, once. */
export interface Model {
  /** The classifier, once it is loaded. */
  readonly loaded: ServedClassifier | null;
  /** Why the last attempt to load it failed, if it did. */
  readonly failure: unknown;
  /**
   * Loads it, if it isn't; again if that failed.
   *
   * @throws {Problem} 503, with what went wrong as its `cause`.
   */
  load(): Promise<ServedClassifier>;
}

/**
 * The model that a handler's options name.
 *
 * @throws {ArgumentError} When it is neither a classifier nor a function.
 */
export function modelOf(
  classifier: ServedClassifier | (() => Promise<ServedClassifier>),
): Model {
  assertArgument(
    typeof classifier === "function" ||
      typeof classifier?.classify === "function",
    "serve as the option classifier must be a classifier, or a function that loads one",
    classifier,
  );
  let loaded = typeof classifier === "function" ? null : classifier;
  let loading: Promise<ServedClassifier> | null = null;
  let failure: unknown;
  const start = async (load: () => Promise<ServedClassifier>) => {
    try {
      return loaded = await load();
    } catch (cause) {
      failure = cause;
      throw new Problem(
        503,
        "model-unavailable",
        "The model can't be loaded at the moment",
        { "Retry-After": "5" },
        { cause },
      );
    } finally {
      loading = null;
    }
  };
  return {
    get loaded() {
      return loaded;
    },
    get failure() {
      return failure;
    },
    load: async () =>
      typeof classifier === "function"
        ? loaded ?? await (loading ??= start(classifier))
        : classifier,
  };
}
