import { CorruptWeightsError } from "../../errors.ts";
import { openZip } from "../zip.ts";

/**
 * The classes' names in a TFLite file with metadata: a ZIP archive behind its tables has a
 * text with a name on each line. `undefined` if there is none that fits.
 */
export function labelsIn(
  bytes: Uint8Array,
  classes: number,
): readonly string[] | undefined {
  // The archive's end, without a comment.
  const end = bytes.subarray(-22);
  if (String.fromCharCode(...end.subarray(0, 4)) !== "PK\x05\x06") {
    return undefined;
  }
  const lists: string[][] = [];
  try {
    const archive = openZip(bytes);
    for (const name of archive.names) {
      if (!name.endsWith(".txt")) continue;
      const text = new TextDecoder().decode(archive.read(name));
      const labels = text.trimEnd().split(/\r?\n/);
      if (labels.length === classes) lists.push(labels);
    }
  } catch (error) {
    // The network is whole without it.
    if (!(error instanceof CorruptWeightsError)) throw error;
    return undefined;
  }
  return lists.length === 1 ? lists[0] : undefined;
}
