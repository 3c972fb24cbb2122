import { CorruptWeightsError } from "../errors.ts";

/** A file has fewer bytes than its parts need. */
export class TruncatedError extends CorruptWeightsError {
  /**
   * @param message Where it ends, and where it must.
   * @param file Which one it is, if it isn't the model's own.
   */
  constructor(message: string, readonly file?: string) {
    super(message);
  }
}

/** What to do, to follow the message of an error that may be one of these. */
export function truncatedAdvice(error: unknown): string {
  if (!(error instanceof TruncatedError)) return "";
  const file = error.file === undefined ? "file" : `file "${error.file}"`;
  return `. The ${file} is cut off or damaged: fetch it again`;
}
