import {
  DecoderUnavailableError,
  PackageUnavailableError,
} from "../../errors.ts";
import {
  addressOf,
  importPackage,
  installCommand,
} from "../../runtime/packages.ts";
import { handInHint, wasmModule } from "../../runtime/wasm_modules.ts";

const PACKAGE = "libheif-js";

/** The file of the package that has the module in it. */
const BUNDLE = "/libheif-wasm/libheif-bundle.mjs";

interface Bundle {
  /** Starts libheif. Of what it is given, it makes a new object with its module. */
  default(options: {
    instantiateWasm(
      this: { readonly wasmBinary: Uint8Array<ArrayBuffer> },
    ): unknown;
  }): unknown;
}

/**
 * The module of libheif. Its licence, LGPL, is another than ours, so it comes from a
 * package, of which nothing else is used.
 *
 * @throws {DecoderUnavailableError} When it isn't there, or can't be compiled.
 */
export async function loadLibheif(): Promise<WebAssembly.Module> {
  try {
    return await wasmModule("heic", readModule);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : `${cause}`;
    throw new DecoderUnavailableError(
      cause instanceof PackageUnavailableError
        ? `Cannot decode HEIC without its decoder, ${PACKAGE}: ${howToGet()}, or convert the photo to JPEG`
        : `Cannot load the decoder of HEIC: ${reason}; ${
          handInHint("heic", cause)
        }`,
      "heic",
      { cause },
    );
  }
}

async function readModule() {
  const { default: start } = await importPackage<Bundle>(
    PACKAGE,
    "to decode HEIC",
    [],
    BUNDLE,
  );
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  start({
    instantiateWasm() {
      bytes = this.wasmBinary;
      return {};
    },
  });
  return { bytes: bytes! };
}

function howToGet(): string {
  const command = installCommand([PACKAGE]);
  if (command !== null) return `run ${command}`;
  return typeof Deno === "undefined"
    ? `add it to the page's import map or hand in its module with setWasmModules({ heic })`
    : `run deno cache ${addressOf(PACKAGE)} where npm can be reached`;
}
