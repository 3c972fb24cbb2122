/**
 * The contestants' packages for Node and for pages, in their own `node_modules`. Deno
 * has its own copies in its cache.
 *
 * @module
 */
import map from "../../import_map.json" with { type: "json" };

/** Packages that Node and Deno use in the same version. */
const SHARED = [
  "@litertjs/core",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-core",
  "onnxruntime-web",
] as const;

/** Packages for Node only. */
const NODE_ONLY = { "onnxruntime-node": "1.30.0" } as const;

/**
 * Node itself, also from npm, so that a comparison has the same versions on every
 * machine.
 */
export const NODES = { "Node 20": "20.20.2", "Node 24": "24.21.0" } as const;

/** The version of each contestant's package. */
export const VERSIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    SHARED.map((name) => {
      const target = map.imports[name];
      return [name, target.slice(target.lastIndexOf("@") + 1)];
    }),
  ),
  ...NODE_ONLY,
};

/**
 * Installs the packages in `folder`, unless they are there already.
 *
 * Install scripts don't run: the one of onnxruntime-node downloads CUDA libraries.
 */
export async function installPeers(folder: string): Promise<void> {
  const packages = { ...VERSIONS, ...nodePackages() };
  const wanted = JSON.stringify({ private: true, dependencies: packages });
  const manifest = `${folder}/package.json`;
  const installed = await Deno.readTextFile(manifest).catch(() => "");
  if (installed === wanted) return;
  console.error(
    `Installing ${Object.keys(packages).join(", ")} in ${folder}, some 800 MB`,
  );
  const { success } = await new Deno.Command("npm", {
    args: [
      "install",
      ...["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"],
      "--no-save",
      ...Object.entries(packages).map((it) => it.join("@")),
    ],
    cwd: folder,
    stdout: "null",
  }).output();
  if (!success) throw new Error("Cannot install the packages: npm has failed");
  await Deno.writeTextFile(manifest, wanted);
}

/** The executable of a version of Node that `installPeers` installed in `folder`. */
export function nodeProgram(
  runtime: keyof typeof NODES,
  folder: string,
): string {
  const name = aliasOf(runtime);
  const program = Deno.build.os === "windows" ? "node.exe" : "bin/node";
  return `${folder}/node_modules/${name}/${program}`;
}

/** Package names for each version of Node, with the npm package that each installs. */
function nodePackages(): Readonly<Record<string, string>> {
  const { os, arch } = Deno.build;
  const system = os === "windows" ? "win" : os;
  const processor = arch === "x86_64" ? "x64" : "arm64";
  return Object.fromEntries(
    Object.entries(NODES).map(([runtime, version]) => [
      aliasOf(runtime),
      `npm:node-${system}-${processor}@${version}`,
    ]),
  );
}

function aliasOf(runtime: string): string {
  return runtime.toLowerCase().replace(" ", "-");
}
