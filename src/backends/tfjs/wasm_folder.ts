import { resolvePlace } from "../../address.ts";
import { assertArgument } from "../../argument.ts";

/**
 * The address of the folder of tfjs's `.wasm` files, with a slash at its end.
 *
 * @param cannot What was to be done.
 * @throws {ArgumentError} When it is neither an address nor a path.
 */
export function resolveWasmFolder(cannot: string, folder: string | URL): URL {
  let url: URL | undefined;
  if (typeof folder === "string" || folder instanceof URL) {
    try {
      url = resolvePlace(`${folder}`.replace(/\/*$/, "/"));
    } catch {
      // Said below.
    }
  }
  assertArgument(
    url !== undefined,
    `${cannot} as tfjsWasmFolder must be an address or a path`,
    folder,
  );
  return url!;
}
