import assert from "node:assert/strict";
import { PACKAGES } from "../../src/runtime/packages.ts";
import map from "../../import_map.json" with { type: "json" };
import { readText } from "../docs/texts.ts";

Deno.test("packages that are looked up have the versions of the import map and of both locks", () => {
  const imports: Readonly<Record<string, string>> = map.imports;
  for (const [name, version] of Object.entries(PACKAGES)) {
    const specifier = `npm:${name}@${version}`;
    assert.equal(imports[name], specifier);
    for (const lock of ["deno.lock", "totem.lock"]) {
      const { specifiers } = JSON.parse(readText(lock));
      assert.ok(Object.hasOwn(specifiers, specifier), `${lock}: ${specifier}`);
    }
  }
});
