/**
 * The contestants' packages for Node and for pages, in a `node_modules` of their
 * own. Deno has its own of them, in its cache.
 *
 * @module
 */
import map from "../../import_map.json" with { type: "json" };

/** Deno's versions of these are Node's as well. */
const SHARED = [
  "@litertjs/core",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-core",
  "onnxruntime-web",
] as const;

/** What runs in Node alone. */
const NODE_ONLY = { "onnxruntime-node": "1.30.0" } as const;

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
 * Installs them in `folder`, where they aren't there already.
 *
 * Without scripts: that of onnxruntime-node fetches what CUDA needs.
 */
export async function installPeers(folder: string): Promise<void> {
  const wanted = JSON.stringify({ private: true, dependencies: VERSIONS });
  const manifest = `${folder}/package.json`;
  const installed = await Deno.readTextFile(manifest).catch(() => "");
  if (installed === wanted) return;
  console.error(
    `Installing ${Object.keys(VERSIONS).join(", ")} in ${folder}, some 560 MB`,
  );
  const { success } = await new Deno.Command("npm", {
    args: [
      "install",
      ...["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"],
      "--no-save",
      ...Object.entries(VERSIONS).map((it) => it.join("@")),
    ],
    cwd: folder,
    stdout: "null",
  }).output();
  if (!success) throw new Error("Cannot install the packages: npm has failed");
  await Deno.writeTextFile(manifest, wanted);
}
