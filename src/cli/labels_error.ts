import { ArgumentError } from "../errors.ts";
import { WrongLabelsError } from "../weights/labels.ts";

/**
 * If a labels file has a wrong number of names, returns an error that names the file;
 * else `error`.
 */
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
