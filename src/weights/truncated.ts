import { CorruptWeightsError } from "../errors.ts";

/** A file has fewer bytes than its parts need. */
export class TruncatedError extends CorruptWeightsError {
  /**
   * @param message Where the file ends, and where it should.
   * @param file Its name, unless it is the model's main file.
   */
  constructor(message: string, readonly file?: string) {
    super(message);
  }
}

/** Advice to append to an error's message; empty unless it is a `TruncatedError`. */
export function truncatedAdvice(error: unknown): string {
  if (!(error instanceof TruncatedError)) return "";
  const file = error.file === undefined ? "file" : `file "${error.file}"`;
  return `. The ${file} is cut off or damaged: fetch it again`;
}
