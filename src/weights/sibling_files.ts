/**
 * The files beside a model: its labels, and other parts of it.
 *
 * @module
 */
import { displayUrl } from "../io/address.ts";
import { parseJson } from "./parse_json.ts";
import { type NamedClasses, parseClasses } from "./labels.ts";
import { MAX_JSON } from "./limits.ts";
import { NotFoundError } from "../io/request.ts";
import { type OpenOptions, readResource, WebPageError } from "./resource.ts";

/** The labels in the options, or else of `classes.json` beside the model, if it exists. */
export async function readLabels(
  url: URL,
  options: OpenOptions & { readonly labels?: readonly string[] | undefined },
): Promise<Partial<NamedClasses>> {
  const { labels } = options;
  if (labels !== undefined) return { labels };
  const file = siblingUrl(url, "classes.json");
  let json: unknown;
  try {
    json = await readJson(file, options);
  } catch (error) {
    const isAbsent = error instanceof NotFoundError ||
      error instanceof WebPageError;
    if (isAbsent) return {};
    throw error;
  }
  return parseClasses(json, displayUrl(file));
}

/**
 * The URL of a file in the same folder, with the model's query, which may have a token:
 * tfjs does so, too.
 */
export function siblingUrl(url: URL, name: string): URL {
  const sibling = new URL(encodeURIComponent(name), url);
  sibling.search = url.search;
  return sibling;
}

/** The `model.json` of a TFJS layers model, whose folder may stand for it. */
export function modelJsonUrl(url: URL): URL {
  if (url.pathname.endsWith(".json")) return url;
  const inFolder = new URL(url);
  inFolder.pathname = `${url.pathname.replace(/\/$/, "")}/model.json`;
  return inFolder;
}

/** The value of a JSON file. */
export async function readJson(
  url: URL,
  { signal, maxSilence, files }: OpenOptions,
): Promise<unknown> {
  return parseJson(
    await readResource(url, { limit: MAX_JSON, signal, maxSilence, files }),
    displayUrl(url),
  );
}
