import { decodeImage, type Pixels } from "../image/mod.ts";
import type { ImageReading } from "./image_options.ts";
import { readBytes } from "./inputs.ts";
import type { Terminal } from "./terminal.ts";

/** Called with a file that can't be read as an image, and why. */
export type OnBroken = (file: string, problem: unknown) => void;

/** A file's pixels, or `null` where it can't be read and `onBroken` was called. */
export async function readPhoto(
  terminal: Terminal,
  file: string,
  reading: ImageReading,
  onBroken: OnBroken,
): Promise<Pixels | null> {
  try {
    return await decodeImage(await readBytes(file, terminal.streams), reading);
  } catch (error) {
    onBroken(file, error);
    return null;
  }
}
