import { DecoderUnavailableError } from "../errors.ts";
import {
  handInHint,
  type LoadEmbedded,
  wasmModule,
} from "../runtime/wasm_modules.ts";
import { type EmbeddedFormat, FORMAT_NAMES } from "./image_format.ts";

/** The compiled decoder of a format: the module handed in, or the embedded one. */
export async function decoderModule(
  format: EmbeddedFormat,
  load: LoadEmbedded,
): Promise<WebAssembly.Module> {
  try {
    return await wasmModule(format, load);
  } catch (cause) {
    throw new DecoderUnavailableError(
      `Cannot load the decoder of ${FORMAT_NAMES[format]}: ${
        inSentence(cause)
      }; ${handInHint(format, cause)}`,
      format,
      { cause },
    );
  }
}

/** The message of an error, without the full stop that some runtimes add. */
export function inSentence(cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : `${cause}`;
  return reason.replace(/\.\s*$/, "");
}
