import { DecoderUnavailableError } from "../errors.ts";
import {
  handInHint,
  type LoadEmbedded,
  moduleOf,
} from "../runtime/wasm_modules.ts";
import { FORMAT_NAMES, type ImageFormat } from "./image_header.ts";

/**
 * Gives a format's compiled decoder.
 *
 * @param load Imports what `deno task build` made, unless one is handed in.
 * @throws {DecoderUnavailableError} When it can't be loaded or compiled.
 */
export async function codecModule(
  format: ImageFormat,
  load: LoadEmbedded,
): Promise<WebAssembly.Module> {
  try {
    return await moduleOf(format, load);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : `${cause}`;
    throw new DecoderUnavailableError(
      `Cannot load the decoder of ${FORMAT_NAMES[format]}: ${reason}; ${
        handInHint(format, cause)
      }`,
      format,
      { cause },
    );
  }
}
