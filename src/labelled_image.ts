import { assertArgument, assertWhole } from "./argument.ts";
import { type GivenImage, isGiven } from "./image/given_image.ts";

/** An image with a known class. */
export type LabelledImage = GivenImage & {
  /** Its name in results, such as its file; its index in the list unless given. */
  readonly name?: string | undefined;
  /**
   * Its class, by name, or by index, as names may not be unique. `evaluate` also accepts
   * several: any of them is a correct answer, and the first is its own. For a model with
   * a sigmoid, these are all labels of the image, possibly none.
   */
  readonly label: string | number | readonly (string | number)[];
  /**
   * For `finetune`: whether to hold it out for measuring; otherwise see
   * `validationSplit`.
   */
  readonly heldOut?: boolean | undefined;
};

/**
 * The indices of an image's classes.
 *
 * @param cannot The action that would fail.
 * @param count The number of classes.
 * @param least The minimum number of classes per image.
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
