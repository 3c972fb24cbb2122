import type { makeLayersModel } from "../layers_model.ts";
import type { Archived } from "./npm_archive.ts";

type LayersModel = ReturnType<typeof makeLayersModel>;

const FOLDER = "package/dist/models/inception_v3";

/** The files of a package like `nsfwjs`, with another model. */
export function nsfwPackage(model: LayersModel): Archived[] {
  const json = structuredClone(model.modelJson) as {
    weightsManifest: { paths: string[] }[];
  };
  const parts = json.weightsManifest.flatMap(({ paths }) => paths)
    .map((name) => model.shards.get(name)!);
  let part = 0;
  for (const group of json.weightsManifest) {
    group.paths = group.paths.map(() => `group1-shard${++part}of6`);
  }
  while (parts.length < 6) parts.push(new Uint8Array());
  // Like a minifier's output.
  const literal = JSON.stringify(json)
    .replace(/"([a-z_]\w*)":/gi, "$1:")
    .replace(/\btrue\b/g, "!0")
    .replace(/\bfalse\b/g, "!1")
    .replace(/([:,[-])0\.(?=\d)/g, "$1.");
  const files = [[`${FOLDER}/model.min.js`, bundle(literal)]];
  for (const [i, bytes] of parts.entries()) {
    const binary = Array.from(bytes, (it) => String.fromCharCode(it)).join("");
    const name = `${FOLDER}/group1-shard${i + 1}of6.min.js`;
    files.push([name, bundle(JSON.stringify(btoa(binary)))]);
  }
  return files.map(([name, text]) => ({
    name: name!,
    bytes: new TextEncoder().encode(text),
  }));
}

/** The output of browserify and a minifier for a module that exports a literal. */
export function bundle(literal: string): string {
  return `!function(d){if("object"==typeof exports)module.exports=d()}(function(){return function e(){}({1:[function(e,n,r){n.exports=${literal}},{}]},{},[1])(1)});`;
}
