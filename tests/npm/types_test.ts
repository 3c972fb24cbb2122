/** The package's types in TypeScript and package checkers. */
import assert from "node:assert/strict";
import { filesIn } from "../../tools/build_npm.ts";
import {
  type Folder,
  newProject,
  npmTest,
  prepareTests,
  run,
} from "./project.ts";

/** The oldest compiler that can read the declarations, and a current one. */
const COMPILERS = ["5.7.3", "7.0.2"];

/** The types of the runtimes. */
const TYPES = [
  "@types/node@20.19.43",
  "@cloudflare/workers-types@5.20261117.1",
];

let file: string;
let project: Folder;
const tools = await prepareTests([
  "publint@0.3.25",
  "@arethetypeswrong/cli@0.18.5",
  ...COMPILERS.map((it) => `typescript-${it}@npm:typescript@${it}`),
], async (packed) => {
  file = packed;
  // Without tfjs and its types.
  project = await newProject("types", [file, ...TYPES]);
  const manifest = `${project.path}/node_modules/@totem/inception/package.json`;
  const { exports } = JSON.parse(await Deno.readTextFile(manifest));
  const entries = Object.keys(exports).filter((it) => !it.endsWith(".json"));
  assert.ok(entries.length > 15);
  const lines = entries.map((it, i) =>
    `export type * as entry${i} from "${
      it.replace(".", "@totem/inception")
    }";\n`
  );
  await Deno.writeTextFile(`${project.path}/all.ts`, lines.join(""));
});
Deno.test.afterAll(async () => await project?.[Symbol.asyncDispose]());

for (const version of COMPILERS) {
  for (const config of ["nodenext", "bundler", "worker"]) {
    npmTest(
      tools,
      `TypeScript ${version} compiles a strict project, ${config}, declarations included`,
      async ({ path }) => {
        const compiler = `${path}/node_modules/typescript-${version}/bin/tsc`;
        await run("node", [compiler, "-p", `${config}.json`], project.path);
      },
    );
  }
}

npmTest(
  tools,
  "publint finds nothing to say of the package",
  async ({ path }) => {
    const publint = `${path}/node_modules/publint/src/cli.js`;
    const printed = await run("node", [publint, file, "--strict"], path);
    assert.match(printed, /All good!/);
  },
);

npmTest(
  tools,
  "arethetypeswrong finds the types of every entry right",
  async ({ path }) => {
    const attw = `${path}/node_modules/@arethetypeswrong/cli/dist/index.js`;
    await run("node", [attw, "--profile", "esm-only", file], path);
  },
);

npmTest(
  tools,
  "the declarations name no package and nothing that is Deno's",
  async () => {
    const folder = `${project.path}/node_modules/@totem/inception`;
    const files = (await filesIn(folder)).filter((it) => it.endsWith(".d.ts"));
    assert.ok(files.length > 50);
    for (const path of files) {
      const text = (await Deno.readTextFile(path)).replace(
        /\/\*\*[^]*?\*\//g,
        "",
      );
      assert.doesNotMatch(text, /from "[^.]|\bDeno\b|npm:|\.ts"/, path);
    }
  },
);
