/** The tasks for users, called from another folder. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { runDeno } from "../tools/run_deno.ts";
import { fileOf, narrowNetwork } from "./backends/simd/narrow_file.ts";
import { readText, ROOT } from "./docs/texts.ts";
import { ALONE, testFiles } from "./import_tests.ts";
import { type Output, outputOf } from "./output_of.ts";
import { temporaryFolder } from "./weights/store/temporary_folder.ts";

const CONFIG = fileURLToPath(new URL("deno.json", ROOT));
const PHOTO = fileURLToPath(new URL("examples/photos/fig.jpg", ROOT));
/** Deno's cache folder. */
const DENO_DIR = JSON.parse(await runDeno(["info", "--json"])).denoDir;

Deno.test("deno task totem writes where it is called, and leaves the lock as it is", async () => {
  await using folder = await temporaryFolder();
  await using model = await fileOf(await narrowNetwork());
  const locked = readText("totem.lock");
  const photos = `${folder.path}/my photos`;
  await Deno.mkdir(photos);
  await Deno.copyFile(PHOTO, `${photos}/fig 1.jpg`);
  const { code, stderr } = await task(folder.path, photos, [
    "totem",
    "explain",
    "fig 1.jpg",
    ...["--model", model.path, "--out", "heat 1.png"],
  ]);
  assert.equal(code, 0, stderr);
  assert.ok((await Deno.stat(`${photos}/heat 1.png`)).size > 1000);
  assert.equal(readText("totem.lock"), locked);
});

Deno.test("deno task totem downloads a model", async () => {
  await using folder = await temporaryFolder();
  await using model = await fileOf(await narrowNetwork());
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ url }) =>
      url.endsWith("/model.safetensors")
        ? new Response(await Deno.readFile(model.path))
        : new Response("no", { status: 404 }),
  );
  const address = `http://127.0.0.1:${server.addr.port}/model.safetensors`;
  const { code, stdout, stderr } = await task(folder.path, folder.path, [
    "totem",
    "classify",
    ...["--json", "--model", address, PHOTO],
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).classes.length, 5);
});

Deno.test("deno task totem fails with a registry that lacks nsfw, and leaves the lock as it is", async () => {
  await using folder = await temporaryFolder();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 404 }),
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const locked = readText("totem.lock");
  const env = {
    TOTEM_CACHE: `${folder.path}/cache`,
    npm_config_registry: `http://${host}`,
  };
  const args = ["totem", "classify", PHOTO];
  const { code, stderr } = await task(folder.path, folder.path, args, env);
  assert.equal(code, 1);
  assert.match(
    stderr,
    new RegExp(
      `^Downloading nsfw, 25\\.3 MB\nerror Cannot load the model "nsfw": .*answered 404\\. NPM_CONFIG_REGISTRY can name another registry\\n$`,
    ),
  );
  assert.equal(readText("totem.lock"), locked);
});

Deno.test("deno task serve begins where HOME has a space", async () => {
  await using folder = await temporaryFolder();
  const args = ["serve", "--help"];
  const { code, stdout } = await task(folder.path, folder.path, args);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: totem serve /);
  assert.ok(config.tasks.serve.length < 40); // Deno prints it.
});

Deno.test("deno task serve may write to the cache folder, wherever that is", async () => {
  await using folder = await temporaryFolder();
  // The same task, but it prints its command instead of running it.
  const command = config.tasks["serve:run"];
  const tasks = {
    serve: config.tasks.serve,
    "serve:run": command.replace("&& deno run ", "&& echo "),
  };
  await Deno.writeTextFile(
    `${folder.path}/deno.json`,
    JSON.stringify({ tasks }),
  );
  const written = async (env: Readonly<Record<string, string>>) => {
    const { stdout } = await outputOf(Deno.execPath(), {
      args: ["task", "--quiet", "serve"],
      cwd: folder.path,
      env: { HOME: "/home/me", TOTEM_CACHE: "", ...env },
    });
    return stdout.match(/--allow-write=(.*) --allow-net/)?.[1]?.split(",");
  };
  const unset = await written({});
  assert.equal(unset?.[0], "/home/me/.cache/totem");
  assert.ok(!unset.includes("")); // Deno refuses an empty path.
  const chosen = await written({ TOTEM_CACHE: "/my cache/a" });
  assert.equal(chosen?.[0], "/my cache/a");
});

Deno.test("the command that install.md installs may do what the task may", () => {
  const [command] = readText("docs/install.md").match(/^deno install .*$/m)!;
  assert.match(command, / \$\(cat totem\.flags\) /);
  assert.doesNotMatch(command, /--allow-/);
  // Without this, Deno warns that it ignores the clone's config.
  assert.match(command, / --no-config /);
});

Deno.test("deno task totem prints a short line before the answer", async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await outputOf(Deno.execPath(), {
    args: ["task", `--config=${CONFIG}`, "totem", "explain", "--help"],
    cwd: folder.path,
    env: { NO_COLOR: "1" },
  });
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: totem explain /);
  assert.equal(
    stderr,
    "Task totem deno task --quiet totem:run 'explain' '--help'\n",
  );
});

Deno.test("the flags of deno task totem let it read, write, reach the network and read variables", () => {
  const flags = readText("totem.flags").trim().split("\n");
  assert.deepEqual(flags.map((it) => it.split("=")[0]), [
    "--unstable-npm-lazy-caching",
    "--unstable-lazy-dynamic-imports",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-env",
  ]);
  assert.ok(flags.every((it) => !it.includes(" ")));
});

Deno.test("tasks quote their variables, which the shell would split at spaces", () => {
  for (const [name, command] of Object.entries(config.tasks)) {
    if (typeof command !== "string") continue; // It runs other tasks.
    const unquoted = command.replace(/"[^"]*"/g, "").match(/ \S*\$\w+/);
    assert.equal(unquoted, null, name);
  }
});

Deno.test("deno task test runs every fast test file once", () => {
  const [, ...files] = config.tasks.test.split(" tests/");
  const run = files.flatMap((file) =>
    file.startsWith("groups/") ? filesOfGroup(file) : [file]
  );
  const folders = Array.from(Deno.readDirSync(new URL("tests", ROOT)))
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
    .filter((it) => !["long", "examples", "npm"].includes(it));
  const all = [".", ...folders].flatMap(testFiles);
  assert.ok(all.length > 200, `${all.length} files`);
  assert.deepEqual(run.sort(), all.sort());
});

Deno.test("deno task test-long runs every other test file once", () => {
  const task = config.tasks["test-long"];
  // Deno ignores the option if files are given as well as folders.
  assert.doesNotMatch(task, /--ignore/);
  const named = Array.from(task.matchAll(/ tests\/(\S+)/g), ([, it]) => it!);
  const run = named.flatMap((it) =>
    it.startsWith("groups/")
      ? filesOfGroup(it)
      : it.endsWith("/*_test.ts")
      ? testFiles(it.slice(0, -"/*_test.ts".length)).filter((file) =>
        file.split("/").length === it.split("/").length
      )
      : testFiles(it)
  );
  // Tests that start first are named, and are also part of a folder.
  const early = named.filter((it) => /^long\/\w+\.ts$/.test(it));
  assert.deepEqual(
    run.toSorted(),
    [...["long", "examples", "npm"].flatMap(testFiles), ...early].sort(),
  );
});

/** The files of a group, by its path in `tests`; none for other paths. */
function filesOfGroup(file: string): string[] {
  if (!file.startsWith("groups/")) return [];
  const [, folders] = readText(`tests/${file}`).match(
    /^await importTests\(([^)]*)\);$/m,
  )!;
  return Array.from(folders!.matchAll(/"([^"]*)"/g), ([, it]) => it!)
    .flatMap(testFiles).filter((it) => !ALONE.includes(it));
}

/** Runs a task in `cwd`, with a home folder whose name has a space. */
async function task(
  folder: string,
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Output> {
  const home = `${folder}/my home`;
  await Deno.mkdir(home);
  // Nested tasks inherit INIT_CWD, which is set if these tests run as a task.
  const { INIT_CWD: _, ...env } = Deno.env.toObject();
  return await outputOf(Deno.execPath(), {
    args: [
      "task",
      "--quiet",
      `--config=${CONFIG}`,
      ...args,
    ],
    cwd,
    clearEnv: true,
    env: {
      ...env,
      HOME: home,
      LOCALAPPDATA: home,
      DENO_DIR,
      NO_COLOR: "1",
      ...variables,
    },
  });
}
