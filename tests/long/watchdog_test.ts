import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./batch_hang.ts", import.meta.url));

async function hang(
  kind: string,
  command: readonly string[] = [
    Deno.execPath(),
    "run",
    "--no-prompt",
    "--quiet",
  ],
) {
  const [program, ...args] = command;
  const { code, signal, stdout, stderr } = await new Deno.Command(program!, {
    args: [...args, PROGRAM, kind],
  }).output();
  const [out, error] = [stdout, stderr].map((it) =>
    new TextDecoder().decode(it)
  );
  return { code, signal, out, error };
}

Deno.test("a process whose event loop hangs is killed, and says so", async () => {
  const { signal, out, error } = await hang("loop");
  assert.deepEqual([signal, out], ["SIGKILL", ""]);
  assert.equal(
    error,
    "error this process hangs and is killed, as it has answered nothing for 2 s\n",
  );
});

Deno.test("a process whose work hangs is killed, and names it", async () => {
  const { signal, out, error } = await hang("work");
  assert.deepEqual([signal, out], ["SIGKILL", ""]);
  assert.equal(
    error,
    "error shard 00017: this process hangs and is killed, as no image was done for 2 s\n",
  );
});

for (const kind of ["works", "waits"]) {
  Deno.test(`a process that ${kind} isn't killed`, async () => {
    assert.deepEqual(await hang(kind), {
      code: 0,
      signal: null,
      out: "alive\n",
      error: "",
    });
  });
}

Deno.test({
  name: "a process that was stopped for longer goes on",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { code, out, error } = await hang("stop", [
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--quiet",
      "--allow-run",
    ]);
    assert.deepEqual([code, out, error], [0, "alive\n", ""]);
  },
});
