import assert from "node:assert/strict";
import {
  defaultCacheFolder,
  missingPermissions,
} from "../../../src/weights/store/cache_folder.ts";

const NAMES = [
  "TOTEM_CACHE",
  "XDG_CACHE_HOME",
  "HOME",
  "LOCALAPPDATA",
] as const;

type Variables = { readonly [name in typeof NAMES[number]]?: string };

Deno.test("the folder for models is the one chosen, else the platform's", async () => {
  const HOME = "/home/a";
  const cases: readonly [string, Variables, string | undefined][] = [
    ["linux", { HOME }, "/home/a/.cache/totem"],
    ["linux", { HOME, XDG_CACHE_HOME: "/x" }, "/x/totem"],
    ["linux", { HOME, XDG_CACHE_HOME: "x" }, "/home/a/.cache/totem"],
    ["linux", { HOME, XDG_CACHE_HOME: "" }, "/home/a/.cache/totem"],
    ["linux", { HOME, TOTEM_CACHE: "models" }, "models"],
    ["linux", {}, undefined],
    ["freebsd", { HOME }, "/home/a/.cache/totem"],
    ["darwin", { HOME, XDG_CACHE_HOME: "/x" }, "/home/a/Library/Caches/totem"],
    ["windows", { LOCALAPPDATA: "C:\\a" }, "C:\\a\\totem"],
    ["windows", { HOME }, undefined],
  ];
  for (const [os, variables, folder] of cases) {
    assert.equal(await folderWith(os, variables), folder);
  }
});

Deno.test({
  name: "the folder for models needs no variable that it may not read",
  permissions: { env: ["LOCALAPPDATA"] },
  async fn() {
    assert.equal(await defaultCacheFolder("linux"), undefined);
    for (
      const [os, flags] of [
        [
          "linux",
          '--allow-env=TOTEM_CACHE,XDG_CACHE_HOME,HOME --allow-write="$HOME/.cache/totem"',
        ],
        [
          "darwin",
          '--allow-env=TOTEM_CACHE,HOME --allow-write="$HOME/Library/Caches/totem"',
        ],
        [
          "windows",
          "--allow-env=TOTEM_CACHE,LOCALAPPDATA --allow-write=%LOCALAPPDATA%\\totem",
        ],
      ] as const
    ) assert.equal(await missingPermissions(os), flags);
  },
});

Deno.test("where variables may be read, no permission is missing", async () => {
  assert.equal(await missingPermissions("linux"), null);
});

async function folderWith(os: string, variables: Variables) {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  try {
    for (const name of NAMES) set(name, variables[name]);
    return await defaultCacheFolder(os);
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}
