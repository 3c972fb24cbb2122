import { assertArgument, assertWhole } from "./argument.ts";
import { type GivenImage, isGiven } from "./image/given_image.ts";

/** An image whose class is known. */
export type LabelledImage = GivenImage & {
  /** Its name in results, such as its file; its place in the list unless given. */
  readonly name?: string | undefined;
  /**
   * Its class: the class's name, or its index, as names may repeat. `evaluate` also
   * takes several: any of them is a right answer, and the first is its own. Of a model
   * with a sigmoid they are all that the image shows, and there may be none.
   */
  readonly label: string | number | readonly (string | number)[];
  /** For `finetune`: whether it is held out to measure with; see `validationSplit` otherwise. */
  readonly heldOut?: boolean | undefined;
};

/**
 * The indices of the classes of an image.
 *
 * @param cannot What was to be done with the image.
 * @param count How many classes there are.
 * @param least How many an image must have.
 * @throws {ArgumentError} When it isn't a {@linkcode LabelledImage} of these classes.
 */
export function classIndices(
  cannot: string,
  image: LabelledImage,
  find: (name: string) => number | null,
  count: number,
  least: 0 | 1 = 1,
): readonly number[] {
  const { label } = image ?? {};
  assertArgument(
    label !== undefined && isGiven(image),
    `${cannot} as an image must be given as { label, image }, or read() for image`,
    image,
  );
  const labels = Array.isArray(label) ? label : [label];
  assertArgument(
    labels.length >= least,
    `${cannot} as it must have a class`,
    label,
  );
  return labels.map((it) => {
    const index = typeof it === "string" ? find(it) : it;
    assertArgument(
      index !== null,
      `${cannot} as its label must be one of the classes`,
      it,
    );
    assertWhole(cannot, "its class", index, 0, count - 1);
    return index;
  });
}
