import { assertArgument } from "../argument.ts";
import type { ServedClassifier } from "./options.ts";
import { Problem } from "./problem.ts";

/** A classifier that is loaded on first use. */
export class LazyClassifier {
  readonly #classifier: ServedClassifier | (() => Promise<ServedClassifier>);
  #loaded: ServedClassifier | null = null;
  #loading: Promise<ServedClassifier> | null = null;
  #failure: unknown;

  /** @throws {ArgumentError} When it is neither a classifier nor a function. */
  constructor(
    classifier: ServedClassifier | (() => Promise<ServedClassifier>),
  ) {
    assertArgument(
      typeof classifier === "function" ||
        typeof classifier?.classify === "function",
      "serve as the option classifier must be a classifier, or a function that loads one",
      classifier,
    );
    this.#classifier = classifier;
    if (typeof classifier !== "function") this.#loaded = classifier;
  }

  get loaded(): ServedClassifier | null {
    return this.#loaded;
  }

  /** The error of the last failed attempt to load it. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Loads it once. A failed attempt throws a 503, and the next call tries again. */
  async load(): Promise<ServedClassifier> {
    return this.#loaded ?? await (this.#loading ??= this.#start());
  }

  async #start(): Promise<ServedClassifier> {
    const load = this.#classifier as () => Promise<ServedClassifier>;
    try {
      return this.#loaded = await load();
    } catch (cause) {
      this.#failure = cause;
      const detail = "The model can't be loaded at the moment";
      const headers = { "Retry-After": "5" };
      throw new Problem(503, "model-unavailable", detail, { headers, cause });
    } finally {
      this.#loading = null;
    }
  }
}
