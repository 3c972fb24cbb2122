import assert from "node:assert/strict";
import { main } from "../../src/cli.ts";
import { exitOnInterrupt } from "../../src/cli/signals.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { testStreams } from "./in_process.ts";
import { parseNpy } from "./parse_npy.ts";
import { PHOTOS, workFolder } from "./totem.ts";

const ENDED = /^Error: The process has ended with 130$/;

Deno.test("exitOnInterrupt() ends with 130 and a line, until it is disposed", () => {
  const streams = testStreams();
  const listening = exitOnInterrupt(new Terminal(streams));
  assert.throws(() => streams.send("SIGINT"), ENDED);
  assert.equal(
    streams.output.stderr,
    "interrupted: the same command goes on from here\n",
  );
  listening[Symbol.dispose]();
  assert.ok(!streams.isListening);
});

Deno.test("features --resume and evaluate --resume tell at Ctrl-C that the same command goes on", async () => {
  await using folder = await workFolder();
  const photos = `${folder.path}/photos`;
  for (const label of ["class 0", "class 1"]) {
    await Deno.mkdir(`${photos}/${label}`, { recursive: true });
    await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/${label}/drum.jpg`);
  }
  const npy = `${folder.path}/f.npy`;
  const results = `${folder.path}/results.jsonl`;
  for (
    const args of [
      ["features", "--npy", "--resume", npy],
      ["evaluate", "--resume", results],
    ]
  ) {
    const command = [...args, ...folder.model, photos];
    const streams = testStreams();
    // Sends Ctrl-C as soon as there is a listener.
    const { addSignalListener } = streams;
    streams.addSignalListener = (signal, listener) => {
      addSignalListener(signal, listener);
      listener();
    };
    await main(command, streams);
    assert.match(
      streams.output.stderr,
      /^interrupted: the same command goes on from here\nerror Error: The process has ended with 130$/m,
      args[0],
    );
    assert.equal(await main(command, testStreams()), 0, args[0]);
  }
  assert.equal(parseNpy(await Deno.readFile(npy)).shape[0], 2);
  const lines = (await Deno.readTextFile(results)).trimEnd().split("\n");
  assert.equal(lines.length, 1 + 2);
});
