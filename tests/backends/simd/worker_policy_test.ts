/**
 * Runtimes that run a single thread regardless of the option: the probe reports this
 * with the reason, and images get the same answers.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { outputOf } from "../../output_of.ts";
import { fileOf, narrowNetwork } from "./narrow_file.ts";

const PROGRAM = fileURLToPath(new URL("print_refusal.ts", import.meta.url));

const REASONS = {
  "a policy without blob:":
    "the page's Content-Security-Policy must allow blob: in worker-src",
  "a page whose workers never start":
    "this runtime doesn't start workers in time",
  "a worker in Firefox": "Firefox may hang where a worker starts workers",
  "not isolated":
    "this page shares no memory: it must be cross-origin isolated",
  "isolated, without shared memory": "this runtime shares no memory",
  "Node's modules without workers": "this runtime starts no workers",
} as const;

/** The output with two threads, the reference for all others. */
let undisguised: ReturnType<typeof runIn> | undefined;

for (const [disguise, reason] of Object.entries(REASONS)) {
  Deno.test(`one thread runs, with the reason: ${disguise}`, async () => {
    undisguised ??= runIn("none");
    const [threads, alone] = [await undisguised, await runIn(disguise)];
    for (const [i, { detail, features }] of alone.probes.entries()) {
      assert.ok(detail.endsWith(`, 1 thread (${reason})`), detail);
      assert.ok(threads.probes[i]!.detail.endsWith(", 2 threads"));
      assert.deepEqual(features, threads.probes[i]!.features);
    }
    // It is tried only once.
    assert.equal(alone.tries, /^a p/.test(disguise) ? 1 : 0);
  });
}

Deno.test("one thread runs, with the reason, in Node that may not start workers", async () => {
  await using file = await fileOf(await narrowNetwork());
  const bundle = await Deno.makeTempFile({ suffix: ".mjs" });
  try {
    const options = ["--quiet", "--output", bundle, PROGRAM];
    const { code, stderr } = await outputOf(Deno.execPath(), {
      args: ["bundle", ...options],
    });
    assert.equal(code, 0, stderr);
    const { stdout } = await outputOf("node", { args: ["--version"] });
    const permission = Number(stdout.match(/^v(\d+)/)![1]) < 22
      ? "--experimental-permission"
      : "--permission";
    const run = (...options: string[]) =>
      outputIn("node", [...options, bundle, file.path, "none"]);
    const threads = await run();
    const alone = await run(permission, "--allow-fs-read=*");
    const reason =
      "this process may start no workers: Node must have --allow-worker";
    for (const [i, { detail, features }] of alone.probes.entries()) {
      assert.ok(detail.endsWith(`, 1 thread (${reason})`), detail);
      assert.ok(threads.probes[i]!.detail.endsWith(", 2 threads"));
      assert.deepEqual(features, threads.probes[i]!.features);
    }
  } finally {
    await Deno.remove(bundle);
  }
});

/** The program's output in Deno. */
async function runIn(disguise: string) {
  await using file = await fileOf(await narrowNetwork());
  const args = ["run", "--allow-read", PROGRAM, file.path, disguise];
  return await outputIn(Deno.execPath(), args);
}

/** The output of a program. */
async function outputIn(program: string, args: string[]): Promise<{
  readonly probes: readonly {
    readonly detail: string;
    readonly features: readonly number[];
  }[];
  readonly tries: number;
}> {
  const { code, stdout, stderr } = await outputOf(program, { args });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}
