import assert from "node:assert/strict";
import { bytes, flag, text, texts } from "../../src/cli/option_kinds.ts";
import { asksQuiet, parseOptions } from "../../src/cli/options.ts";

const OPTIONS = {
  top: text("5"),
  out: text(),
  json: flag,
  model: texts("nsfw"),
};
const parse = (...args: string[]) => parseOptions(args, OPTIONS);

Deno.test("options and other arguments come in any order", () => {
  assert.deepEqual(parse("a.jpg", "--top", "3", "-", "--json", "--out=x=y"), {
    values: { top: "3", out: "x=y", json: true, model: ["nsfw"] },
    positionals: ["a.jpg", "-"],
  });
});

Deno.test("without arguments every option has its default", () => {
  assert.deepEqual(parse(), {
    values: { top: "5", out: undefined, json: false, model: ["nsfw"] },
    positionals: [],
  });
});

Deno.test("an option is given once, unless it keeps all", () => {
  const { values } = parse("--json", "--model=a", "--model", "b", "--json");
  assert.deepEqual(values.model, ["a", "b"]);
  assert.throws(() => parse("--top=1", "--top", "2"), {
    name: "UsageError",
    message: "Cannot use --top twice: 1 and 2 are given",
  });
});

Deno.test("what follows -- isn't read as an option", () => {
  const { values, positionals } = parse("--", "--json", "--", "-x");
  assert.equal(values.json, false);
  assert.deepEqual(positionals, ["--json", "--", "-x"]);
});

Deno.test("a value may be empty, have lines, or begin with - after =", () => {
  assert.equal(parse("--top", "").values.top, "");
  assert.equal(parse("--top=").values.top, "");
  assert.equal(parse("--top=-1").values.top, "-1");
  assert.equal(parse("--out=a\nb=c").values.out, "a\nb=c");
  assert.equal(parse("--out", "-").values.out, "-");
});

Deno.test("a wrong option is named", () => {
  for (
    const [args, message] of [
      [["--nosuch"], /^Unknown option --nosuch$/],
      [["--nosuch=1"], /^Unknown option --nosuch$/],
      [["-t", "1"], /^Unknown option -t$/],
      [["--toString"], /^Unknown option --toString$/],
      [["--=1"], /^Unknown option --$/],
      [["--help-al"], /^Unknown option --help-al: did you mean --help-all\?$/],
      [
        ["-a b.jpg"],
        /^Unknown option -a b\.jpg: for a file, write \.\/-a b\.jpg$/,
      ],
      [["--top"], /--top as its value is missing/],
      [["--top", "--json"], /--top as its value is missing/],
      [["--top", "-a"], /missing: -a follows\. Write --top=-a if/],
      [["--json=yes"], /--json=yes as it takes no value/],
    ] as const
  ) {
    assert.throws(() => parse(...args), { name: "UsageError", message });
  }
});

Deno.test("a short name stands for an option, also where a value is missing", () => {
  const options = { null: { ...flag, short: "0" }, list: text() };
  const parse = (...args: string[]) => parseOptions(args, options).values;
  assert.deepEqual(parse("-0"), { null: true, list: undefined });
  assert.deepEqual(parse("--list=-0"), { null: false, list: "-0" });
  for (const args of [["--list", "-0"], ["--list", "-q"], ["-1"]]) {
    assert.throws(() => parse(...args), { name: "UsageError" });
  }
});

Deno.test("every command takes --quiet, which is no option's value", () => {
  assert.deepEqual(parse("--quiet", "a", "-q").positionals, ["a"]);
  assert.equal("quiet" in parse("--quiet").values, false);
  assert.equal(asksQuiet(["a", "-q"]), true);
  assert.equal(asksQuiet(["--quiet"]), true);
  assert.equal(asksQuiet(["a", "--", "--quiet", "-q"]), false);
  assert.throws(() => parse("--quite"), { message: /did you mean --quiet/ });
  assert.throws(() => parse("--top", "--quiet"), { message: /is missing/ });
});

Deno.test("an option may need another, or exclude it", () => {
  const options = {
    mean: { ...text(), needs: "std" },
    std: text(),
    scale: { ...text(), excludes: ["other", "mean"] },
  };
  const parse = (...args: string[]) => parseOptions(args, options).values;
  assert.equal(parse("--std=1", "--mean=2").mean, "2");
  assert.equal(parse("--scale", "-1..1", "--std=1").scale, "-1..1");
  assert.throws(() => parse("--mean=2"), {
    name: "UsageError",
    message: "Cannot use --mean without --std",
  });
  assert.throws(() => parse("--mean=2", "--scale=1", "--std=1"), {
    name: "UsageError",
    message: "Cannot use --scale with --mean",
  });
});

Deno.test("sizes are bytes, or have a unit", () => {
  const read = (size: string) =>
    parseOptions(["--size", size], { size: bytes(7) }).values.size;
  const cases: readonly (readonly [string, number])[] = [
    ["1", 1],
    ["400000000", 400_000_000],
    ["9B", 9],
    ["1GB", 1e9],
    ["1gb", 1e9],
    ["1.1GB", 1.1e9],
    ["400 MB", 4e8],
    ["64KiB", 65_536],
    ["1.5MiB", 1.5 * 2 ** 20],
    ["2GiB", 2 ** 31],
  ];
  for (const [text, size] of cases) assert.equal(read(text), size, text);
  for (
    const text of [
      ...["", "0", "0MB", "-1", "1e9", "MB", "1TB", "1G", "0.5B", ".5GB"],
      ...["1,5GB", "99999999GB", "1constructor"],
    ]
  ) {
    assert.throws(() => read(text), {
      name: "UsageError",
      message:
        `Cannot use --size ${text} as it must be a number of bytes >= 1, such as 400000000, 400MB or 1GiB`,
    });
  }
  assert.equal(parseOptions([], { size: bytes(7) }).values.size, 7);
});
