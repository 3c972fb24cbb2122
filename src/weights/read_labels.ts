import { displayUrl } from "../io/address.ts";
import { type FoundClasses, parseClasses } from "./labels.ts";
import { MAX_JSON } from "./limits.ts";
import { parseJson } from "./parse_json.ts";
import {
  isAbsent,
  type OpenOptions,
  readResource,
  siblingUrl,
} from "./resource.ts";
import { NotKeptError } from "./store/not_kept_error.ts";

/** Reads `classes.json` beside the model, if it exists and the options have no labels. */
export async function readLabels(
  url: URL,
  options: OpenOptions & { readonly labels?: readonly string[] | undefined },
): Promise<FoundClasses | undefined> {
  if (options.labels !== undefined) return undefined;
  const file = siblingUrl(url, "classes.json");
  let json: unknown;
  try {
    json = await readJson(file, options);
  } catch (error) {
    if (isAbsent(error) || error instanceof NotKeptError) return undefined;
    throw error;
  }
  const labelsFrom = displayUrl(file);
  return { ...parseClasses(json, labelsFrom), labelsFrom };
}

async function readJson(
  url: URL,
  { signal, maxSilence, files }: OpenOptions,
): Promise<unknown> {
  return parseJson(
    await readResource(url, { limit: MAX_JSON, signal, maxSilence, files }),
    displayUrl(url),
  );
}
