/**
 * The contestants' photos: RGBA bytes of the network's size, so that decoding and
 * resizing aren't part of the comparison.
 *
 * @module
 */
import { load, type Pixels, preprocess } from "../../mod.ts";
import type { Answer } from "./measure.ts";

const FOLDER = new URL("../../examples/photos/", import.meta.url);

/** Only the first photo is timed; the answers to all of them are compared. */
const NAMES = ["cocker_spaniels", "clock", "drum", "fig"];

/** The number of photos. */
export const PHOTOS: number = NAMES.length;

/** The input size of `nsfw`. */
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

/** The answers of tfjs in f32, the reference for all others. */
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
