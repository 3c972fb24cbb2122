import assert from "node:assert/strict";
import { featureTable } from "../../src/cli/feature_table.ts";
import { namesIn, temporaryFolder } from "../weights/store/temporary_folder.ts";

Deno.test("featureTable() keeps rows in memory, then in a file that nobody sees", async () => {
  await using folder = await temporaryFolder();
  {
    using table = featureTable(`${folder.path}/rows`, 2);
    for (let row = 0; row < 5; row++) {
      table.add(Float32Array.of(row, row + 0.5, -row), row % 2);
      assert.deepEqual(await namesIn(folder.path), []);
    }
    assert.deepEqual(table.classes, [0, 1, 0, 1, 0]);
    assert.deepEqual(
      [...table.read([4, 0, 2, 4])],
      [4, 4.5, -4, 0, 0.5, -0, 2, 2.5, -2, 4, 4.5, -4],
    );
    table.add(Float32Array.of(7, 8, 9), 1); // Rows can be added after reading.
    assert.deepEqual([...table.read([5, 3])], [7, 8, 9, 3, 3.5, -3]);
    assert.equal(table.read([]).length, 0);
  }
});

Deno.test("featureTable() writes over no file that is there", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/rows`;
  await Deno.writeTextFile(path, "mine");
  {
    using table = featureTable(path, 1);
    table.add(Float32Array.of(1), 0);
    assert.throws(
      () => table.add(Float32Array.of(2), 0),
      Deno.errors.AlreadyExists,
    );
  }
  assert.equal(await Deno.readTextFile(path), "mine");
});
