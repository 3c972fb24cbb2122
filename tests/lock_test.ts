/**
 * The lock files: `deno.lock` covers the tests, `totem.lock` the command line. Deno
 * installs all packages of a lock at once, so users of the first would get everything.
 */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import map from "../import_map.json" with { type: "json" };

const tested = await lockOf("deno.lock");
const run = await lockOf("totem.lock");

Deno.test("what the command line runs is what is tested", () => {
  // A name may end with the package's peers.
  const bare = (name: string) => name.replace(/(?<=\d)_.*$/, "");
  const known = new Map(
    Object.entries(tested.npm).map(([name, { integrity }]) => [
      bare(name),
      integrity,
    ]),
  );
  for (const [name, { integrity }] of Object.entries(run.npm)) {
    assert.equal(integrity, known.get(bare(name)), name);
  }
});

Deno.test("both locks know the import map, or Deno would rewrite them", () => {
  const imported = [
    ...new Set(
      Object.values(map.imports).filter((it) => it.startsWith("npm:"))
        .map((it) => `npm:${packageOf(it)}`),
    ),
  ];
  for (const { workspace } of [tested, run]) {
    assert.deepEqual(
      workspace.dependencies,
      imported.sort(),
      "`deno task check` and `deno task totem doctor` rewrite them",
    );
  }
});

Deno.test("tasks that import packages say which lock they take", () => {
  const [lockless, locked]: string[][] = [[], []];
  for (const [task, command] of Object.entries(config.tasks)) {
    if (typeof command !== "string") continue; // It runs other tasks.
    const commands = command.match(/\bdeno (run|test|check|doc) [^&)]*/g) ?? [];
    for (const it of commands) {
      (/ "?--lock=(\$ROOT\/)?\w+\.lock"? /.test(it) ? locked : lockless)!.push(
        task,
      );
    }
  }
  // These import nothing, or a single npm program. With a config without imports (as
  // for `check:oldest`), Deno would prune the lock.
  assert.deepEqual(lockless, ["spell", "check:oldest", "lint:circular"]);
  assert.ok(locked!.includes("test") && locked!.includes("totem:run"));
  assert.equal(config.lock, false); // Otherwise `deno task` would install everything in it.
});

/** Converts `npm:/assemblyscript@0.28.20/asc` to `assemblyscript@0.28.20`. */
function packageOf(target: string): string {
  return target.match(/^npm:\/?((@[^/]+\/)?[^/]+)/)![1]!;
}

interface Lock {
  readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
  readonly workspace: { readonly dependencies: readonly string[] };
}

async function lockOf(name: string): Promise<Lock> {
  const path = new URL(`../${name}`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(path));
}
