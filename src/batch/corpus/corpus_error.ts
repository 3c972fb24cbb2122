import { ArgumentError } from "../../errors.ts";

/** @param reason Why `corpus` is none, or what is wrong in it. */
export function corpusError(
  corpus: string,
  reason: string,
  cause?: unknown,
): ArgumentError {
  return new ArgumentError(
    `Cannot use ${corpus} as a corpus of images: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}

/** What must be in a corpus for each image. */
export function addressError(
  corpus: string,
  where: string,
  fault: string,
): ArgumentError {
  return corpusError(
    corpus,
    `${where} must be a path, or an address of http, https, s3 or file: ${fault}`,
  );
}
