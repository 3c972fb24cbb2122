import type { ImageSource } from "./image_source.ts";

/** An image of a list: the image, or a function that reads it when its turn comes. */
export type GivenImage =
  | {
    /** The image. */
    readonly image: ImageSource;
  }
  | {
    /** Returns the image when its turn comes. */
    read(): ImageSource | Promise<ImageSource>;
  };

/** Whether a value has an image, or a function that reads one. */
export function isGiven(given: unknown): given is GivenImage {
  return typeof given === "object" && given !== null &&
    ("read" in given ? typeof given.read === "function" : "image" in given);
}

export async function readGiven(given: GivenImage): Promise<ImageSource> {
  return "read" in given ? await given.read() : given.image;
}
