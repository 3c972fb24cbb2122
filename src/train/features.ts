import { assertArgument } from "../argument.ts";
import type { Classifier } from "../classifier.ts";
import { ArgumentError } from "../errors.ts";
import { readGiven } from "../image/given_image.ts";
import { cropAndResize, decodeImage, type Pixels } from "../image/mod.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import { classIndices, type LabelledImage } from "../labelled_image.ts";
import type { Preprocessing } from "../model/mod.ts";
import { randomView } from "./augment.ts";
import type { Random } from "./random.ts";

/**
 * A table of features with one row per view. Rows are written once, and read in each
 * epoch.
 */
export interface FeatureTable {
  /** The index of each row's class. */
  readonly classes: readonly number[];
  /** Adds a row. */
  add(features: Float32Array, classIndex: number): void;
  /** `[rows, features]` */
  read(rows: ArrayLike<number>): Float32Array;
}

/** A table in memory: 8 KiB per row of 2048 features. */
export function memoryTable(): FeatureTable {
  const rows: Float32Array[] = [];
  const classes: number[] = [];
  return {
    classes,
    add(features, classIndex) {
      rows.push(features);
      classes.push(classIndex);
    },
    read(wanted) {
      const width = rows[0]?.length ?? 0;
      const values = new Float32Array(wanted.length * width);
      for (let i = 0; i < wanted.length; i++) {
        values.set(rows[wanted[i]!]!, i * width);
      }
      return values;
    },
  };
}

/** Reads the rows of a table, up to 256 at a time. */
export function* readBatches(
  table: FeatureTable,
): Generator<{ readonly start: number; readonly values: Float32Array }> {
  const count = table.classes.length;
  for (let start = 0; start < count; start += 256) {
    const rows = Math.min(256, count - start);
    const indices = Array.from({ length: rows }, (_, i) => start + i);
    yield { start, values: table.read(indices) };
  }
}

/** How photos are processed; see `FinetuneOptions`. */
interface CollectOptions {
  readonly classes: readonly string[];
  readonly validationSplit: number;
  readonly augmentations: number;
  readonly random: Random;
  readonly preprocessing: Preprocessing;
  readonly signal?: AbortSignal | undefined;
  readonly onImage?: ((done: number) => void) | undefined;
}

/**
 * Computes the features of photos. With a split of 0.2, every fifth photo of a class is
 * held out. Held-out photos have one view.
 *
 * @param model Must not crop images of its own size.
 * @throws {ArgumentError} When a label isn't a class.
 * @throws {AbortedError} When the signal fires.
 */
export async function collectFeatures(
  model: Pick<Classifier, "features" | "size" | "concurrency">,
  images: Iterable<LabelledImage> | AsyncIterable<LabelledImage>,
  learnt: FeatureTable,
  heldOut: FeatureTable,
  options: CollectOptions,
): Promise<void> {
  const { classes, validationSplit, random, preprocessing, signal, onImage } =
    options;
  const find = (name: string) => {
    const index = classes.indexOf(name);
    if (index >= 0) return index;
    throw new ArgumentError(
      `Cannot learn an image of "${name}": the classes are ${
        classes.join(", ")
      }`,
    );
  };
  const seen = classes.map(() => 0);
  let done = 0;
  async function* views(): AsyncGenerator<View> {
    for await (const image of images) {
      const { heldOut: kept } = image ?? {};
      const indices = classIndices(
        "learn an image",
        image,
        find,
        classes.length,
      );
      const [index] = indices as [number];
      assertArgument(
        indices.length === 1,
        "learn an image as it must have one class",
        image.label,
      );
      const isKept = kept ?? isHeldOut(seen[index]!++, validationSplit);
      const table = isKept ? heldOut : learnt;
      const photo = await decodeImage(await readGiven(image), { signal });
      const { size } = model;
      yield { table, index, input: cropAndResize(photo, size, preprocessing) };
      for (let view = 1; view < (isKept ? 1 : options.augmentations); view++) {
        const input = randomView(photo, size, preprocessing, random);
        yield { table, index, input };
      }
      onImage?.(++done);
    }
  }
  const { concurrency } = model;
  const seenViews = mapOrdered(views(), async ({ input, ...view }, signal) => ({
    ...view,
    features: await model.features(input, { signal }),
  }), { concurrency, signal });
  for await (const { table, index, features } of seenViews) {
    table.add(features, index);
  }
}

/** A view of a photo that is being processed. */
interface View {
  readonly table: FeatureTable;
  readonly index: number;
  readonly input: Pixels;
}

/** Whether the photo at an index within its class is held out. */
function isHeldOut(place: number, split: number): boolean {
  // The offset compensates for rounding: a fifth of five must be one.
  const before = Math.floor(place * split + 1e-9);
  return Math.floor((place + 1) * split + 1e-9) > before;
}
