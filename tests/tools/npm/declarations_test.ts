import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { makeDeclarations } from "../../../tools/npm/declarations.ts";

Deno.test("makeDeclarations() keeps what an entry's symbols need, of each file, and no more", async () => {
  const files = await declare({
    "mod.ts": `/**
 * What it is for.
 *
 * @module
 */
export { type Box, measure as size } from "./src/boxes.ts";
`,
    "src/boxes.ts": `import { tensor } from "a-package";
import { type Side, unused } from "./sides.ts";

/** A box. */
export interface Box {
  /** Its side; a member's name isn't one of a type: Inner. */
  readonly Inner: Side;
}
/** It stays inside. */
export interface Inner {
  readonly tensor: typeof tensor;
}
/** Measures it. */
export function measure(box: Box): number {
  return unused(box.Inner.length) + tensor;
}
export class Hidden {}
`,
    "src/sides.ts": `export type { Side } from "./side.ts";
export function unused(n: number) { return n; }
`,
    "src/side.ts": `export interface Side { readonly length: number }
`,
  });
  assert.deepEqual(files, {
    "mod.d.ts": `/**
 * What it is for.
 *
 * @module
 */
export { type Box, measure as size } from "./src/boxes.js";
`,
    "src/boxes.d.ts": `import { type Side } from "./sides.js";
/** A box. */
export interface Box {
    /** Its side; a member's name isn't one of a type: Inner. */
    readonly Inner: Side;
}
/** Measures it. */
export declare function measure(box: Box): number;
`,
    "src/sides.d.ts": `export type { Side } from "./side.js";
`,
    "src/side.d.ts": `export interface Side {
    readonly length: number;
}
`,
  });
});

Deno.test("makeDeclarations() brings what the DOM or a later ES has otherwise", async () => {
  const { "mod.d.ts": text } = await declare({
    "mod.ts": `export class Session implements Disposable {
  readonly module: WebAssembly.Module = undefined!;
  [Symbol.dispose](): void {}
}
`,
  });
  assert.equal(
    text,
    `/// <reference lib="esnext.disposable" />
export declare class Session implements Disposable {
    readonly module: WebAssembly.Module;
    [Symbol.dispose](): void;
}
declare global {
    namespace WebAssembly {
        interface Module {
        }
    }
}
`,
  );
});

const REFUSED: readonly (readonly [code: string, told: RegExp])[] = [
  ["export const size = 2 ** 24;", /mod\.ts, size: .* explicit type/],
  ["export { none } from './other.ts';", /other\.ts has no none/],
  [
    "import type { Tensor } from 'a-package';\nexport type Layer = Tensor;",
    /mod\.ts needs Tensor of a-package/,
  ],
  ["export * from './other.ts';", /mod\.ts must name what it exports/],
  [
    "import * as all from './other.ts';\nexport const a: all.A = 1;",
    /one by one/,
  ],
  ["export type A = import('./other.ts').A;", /must be a statement: import/],
];

Deno.test("makeDeclarations() refuses what it can't declare", async () => {
  for (const [code, message] of REFUSED) {
    const files = { "mod.ts": code, "other.ts": "export type A = number;" };
    await assert.rejects(declare(files), { message }, code);
  }
});

/** Makes the declarations of `mod.ts` from these files. */
async function declare(
  files: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "with space ü " });
  try {
    await Deno.mkdir(`${folder}/src`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const root = pathToFileURL(`${folder}/`);
    return Object.fromEntries(await makeDeclarations(root, ["mod.ts"]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
