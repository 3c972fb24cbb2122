import { CorruptWeightsError } from "../../errors.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import { openZip } from "../zip.ts";

/** Maximum size of all lists, in bytes. The longest published list has 0.5 MB. */
const MAX_LIST = 2 ** 21;

/** Names of files that are probably label lists, even if their length is wrong. */
const LABELS = /label|class|name/i;

/**
 * The class names in a TFLite file with metadata: a ZIP archive after its tables has a text
 * file with one name per line. `undefined` if there is none, or several fit, such as one
 * per language. The number of names may be wrong.
 *
 * @throws {CorruptWeightsError} When the archive is damaged.
 */
export async function labelsIn(
  bytes: Uint8Array,
  classes: number,
): Promise<Pick<ImportedModel, "labels" | "labelsFrom"> | undefined> {
  // The end record of an archive without a comment.
  const end = bytes.subarray(-22);
  if (String.fromCharCode(...end.subarray(0, 4)) !== "PK\x05\x06") {
    return undefined;
  }
  const lists: { labels: string[]; labelsFrom: string }[] = [];
  try {
    const archive = openZip(bytes);
    let left = MAX_LIST;
    for (const name of archive.names) {
      if (!name.endsWith(".txt")) continue;
      const text = await archive.inflate(name, left);
      left -= text!.length;
      const labels = new TextDecoder().decode(text).trimEnd().split(/\r?\n/);
      lists.push({ labels, labelsFrom: `${name} in its archive` });
    }
  } catch (error) {
    if (!(error instanceof CorruptWeightsError)) throw error;
    throw new CorruptWeightsError(
      `Cannot read the names of the classes: ${error.message}; give them by --labels FILE, or { labels }`,
      { cause: error },
    );
  }
  const fitting = lists.filter(({ labels }) => labels.length === classes);
  if (fitting.length > 0) return fitting.length === 1 ? fitting[0] : undefined;
  return lists.find(({ labelsFrom }) => LABELS.test(labelsFrom));
}
