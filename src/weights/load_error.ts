import { foreignModelAt } from "./foreign_model.ts";
import { CorruptWeightsError, UnknownModelError } from "../errors.ts";
import { didYouMean } from "../text/did_you_mean.ts";
import { kindAt } from "../io/open_file.ts";
import { displaySource, displayUrl } from "../io/address.ts";
import { knownNames } from "./known_models.ts";
import { NotFoundError } from "../io/request.ts";

/** An error of loading a file, with what is known of the file. */
export async function withSource(
  error: unknown,
  source: string | URL,
  url: URL,
): Promise<unknown> {
  const isUnknown = error instanceof UnknownModelError;
  if (!isUnknown && !(error instanceof CorruptWeightsError)) return error;
  // A path as it was given; relative to a page, it may have a query.
  const name = displaySource(url.protocol === "file:" ? source : url);
  const isAbsent = error instanceof NotFoundError;
  const what = isAbsent || !isUnknown ? await foreignModelAt(url) : undefined;
  const isNowhere = isAbsent && url.protocol === "file:" &&
    await kindAt(url).catch(() => null) === undefined;
  const fault = what !== undefined
    ? `it is ${what}`
    : isNowhere
    ? `Cannot find the file ${displayUrl(url)}`
    : error.message;
  const text = `Cannot load the model "${name}": ${fault}`;
  if (!isUnknown) return new CorruptWeightsError(text, { cause: error });
  const names = knownNames();
  const meant = typeof source === "string" ? didYouMean(source, names) : "";
  const known = meant ||
    `. Should be a known name (${
      names.join(", ")
    }) or the path or address of a .safetensors, .h5 or model.json`;
  return new UnknownModelError(isAbsent ? text + known : text, {
    cause: error,
  });
}
