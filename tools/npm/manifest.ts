/**
 * The package's `package.json`.
 *
 * @module
 */
import { BIN } from "./command_line.ts";
import config from "../../deno.json" with { type: "json" };

/** The repository's address, unless the publishing workflow sets another. */
export const REPOSITORY = "https://github.com/totem/inception";

/** The fields of `package.json` that are written. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly author: string;
  readonly homepage: string;
  readonly repository: { readonly type: "git"; readonly url: string };
  readonly bugs: { readonly url: string };
  readonly type: "module";
  readonly sideEffects: false;
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly main: string;
  readonly types: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly publishConfig: { readonly access: "public" };
  readonly exports: Readonly<Record<string, Target>>;
  readonly peerDependencies: Versions;
  readonly peerDependenciesMeta: Readonly<
    Record<string, { readonly optional: true }>
  >;
}

/** The path of an entry, or the paths of its code and types. */
export type Target = string | {
  readonly types: string;
  readonly default: string;
};

/** Versions, or ranges of versions, by package name. */
export type Versions = Readonly<Record<string, string>>;

/**
 * Makes the package's description.
 *
 * @param entries The modules' paths, by import path such as `./int8`.
 * @param modules The names of the WebAssembly modules in `./wasm`.
 * @param peers The peer dependencies, all of them optional.
 * @param files The names of the folder's files.
 */
export function describePackage(
  entries: readonly (readonly [name: string, path: string])[],
  modules: readonly string[],
  peers: Versions,
  files: readonly string[],
): PackageJson {
  const { name, version, license } = config;
  const repository = repositoryAddress();
  const exports: Record<string, Target> = {};
  for (const [entry, path] of entries) {
    const stem = path.replace(/\.ts$/, "");
    exports[entry] = { types: `${stem}.d.ts`, default: `${stem}.js` };
  }
  for (const module of modules) {
    exports[`./wasm/${module}.wasm`] = {
      types: "./wasm/module.d.ts",
      default: `./wasm/${module}.wasm`,
    };
  }
  exports["./package.json"] = "./package.json";
  return {
    name,
    version,
    description:
      "Image classification and feature extraction with Inception-v3, in int8 on WASM SIMD and WebGPU, for Node, Deno, Bun, browsers and Workers",
    keywords: [
      "inception",
      "inception-v3",
      "image-classification",
      "feature-extraction",
      "image-search",
      "nsfw",
      "wasm",
      "simd",
      "webgpu",
      "int8",
      "quantization",
      "deno",
      "cloudflare-workers",
    ],
    license,
    author: "The Totem authors",
    homepage: `${repository}#readme`,
    repository: { type: "git", url: `git+${repository}.git` },
    bugs: { url: `${repository}/issues` },
    type: "module",
    sideEffects: false,
    // Other versions lack process.getBuiltinModule.
    engines: { node: "^20.16.0 || >=22.3.0" },
    files,
    main: "./mod.js",
    types: "./mod.d.ts",
    bin: { totem: BIN },
    // npm publishes scoped packages as private by default.
    publishConfig: { access: "public" },
    exports,
    peerDependencies: peers,
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(peers).map((name) => [name, { optional: true }]),
    ),
  };
}

/** On GitHub, the repository of the workflow run, as provenance requires. */
function repositoryAddress(): string {
  const [server, repository] = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY"]
    .map((it) => Deno.env.get(it));
  return server && repository ? `${server}/${repository}` : REPOSITORY;
}
