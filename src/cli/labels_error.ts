import { ArgumentError } from "../errors.ts";
import { WrongLabelsError } from "../weights/labels.ts";

/** An error of loading a model with the names in a file, which says so of their number. */
export function withLabelsFile(
  error: unknown,
  file: string | undefined,
): unknown {
  return file !== undefined && error instanceof WrongLabelsError
    ? new ArgumentError(
      `${error.message} from ${file}: give one name per class, in their order`,
    )
    : error;
}
