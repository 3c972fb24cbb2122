import {
  DecoderUnavailableError,
  PackageUnavailableError,
} from "../../errors.ts";
import { type Runtime, runtimeOf } from "../../runtime/environment.ts";
import {
  addressOf,
  importPackage,
  installCommand,
  PACKAGES,
} from "../../runtime/packages.ts";
import { inSentence } from "../decoder_module.ts";
import { handInHint, wasmModule } from "../../runtime/wasm_modules.ts";

const PACKAGE = "libheif-js";

/** The package's file that contains the module, and the module itself. */
const BUNDLE = "/libheif-wasm/libheif-bundle.mjs";
const MODULE = "/libheif-wasm/libheif.wasm";

interface Bundle {
  /** Starts libheif. Of what it is given, it makes a new object with its module. */
  default(options: {
    instantiateWasm(
      this: { readonly wasmBinary: Uint8Array<ArrayBuffer> },
    ): unknown;
  }): unknown;
}

/**
 * The libheif module. Its licence (LGPL) differs from this package's, so it comes from
 * another package, of which nothing else is used.
 *
 * @throws {DecoderUnavailableError} When the module is missing or can't be compiled.
 */
export async function loadLibheif(): Promise<WebAssembly.Module> {
  try {
    return await wasmModule("heic", readModule);
  } catch (cause) {
    throw new DecoderUnavailableError(
      cause instanceof PackageUnavailableError
        ? `Cannot decode HEIC without its decoder, ${PACKAGE}: ${howToGet()}. Or convert the photo to JPEG`
        : `Cannot load the decoder of HEIC: ${inSentence(cause)}; ${
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

/**
 * Advice for installing the decoder in this runtime, or for decoding the photo
 * elsewhere.
 */
export function howToGet(runtime: Runtime = runtimeOf()): string {
  const handIn =
    `hand in ${PACKAGE}${MODULE}, compiled, with setWasmModules({ heic })`;
  const version = PACKAGES[PACKAGE];
  switch (runtime) {
    case "node":
      return `run ${installCommand([PACKAGE], runtime)}`;
    case "deno":
      return `run deno cache ${
        addressOf(PACKAGE, runtime)
      } where npm can be reached. If you run Totem with --lock, add --unstable-npm-lazy-caching. In a bundle, ${handIn}`;
    case "page":
      return `add ${PACKAGE} ${version} to the page's import map, or ${handIn}`;
    case "worker":
      return `${handIn}. It is in the package ${PACKAGE} ${version}`;
  }
}
