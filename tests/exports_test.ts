/**
 * The public API: compares each module that `deno.json` exports, as `deno doc` and so
 * JSR's pages show it, with the symbols that the module really exports.
 */
import assert from "node:assert/strict";
import { ENTRIES } from "../tools/entries.ts";
import { runDeno } from "../tools/run_deno.ts";
import { readText, ROOT } from "./docs/texts.ts";

/** Limit for the root module, so that its page stays readable at a glance. */
const MOST_ROOT_SYMBOLS = 75;

/** Symbols that only the package itself uses. */
const INTERNALS = [
  ..."BlobStorage StoredBlob PendingBlob OwnStore createStore ownStore".split(
    " ",
  ),
  ..."AllocateWeights LoadIntoOptions loadInto readInto allocateData".split(
    " ",
  ),
  ..."startSelection Selection reportOn OpenedNetwork loadWith".split(
    " ",
  ),
  ..."parseHeader storeKey parseTotemFile samePadding elementCount".split(" "),
  ..."IMAGE_MAX channelAbsMax LEARNING_RATES barChart classTable".split(" "),
  ..."createClassifier simdBuilds withVariant assertQuantized".split(" "),
  ..."createCodeMatrix filledIndex".split(" "),
];

/** Members that only the package itself uses. */
const HIDDEN_MEMBERS = [
  [".", "Store", "storage"],
  ["./weights", "LoadNetworkOptions", "allocate"],
  ["./search", "SearchIndex", "place"],
  ["./search", "SearchIndex", "reserve"],
] as const;

/** A documented symbol of a module. */
interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly declarationKind: string;
    readonly def?: {
      readonly constructors?: readonly { readonly accessibility?: string }[];
      readonly methods?: readonly { readonly name: string }[];
      readonly properties?: readonly { readonly name: string }[];
    };
  }[];
}

/** The documented symbols of each entry. */
const documented = new Map(
  await Promise.all(
    Object.entries(ENTRIES).map(async ([entry, path]) =>
      [entry, await symbolsOf(path)] as const
    ),
  ),
);

Deno.test("what an entry documents as a value can be imported, and the other way round", async () => {
  for (const [entry, path] of Object.entries(ENTRIES)) {
    const values = documented.get(entry)!.filter(isValue)
      .map(({ name }) => name);
    const module = await import(new URL(path, ROOT).href);
    assert.deepEqual(values.sort(), Object.keys(module).sort(), entry);
  }
});

Deno.test("an entry names what it exports", () => {
  for (const [entry, path] of Object.entries(ENTRIES)) {
    assert.doesNotMatch(readText(path), /^export (type )?\*/m, entry);
  }
});

Deno.test("no entry exports what is internal", () => {
  for (const [entry, symbols] of documented) {
    const found = symbols.filter(({ name }) => INTERNALS.includes(name));
    assert.deepEqual(found.map(({ name }) => name), [], entry);
  }
});

Deno.test("what users hold has no internal members", () => {
  for (const [entry, symbol, hidden] of HIDDEN_MEMBERS) {
    const { methods = [], properties = [] } = defOf(entry, symbol);
    const names = [...methods, ...properties].map(({ name }) => name);
    assert.ok(
      names.length > 0 && !names.includes(hidden),
      `${symbol}.${hidden}`,
    );
  }
});

Deno.test("only load() and the like make what needs an opened model", () => {
  for (
    const [entry, name] of [[".", "Classifier"], ["./search", "SearchIndex"]]
  ) {
    const made = defOf(entry!, name!).constructors ?? [];
    assert.deepEqual(made.map((it) => it.accessibility), ["private"], name);
  }
});

Deno.test("the root is small", () => {
  const { length } = documented.get(".")!;
  assert.ok(length > 50 && length <= MOST_ROOT_SYMBOLS, `${length} symbols`);
});

Deno.test("./int8 has the names that the root has", () => {
  const [root, int8] = [".", "./int8"].map((it) =>
    documented.get(it)!.map(({ name }) => name).sort()
  );
  assert.deepEqual(int8, root);
});

Deno.test("docs/api.md tells of every entry, and of no other", () => {
  const told = readText("docs/api.md").matchAll(
    /^\| `@totem\/inception(\/[^`]+)?`/gm,
  );
  const entries = [...Object.keys(ENTRIES), "./wasm/*"];
  assert.deepEqual(
    Array.from(told, ([, name = ""]) => `.${name}`).sort(),
    entries.sort(),
  );
});

Deno.test("docs/api.md names each error, and all that the root exports but types", async () => {
  const api = readText("docs/api.md");
  const [row] = api.match(/^\| `@totem\/inception` .*/m)!;
  const errors = Object.keys(await import("../src/errors.ts"));
  const isTold = (name: string) =>
    name === "TotemError" || new RegExp(`^\\| \`${name}\` `, "m").test(api);
  assert.deepEqual(errors.filter((it) => !isTold(it)), []);
  const others = Object.keys(await import("../mod.ts"))
    .filter((it) => !errors.includes(it));
  assert.deepEqual(others.filter((it) => !row.includes(`\`${it}\``)), []);
});

Deno.test("every error class of the package is in the root", async () => {
  const errors = Object.keys(await import("../src/errors.ts"));
  const root = await import("../mod.ts");
  assert.deepEqual(errors.filter((it) => !(it in root)), []);
});

/** The definition of a symbol. */
function defOf(entry: string, name: string) {
  const symbol = documented.get(entry)!.find((it) => it.name === name);
  return symbol!.declarations[0]!.def!;
}

/** Whether it is a function, a class or a constant. */
function isValue({ declarations }: Documented): boolean {
  return declarations.some(({ kind, declarationKind }) =>
    declarationKind === "export" &&
    ["function", "class", "variable", "enum", "namespace"].includes(kind)
  );
}

/**
 * The documented symbols of a module. `deno doc` of several lists a shared symbol once.
 */
async function symbolsOf(path: string): Promise<readonly Documented[]> {
  const { nodes } = JSON.parse(await runDeno(["doc", "--json", path], ROOT));
  return nodes[new URL(path, ROOT).href].symbols;
}
