/**
 * put FOLDER REFERENCE SIZE SEED, hang FOLDER, get FOLDER REFERENCE, download FOLDER
 * URL: runs the operation, reads the file and prints JSON.
 *
 * @module
 */
import { download, fileStore } from "../../../src/weights/store/mod.ts";
import { inParts, modelBytes, readAll, sha256Of } from "./model_bytes.ts";

const [command, folder, what = "", size, seed] = Deno.args;
const warnings: string[] = [];
const store = fileStore(folder!, { onWarning: (it) => warnings.push(it) });

async function run() {
  switch (command) {
    case "put": {
      const bytes = modelBytes(Number(size), Number(seed));
      return await store.put(what, inParts(bytes, 50_000));
    }
    case "hang":
      return await store.put(
        "hang",
        inParts(modelBytes(300_000), 100_000, () => {
          console.log("hangs");
          return new Promise(() => setTimeout(() => {}, 60_000));
        }),
      );
    case "get":
      return await store.get(what);
    default:
      return await download(what, { store, limit: 1e8 });
  }
}

const file = await run();
const found = file && sha256Of(await readAll(file));
console.log(JSON.stringify({ sha256: file?.sha256, found, warnings }));
