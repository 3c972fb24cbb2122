/**
 * What lies beside a model: its labels, and other files of its own.
 *
 * @module
 */
import { shownPlace } from "../address.ts";
import { parseJson } from "./parse_json.ts";
import { type NamedClasses, parseClasses } from "./labels.ts";
import { MAX_JSON } from "./limits.ts";
import { NothingThereError } from "../request.ts";
import { type OpenOptions, readResource, WebPageError } from "./resource.ts";

/** The labels that are given, or what `classes.json` beside the model says. */
export async function labelsFor(
  url: URL,
  options: OpenOptions & { readonly labels?: readonly string[] | undefined },
): Promise<Partial<NamedClasses>> {
  const { labels } = options;
  if (labels !== undefined) return { labels };
  const beside = besideOf(url, "classes.json");
  let json: unknown;
  try {
    json = await readJson(beside, options);
  } catch (error) {
    const isAbsent = error instanceof NothingThereError ||
      error instanceof WebPageError;
    if (isAbsent) return {};
    throw error;
  }
  return parseClasses(json, shownPlace(beside));
}

/**
 * A file in the same folder. As tfjs does, it is asked for with the model's query,
 * which may have a token.
 */
export function besideOf(url: URL, name: string): URL {
  const beside = new URL(encodeURIComponent(name), url);
  beside.search = url.search;
  return beside;
}

/** The `model.json` of a TFJS layers model, whose folder may stand for it. */
export function modelJsonAt(url: URL): URL {
  if (url.pathname.endsWith(".json")) return url;
  const inFolder = new URL(url);
  inFolder.pathname = `${url.pathname.replace(/\/$/, "")}/model.json`;
  return inFolder;
}

/** A JSON file, within the bounds of one. */
export async function readJson(
  url: URL,
  { signal, maxSilence, files }: OpenOptions,
): Promise<unknown> {
  return parseJson(
    await readResource(url, { limit: MAX_JSON, signal, maxSilence, files }),
    shownPlace(url),
  );
}
