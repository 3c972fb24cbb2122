/** A page's use of the package. */
import { load } from "@totem/inception";

const classifier = await load(await fetch("model.safetensors"));
const { files } = document.querySelector("input")!;
const video = document.querySelector("video")!;
export const answers = [
  await classifier.classify(files![0]!),
  await classifier.classify(document.querySelector("img")!),
  await classifier.classify(document.querySelector("canvas")!),
  await classifier.classify(video),
  await classifier.classify(await createImageBitmap(video)),
  await classifier.classify(new ImageData(2, 2)),
  await classifier.classify(new VideoFrame(video)),
  await classifier.classify(await fetch("photo.jpg")),
];
// @ts-expect-error: It isn't an image.
await classifier.classify(document.body);
