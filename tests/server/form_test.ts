import assert from "node:assert/strict";
import { parseBoundary, parseForm } from "../../src/server/form.ts";
import { Problem } from "../../src/server/problem.ts";
import { noise, randomNumbers } from "../random.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Parses the files of a form, in which `|` stands for a line break. */
function parse(form: string, maxParts = 9) {
  const bytes = encoder.encode(form.replaceAll("|", "\r\n"));
  return parseForm(bytes, "b", maxParts)
    .map(({ name, bytes }) => [name, decoder.decode(bytes)]);
}

function part(parameters: string, body = "x"): string {
  return `--b|Content-Disposition: form-data${parameters}||${body}|`;
}

Deno.test("parseForm() gives what FormData's own writer wrote, byte for byte", async () => {
  const form = new FormData();
  const files = [
    noise(75),
    new Uint8Array(),
    encoder.encode("\r\n--\r\n\r\r\n"),
  ];
  for (const [i, bytes] of files.entries()) {
    form.append("image", new File([bytes.slice()], `é "${i}" \\.jpg`));
  }
  form.append("field", "text");
  const response = new Response(form);
  const boundary = parseBoundary(response.headers.get("content-type")!);
  const given = parseForm(
    new Uint8Array(await response.arrayBuffer()),
    boundary,
    9,
  );
  assert.deepEqual(given.map((it) => it.name), [
    'é "0" \\.jpg',
    'é "1" \\.jpg',
    'é "2" \\.jpg',
  ]);
  files.forEach((bytes, i) => assert.deepEqual(given[i]!.bytes, bytes));
});

Deno.test("parseForm() reads names as they are quoted, and nothing that is in quotes", () => {
  assert.deepEqual(
    parse(
      part('; name="a"; filename="a.jpg"', "1") +
        part("; name=a; filename=b.jpg", "2") +
        part('; filename="c\\"%22%0D%0A.jpg"; name="a"', "3") +
        part(';name="; filename=d.jpg"', "4") +
        part('; name="a"', "5") +
        part('; FileName=""; filename="no"', "6") +
        part("; filename*=utf-8''%E2%82%AC%20.jpg", "7") +
        part("; filename*=utf-8''%E2", "8") + "--b--|",
    ),
    [
      ["a.jpg", "1"],
      ["b.jpg", "2"],
      ['c""\r\n.jpg', "3"],
      ["", "6"],
      ["\u20ac .jpg", "7"],
      ["utf-8''%E2", "8"],
    ],
  );
});

Deno.test("parseForm() passes over what stands before and after", () => {
  const one = part('; filename="a"', "1");
  assert.deepEqual(parse(`preamble|${one}--b--|epilogue --b`), [["a", "1"]]);
  assert.deepEqual(parse(one + "--b--"), [["a", "1"]]);
  assert.deepEqual(parse("--b--"), []);
});

Deno.test("parseForm() takes a boundary only at the start of a line", () => {
  const body = "x--b--b|-b--|--a|x--b--|\r--\n--b";
  assert.deepEqual(parse(part('; filename="a"', body) + "--b--"), [
    ["a", body.replaceAll("|", "\r\n")],
  ]);
});

Deno.test("parseForm() refuses what is malformed or cut off", () => {
  for (
    const form of [
      "",
      "garbage",
      "--b",
      "--b-",
      "--b|",
      "--b x|",
      "--b||x|--b--",
      part('; filename="a"'),
      part('; filename="a"') + "--b",
      "--b|Content-Disposition: form-data; filename=a|--b--",
      "--b|Content-Disposition: attachment; filename=a||x|--b--",
      "--b|X: " + "x".repeat(5000) + "||x|--b--",
    ]
  ) {
    assert.throws(() => parse(form), { status: 400 }, JSON.stringify(form));
  }
});

Deno.test("parseForm() stops at the limit of parts, fields of text among them", () => {
  const many = part('; name="a"').repeat(100_000);
  assert.throws(() => parse(many, 32), { status: 413, code: "too-many-parts" });
  assert.equal(parse(part('; filename="a"').repeat(3) + "--b--", 3).length, 3);
});

Deno.test("parseForm() gives files or a problem for any damage", () => {
  const random = randomNumbers(7);
  const form = encoder.encode(
    (part('; name="a"; filename="a.jpg"', "\r\n--\r\n") +
      part('; name="b"', "|") + "--b--|").replaceAll("|", "\r\n"),
  );
  for (let i = 0; i < 20_000; i++) {
    const damaged = form.slice(0, 1 + Math.floor(random() * form.length));
    for (let j = 0; j < 3; j++) {
      damaged[Math.floor(random() * damaged.length)] = '\r\n-b:;="\\'
        .charCodeAt(Math.floor(random() * 9));
    }
    try {
      parseForm(damaged, "b", 9);
    } catch (error) {
      assert.ok(error instanceof Problem, `${error}`);
    }
  }
});

Deno.test("parseBoundary() reads the boundary, quoted or not", () => {
  const type = "multipart/form-data";
  assert.equal(parseBoundary(`${type}; boundary=----WebKit1`), "----WebKit1");
  assert.equal(parseBoundary(`${type}; charset=x; Boundary="a b'c"`), "a b'c");
  for (
    const parameter of [
      "",
      "; boundary=",
      '; boundary=""',
      '; boundary="a "',
      "; boundary=a\u00e9",
      `; boundary=${"a".repeat(71)}`,
    ]
  ) {
    assert.throws(() => parseBoundary(type + parameter), { status: 400 });
  }
});
