import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { CorruptWeightsError } from "../../src/errors.ts";
import { openZip, type ZipArchive } from "../../src/weights/zip.ts";
import { joined } from "../joined.ts";
import { makeZip } from "../make_zip.ts";
import { mutateBytes } from "../mutations.ts";
import { randomNumbers } from "../random.ts";

const MODELS = new URL("../data/models/", import.meta.url);

function readModel(path: string): Uint8Array {
  return Uint8Array.from(
    gunzipSync(Deno.readFileSync(new URL(`${path}.gz`, MODELS))),
  );
}

const SMALL = makeZip({ "a.txt": "alpha", "b/c.bin": new Uint8Array(9) });

Deno.test("openZip() reads an archive's files where they lie", () => {
  const zip = openZip(SMALL);
  assert.deepEqual(zip.names, ["a.txt", "b/c.bin"]);
  const file = zip.read("a.txt")!;
  assert.equal(new TextDecoder().decode(file), "alpha");
  assert.equal(file.buffer, SMALL.buffer);
  assert.equal(zip.read("b/c.bin")!.length, 9);
  assert.equal(zip.read("b"), undefined);
  assert.equal(zip.read("__proto__"), undefined);
});

Deno.test("openZip() reads an archive with a comment, and one without files", () => {
  const commented = joined(SMALL, new TextEncoder().encode("PK\x05\x06 hello"));
  commented[SMALL.length - 2] = 10;
  assert.equal(openZip(commented).names.length, 2);
  assert.deepEqual(openZip(makeZip({})).names, []);
});

for (
  const [path, count] of [
    ["keras/flat.keras", 3],
    ["torch/state_dict_113.pth", 582],
    ["torch/checkpoint_213.pth.tar", 573],
  ] as const
) {
  Deno.test(`openZip() reads all ${count} files of ${path}`, () => {
    const zip = openZip(readModel(path));
    assert.equal(zip.names.length, count);
    for (const name of zip.names) assert.ok(zip.read(name), name);
  });
}

Deno.test("openZip() refuses a file that is compressed, not the archive", () => {
  const zip = openZip(readModel("torch/traced_113.pt"));
  assert.equal(zip.read("traced_113/version")!.length, 2);
  assert.throws(
    () => zip.read("traced_113/code/__torch__/torchvision/models/inception.py"),
    {
      name: "CorruptWeightsError",
      message: /must not be compressed or encrypted: .* zip -0$/,
    },
  );
});

Deno.test("openZip() inflates a file that is compressed, up to a limit", async () => {
  const archive = readModel("torch/traced_113.pt");
  const zip = openZip(archive);
  const name = "traced_113/code/__torch__/torchvision/models/inception.py";
  const code = await zip.inflate(name, 11_794);
  assert.match(new TextDecoder().decode(code), /^class Inception3\(Module\):/);
  assert.equal(code!.length, 11_794);
  assert.equal((await zip.inflate("traced_113/version", 9))!.length, 2);
  assert.equal(await zip.inflate("no", 9), undefined);
  const fails = (zip: ZipArchive, limit: number, message: RegExp) =>
    assert.rejects(zip.inflate(name, limit), {
      name: "CorruptWeightsError",
      message,
    });
  await fails(zip, 11_793, /must have <= 11793 bytes: it has 11794$/);
  const at = new TextDecoder("latin1").decode(archive).indexOf(name);
  for (const change of [name.length + 100, name.length + 1000]) {
    const damaged = archive.slice();
    damaged[at + change]! ^= 0xff;
    await fails(
      openZip(damaged),
      2 ** 20,
      /"traced_113\/code.* is damaged(: its CRC-32 is wrong)?$/,
    );
  }
});

Deno.test("openZip() unpacks files that are compressed, up to a limit and the sizes that it lists", async () => {
  const files = { "a.txt": "a".repeat(100), "b.txt": "b".repeat(100) };
  const open = (change = (_: Uint8Array) => {}) => {
    const bytes = makeZip(files, 0, true);
    change(bytes);
    return openZip(bytes);
  };
  const zip = open();
  assert.throws(() => zip.read("a.txt"), /must not be compressed/);
  await zip.unpack(["a.txt", "no.txt"], 100);
  assert.equal(zip.read("a.txt")!.length, 100);
  assert.throws(() => zip.read("b.txt"), /must not be compressed/);
  await assert.rejects(open().unpack(zip.names, 199), {
    name: "CorruptWeightsError",
    message: /"b.txt" must have <= 99 bytes: it has 100$/,
  });
  const inDirectory = (bytes: Uint8Array) =>
    new TextDecoder("latin1").decode(bytes).indexOf("PK\x01\x02");
  const short = open((it) => it[inDirectory(it) + 24] = 50);
  await assert.rejects(short.unpack(zip.names, 2 ** 20), {
    name: "CorruptWeightsError",
    message: /"a.txt" must have the 50 bytes that are listed: it has more$/,
  });
  for (const size of [101, 2 ** 24 - 1]) {
    const long = open((it) =>
      new DataView(it.buffer).setUint32(inDirectory(it) + 24, size, true)
    );
    await assert.rejects(long.unpack(zip.names, 2 ** 24), {
      name: "CorruptWeightsError",
      message: /bytes that are listed: it has fewer$/,
    });
  }
  const encrypted = open((it) => it[inDirectory(it) + 8] = 1);
  await assert.rejects(encrypted.unpack(zip.names, 2 ** 20), {
    name: "CorruptWeightsError",
    message: /must not be compressed or encrypted/,
  });
});

Deno.test("openZip() finds damage in a file by its CRC-32 unless the archive has none", () => {
  const damaged = SMALL.slice();
  damaged[36]! ^= 1; // In "alpha".
  const zip = openZip(damaged);
  assert.throws(() => zip.read("a.txt"), /"a.txt" is damaged: its CRC-32 is/);
  // torch.serialization.set_crc32_options(False) omits it.
  new DataView(damaged.buffer).setUint32(DIRECTORY + 16, 0, true);
  assert.equal(openZip(damaged).read("a.txt")!.length, 5);
  assert.ok(zip.read("b/c.bin"));
});

/** The offsets of the directory and of its end record in {@linkcode SMALL}. */
const DIRECTORY = new DataView(SMALL.buffer).getUint32(SMALL.length - 6, true);
const END = SMALL.length - 22;

for (
  const [what, at, size, value, message] of [
    ["more files than it lists", END + 10, 2, 3, /list 3 files: it lists 2$/],
    ["65535 files", END + 10, 2, 0xffff, /< 65535 files/],
    ["a huge directory", END + 12, 4, 2 ** 21, /must have <= 1048576 bytes/],
    ["a directory past its end", END + 16, 4, END, /directory must lie in it$/],
    [
      "a comment that isn't there",
      END + 20,
      2,
      9,
      /its files must stand at its end: it doesn't$/,
    ],
    ["an entry that isn't one", DIRECTORY, 4, 7, /list 2 files: it lists 0$/],
    ["a long name", DIRECTORY + 28, 2, 9999, /directory must be whole/],
    ["a size past the directory", DIRECTORY + 20, 4, 999, /"a.txt" must lie/],
    ["a header at no header", DIRECTORY + 42, 4, 5, /"a.txt" must lie before/],
    [
      "a header past the end",
      DIRECTORY + 42,
      4,
      2 ** 32 - 1,
      /must lie before/,
    ],
    ["files that share bytes", DIRECTORY + 20, 4, 40, /must not share bytes$/],
  ] as const
) {
  Deno.test(`openZip() refuses an archive with ${what}`, () => {
    const bytes = SMALL.slice();
    const view = new DataView(bytes.buffer);
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    assert.throws(() => openZip(bytes), {
      name: "CorruptWeightsError",
      message,
    });
  });
}

Deno.test("openZip() refuses two files of one name", () => {
  const bytes = makeZip({ "a1": "x", "a2": "y" });
  bytes[bytes.lastIndexOf("2".charCodeAt(0))] = "1".charCodeAt(0);
  assert.throws(() => openZip(bytes), /"a1" stands in it twice$/);
});

Deno.test("openZip() refuses what is cut off at any place", () => {
  for (let length = 0; length < SMALL.length; length++) {
    assert.throws(() => openZip(SMALL.subarray(0, length)), {
      name: "CorruptWeightsError",
    });
  }
});

Deno.test("openZip() reads 2000 damaged archives, or refuses them by a typed error", () => {
  const random = randomNumbers(5);
  let read = 0;
  for (let i = 0; i < 2000; i++) {
    try {
      const zip = openZip(mutateBytes(SMALL, random));
      for (const name of zip.names) zip.read(name);
      read++;
    } catch (error) {
      assert.ok(error instanceof CorruptWeightsError, String(error));
    }
  }
  assert.ok(read > 0 && read < 2000, `${read}`);
});
