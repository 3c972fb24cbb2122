/**
 * What no Inception-v3 needs more of: what a file asks for beyond it is a fault of
 * the file.
 *
 * @module
 */

/** The bytes of a `model.json`, of 250 KB, or of the names of 22,000 classes. */
export const MAX_JSON = 2 ** 21;

/** The bytes of all weights in f32, an optimizer's state for each with them. */
export const MAX_WEIGHTS = 2 ** 29;

/** The dense layers before the last. */
export const MAX_HIDDEN = 16;
