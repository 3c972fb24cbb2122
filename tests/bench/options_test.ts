import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { parseOptions } from "../../bench/options.ts";
import { type Output, outputOf } from "../output_of.ts";

const ROOT = new URL("../../", import.meta.url);
const USAGE = "Usage: deno task bench [--layers] [--processor] [--rounds 20]";

for (const task of Object.keys(config.tasks)) {
  if (!isBenchmark(task)) continue;
  Deno.test(`deno task ${task} says how it is called`, async () => {
    const { code, stdout, stderr } = await run(task, "--help");
    assert.equal(stderr, "");
    assert.match(
      stdout,
      new RegExp(`^Usage: deno task ${task}( \\[--.*\\])?\n$`),
    );
    assert.equal(code, 0);
  });
}

for (
  const [wrong, message] of [
    [["--rounds", "x"], "Cannot use --rounds x as it must be a whole number"],
    [["--rounds=0"], "Cannot use --rounds 0 as it must be a whole number >= 1"],
    [["--layers=1"], "'--layers'"],
    [["--fast"], "'--fast'"],
    [["a"], "'a'"],
  ] as const
) {
  Deno.test(`a benchmark refuses ${wrong.join(" ")}`, () => {
    const defaults = { layers: false, processor: false, rounds: 20 };
    const { values, error, usage } = parseOptions("bench", defaults, wrong);
    assert.equal(values, undefined);
    assert.ok(error?.includes(message), error);
    assert.equal(usage, USAGE);
  });
}

Deno.test("a benchmark prints what is wrong with its options, and exits with 2", async () => {
  const { code, stdout, stderr } = await run("bench", "--fast");
  assert.match(stderr, /^.*'--fast'.*\n/);
  assert.ok(stderr.endsWith(`\n${USAGE}\n`), stderr);
  assert.ok(!stderr.includes("    at "), stderr);
  assert.equal(stdout, "");
  assert.equal(code, 2);
});

type Benchmark = Extract<keyof typeof config.tasks, `bench${string}`>;

function isBenchmark(task: string): task is Benchmark {
  return task.startsWith("bench");
}

/** Runs a task like `deno task`, with the same permissions. */
async function run(task: Benchmark, ...args: string[]): Promise<Output> {
  const [, , ...command] = config.tasks[task].split(" ");
  return await outputOf(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...command, ...args],
    cwd: ROOT,
  });
}
