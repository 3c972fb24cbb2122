/// <reference lib="dom" />
/**
 * The types that TypeScript accepts as images, with a page's own types.
 * `deno task check` checks this file; nothing runs it.
 *
 * @module
 */
import type { Classifier, ImageSource } from "../../mod.ts";

/** Values that are images. */
export const IMAGES: readonly ImageSource[] = [
  new Image(),
  document.createElement("canvas"),
  document.createElement("video"),
  new OffscreenCanvas(1, 1),
  await createImageBitmap(new Blob()),
  new VideoFrame(new OffscreenCanvas(1, 1)),
  new ImageData(1, 1),
  new File([], "photo.jpg"),
  await fetch("photo.jpg"),
  new Response().body!,
];

/** Values that aren't images. */
export const OTHERS: readonly ImageSource[] = [
  // @ts-expect-error It isn't a number.
  5,
  // @ts-expect-error It must be awaited.
  fetch("photo.jpg"),
  // @ts-expect-error classifyAll() takes several.
  [new Uint8Array()],
  // @ts-expect-error It shows nothing.
  document.createElement("p"),
];

/** The results have the types of the given items. */
export async function classifyAll(classifier: Classifier): Promise<void> {
  const elements = document.querySelectorAll("img");
  for await (
    const { image, classes, error } of classifier.classifyAll(elements)
  ) {
    image.alt = error ? error.message : classes[0]?.label ?? "";
  }
  const { files } = document.querySelector("input")!;
  for await (
    const { image, features, error } of classifier.featuresAll(files!)
  ) {
    if (error) continue;
    console.log(image.name, features.length);
  }
  // @ts-expect-error A text is iterable, but its letters are no images.
  classifier.classifyAll("photos");
  // @ts-expect-error Neither is it here.
  classifier.featuresAll("photos");
}
