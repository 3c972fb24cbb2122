/**
 * The photos that contestants are given: RGBA bytes of the network's size, so that
 * reading and resizing them isn't part of what is compared.
 *
 * @module
 */
import { load, type Pixels, preprocess } from "../../mod.ts";
import type { Answer } from "./measure.ts";

const FOLDER = new URL("../../examples/photos/", import.meta.url);

/** The first one is timed; what is answered is compared of all. */
const NAMES = ["cocker_spaniels", "clock", "drum", "fig"];

/** How many there are. */
export const PHOTOS: number = NAMES.length;

/** `nsfw`'s, from `full` on. */
export const SIZE = 299;

export async function readPhotos(): Promise<readonly Pixels[]> {
  return await Promise.all(NAMES.map(async (name) =>
    await preprocess(
      await Deno.readFile(new URL(`${name}.jpg`, FOLDER)),
      SIZE,
      { crop: { kind: "squash" }, resize: "antialiased" },
    )
  ));
}

/** What tfjs answers in f32, with which all others are compared. */
export async function referenceAnswers(
  photos: readonly Pixels[],
): Promise<readonly Answer[]> {
  using classifier = await load("nsfw", { backend: "wasm", precision: "f32" });
  const answers: Answer[] = [];
  for (const photo of photos) {
    answers.push({
      probabilities: [...await classifier.probabilities(photo)],
      features: [...await classifier.features(photo)],
    });
  }
  return answers;
}
