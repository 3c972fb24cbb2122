import assert from "node:assert/strict";
import { downloadFault, PACKAGES } from "../../src/runtime/packages.ts";
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

Deno.test("downloadFault() gives the last line of Deno's message, without the address", () => {
  const error = new TypeError(
    'Failed loading https://r.org/a for package "a"\n    0: error sending request for url (https://r.org/a): client error (Connect): dns error: none',
  );
  assert.equal(
    downloadFault(error),
    "it can't be loaded from npm (none). Check the network, and HTTPS_PROXY if that is set",
  );
  assert.equal(
    downloadFault("odd."),
    "it can't be loaded from npm (odd). Check the network, and HTTPS_PROXY if that is set",
  );
});
