/** The server of docs/server.md, started as a reader would. */
import assert from "node:assert/strict";
import { packageImports } from "../examples/example_folder.ts";
import { startDeno } from "../examples/running_server.ts";
import { readText, ROOT } from "../docs/texts.ts";
import { npmHas } from "../npm_has.ts";

const ONLINE = await npmHas("nsfwjs/4.3.0");
const SKIPPED = ONLINE ? "" : " (skipped: npm's registry can't be reached)";

Deno.test({
  name: `the server of docs/server.md answers with its permissions${SKIPPED}`,
  ignore: !ONLINE,
  async fn() {
    const [, section] = readText("docs/server.md")
      .split("\n## In your own program\n");
    const [code] = section!.match(/(?<=```ts\n)[^]*?(?=```)/)!;
    const [args] = section!.match(/(?<=\ndeno )serve .*(?= server\.ts\n)/)!;
    const [unstable] = section!.match(/(?<=`"unstable": )[^`]+(?=`)/)!;
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/server.ts`, code);
      await Deno.writeTextFile(
        `${folder}/deno.json`,
        JSON.stringify({
          imports: await packageImports(),
          unstable: JSON.parse(unstable),
        }),
      );
      await using server = await startDeno(
        folder,
        [...args.split(" "), "--no-lock", "--port=0", "server.ts"],
        { TOTEM_CACHE: `${folder}/cache` }, // An empty cache, so that the model is downloaded.
      );
      const photo = new URL("examples/photos/cocker_spaniels.jpg", ROOT);
      const body = await Deno.readFile(photo);
      const ask = () =>
        fetch(`${server.address}/classify?top=1`, { method: "POST", body });
      let response = await ask();
      // On a busy machine, loading may take longer than a request.
      while (response.status === 504) {
        await response.body?.cancel();
        response = await ask();
      }
      assert.equal(response.status, 200, server.printed());
      const { classes } = await response.json();
      assert.equal(classes[0].label, "Neutral");
      const kept = await Array.fromAsync(Deno.readDir(`${folder}/cache`));
      assert.ok(kept.some(({ name }) => name.endsWith(".safetensors")));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
