import { parseJson } from "../weights/json.ts";
import { parseLabels } from "../weights/labels.ts";

/**
 * Classes' names from a file: a JSON array of names or of `[id, name]`, or one
 * name a line.
 *
 * @throws {CorruptWeightsError} When it is JSON of another kind.
 */
export async function readLabels(path: string): Promise<readonly string[]> {
  const bytes = await Deno.readFile(path);
  const text = new TextDecoder().decode(bytes).trim();
  return text.startsWith("[")
    ? parseLabels(parseJson(bytes, path), path)
    : text.split(/\r?\n/);
}
