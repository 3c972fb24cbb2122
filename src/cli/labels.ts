import { readNamedFile } from "./named_file.ts";
import { parseJson } from "../weights/parse_json.ts";
import { type NamedClasses, parseClasses } from "../weights/labels.ts";

/**
 * Classes' names from a file: JSON as {@linkcode parseClasses} reads it, or one name
 * a line.
 *
 * @throws {CorruptWeightsError} When it is JSON of another kind.
 * @throws {FileError} When it can't be read.
 */
export async function readLabels(path: string): Promise<NamedClasses> {
  const bytes = await readNamedFile(path);
  const text = new TextDecoder().decode(bytes).trim();
  return /^[[{]/.test(text) || path.toLowerCase().endsWith(".json")
    ? parseClasses(parseJson(bytes, path), path)
    : { labels: text.split(/\r?\n/) };
}
