import { assertArgument } from "../../argument.ts";
import { BackendUnavailableError } from "../../errors.ts";
import {
  addressOf,
  downloadFault,
  installCommand,
  type PackageName,
  PACKAGES,
} from "../../runtime/packages.ts";

/** The version of all of tfjs's packages. */
export const VERSION = PACKAGES["@tensorflow/tfjs-core"];

/** Imports tfjs's packages. Each function is called when its package is needed. */
export interface TfjsPackages {
  /** `@tensorflow/tfjs-core` */
  readonly core: () => Promise<unknown>;
  /** `@tensorflow/tfjs-backend-wasm` */
  readonly wasm: () => Promise<unknown>;
  /** `@tensorflow/tfjs-backend-webgpu` */
  readonly webgpu: () => Promise<unknown>;
  /** `@tensorflow/tfjs-backend-cpu` */
  readonly cpu: () => Promise<unknown>;
}

/**
 * Looks packages up when they are needed, so that programs without f32 neither download
 * nor bundle them. Deno downloads them, Node has them in `node_modules`, a page in its
 * import map.
 */
export const foundTfjs: TfjsPackages = {
  core: () => find("@tensorflow/tfjs-core"),
  wasm: () => find("@tensorflow/tfjs-backend-wasm"),
  webgpu: () => find("@tensorflow/tfjs-backend-webgpu"),
  cpu: () => find("@tensorflow/tfjs-backend-cpu"),
};

/**
 * The packages of an option `tfjs`, looked up unless given.
 *
 * @throws {ArgumentError} When `tfjs` doesn't import all packages.
 */
export function givenTfjs(
  action: string,
  tfjs: TfjsPackages | undefined,
): TfjsPackages {
  if (tfjs === undefined) return foundTfjs;
  assertArgument(
    Object.keys(foundTfjs).every((it) =>
      typeof tfjs?.[it as keyof TfjsPackages] === "function"
    ),
    `${action} as tfjs must be the tfjs of @totem/inception/f32`,
    tfjs,
  );
  return tfjs;
}

async function find(name: PackageName): Promise<unknown> {
  // Not a literal: Deno and bundlers would include the package.
  const specifier = addressOf(name);
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ specifier);
  } catch (cause) {
    const advice = installTfjs(name) ??
      (typeof Deno !== "undefined"
        ? downloadFault(cause)
        : "import load from @totem/inception/f32, which bundlers follow, or give the page an import map with it");
    throw new BackendUnavailableError(
      `Cannot load ${specifier}, on which f32 runs: ${advice}`,
      { cause },
    );
  }
}

/** How to install a package of tfjs, or null where the user doesn't install packages. */
export function installTfjs(name: PackageName): string | null {
  // The core alone can't compute.
  const backend = name.endsWith("-core")
    ? "@tensorflow/tfjs-backend-wasm"
    : name;
  return installCommand(["@tensorflow/tfjs-core", backend]);
}
