import assert from "node:assert/strict";
import { besidesNote, PHOTOS, totem, workFolder } from "./totem.ts";

Deno.test("totem features gives JSON, and the same numbers as .npy", async () => {
  await using folder = await workFolder();
  const broken = `${folder.path}/broken.jpg`;
  await Deno.writeTextFile(broken, "no");
  const args = [
    ...folder.model,
    `${PHOTOS}/drum.jpg`,
    broken,
    `${PHOTOS}/fig.jpg`,
  ];
  const json = await totem(["features", ...args]);
  assert.equal(json.code, 1);
  const lines = json.stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  assert.deepEqual(lines.map(({ file }) => file), args.slice(-3));
  assert.equal(
    besidesNote(json).split("\n")[0],
    `error ${broken}: ${lines[1].error}`,
  );
  const rows: number[][] = [lines[0].features, lines[2].features];

  const npy = await totem(["features", "--npy", ...args]);
  assert.equal(npy.code, 1);
  assert.match(npy.stderr, /broken\.jpg/);
  const { shape, values } = parseNpy(npy.stdoutBytes);
  const width = rows[0]!.length;
  assert.deepEqual(shape, [3, width]);
  assert.deepEqual([...values.subarray(0, width)], rows[0]);
  assert.ok(values.subarray(width, 2 * width).every(Number.isNaN));
  assert.deepEqual([...values.subarray(2 * width)], rows[1]);
});

/** Version 1.0 of numpy.lib.format. */
function parseNpy(bytes: Uint8Array) {
  assert.deepEqual([...bytes.subarray(0, 8)], [
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
  ]);
  const length = bytes[8]! + 256 * bytes[9]!;
  assert.equal((10 + length) % 64, 0);
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  const match = header.match(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+), \), \} *\n$/,
  )!;
  return {
    shape: [Number(match[1]), Number(match[2])],
    values: new Float32Array(bytes.slice(10 + length).buffer),
  };
}
