import { ArgumentError } from "../../errors.ts";

/** @param reason Why `corpus` can't be used. */
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

/** The error for an entry of a corpus that isn't a valid address. */
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

/** @param name The given column, for a corpus that isn't a table. */
export function noColumnError(corpus: string, name: string): ArgumentError {
  return corpusError(
    corpus,
    `it isn't Parquet, and has no column "${name}": leave out --url-column, or urlColumn`,
  );
}
