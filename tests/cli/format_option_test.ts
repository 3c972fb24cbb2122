import assert from "node:assert/strict";
import { formatOf, resultTable } from "../../src/cli/format_option.ts";
import { captured, run } from "./in_process.ts";
import { parseTable } from "./parse_csv.ts";
import { PHOTOS, workFolder } from "./totem.ts";

Deno.test("formatOf() takes --json for a format, and no second one", () => {
  const of = (format: "csv" | "json" | undefined, json: boolean) =>
    formatOf({ format, json }, "text");
  assert.equal(of(undefined, false), "text");
  assert.equal(of("csv", false), "csv");
  assert.equal(of(undefined, true), "json");
  assert.equal(of("json", true), "json");
  assert.throws(() => of("csv", true), {
    name: "UsageError",
    message: "Cannot use --json with --format csv",
  });
});

Deno.test("resultTable() begins with the first row, and has cells by name", async () => {
  const write = (isTerminal: boolean, rows: number) =>
    captured((io) => {
      const table = resultTable(io, "csv", ["file", "label"]);
      for (let i = 0; i < rows; i++) table.add({ label: "=\x1b[1m\n" });
      table.add({ file: "-x\r\n.jpg" });
    }, { isTerminal, env: { TERM: "xterm" } });
  assert.equal(
    (await write(false, 1)).stdout,
    `file,label\r\n,"'=\x1b[1m\n"\r\n"./-x\r\n.jpg",\r\n`,
  );
  assert.equal(
    (await write(true, 1)).stdout,
    `file,label\n,"'=\ufffd[1m\ufffd"\n"./-x\ufffd\ufffd.jpg",\n`,
  );
  const { stdout } = await captured((io) => {
    const table = resultTable(io, "tsv", ["a", "b"]);
    table.add({ a: "-x\n", b: 1 });
  }, { isTerminal: true });
  assert.equal(stdout, "a\tb\n-x\\n\t1\n");
  const none = await captured((io) => void resultTable(io, "tsv", ["a"]));
  assert.equal(none.stdout, "");
});

Deno.test("totem classify --format csv has a row for each class, and for what failed", async () => {
  await using folder = await workFolder();
  const photo = `${folder.path}/a,"1"\n.jpg`;
  await Deno.copyFile(`${PHOTOS}/fig.jpg`, photo);
  const args = ["classify", "--top", "2", ...folder.model];
  const files = [photo, "gone.jpg", `${PHOTOS}/drum.jpg`];
  const of = async (format: string) => {
    const made = await run([...args, "--format", format, ...files]);
    assert.equal(made.code, 1);
    return made.stdout;
  };
  const csv = await of("csv");
  const rows = parseTable(csv);
  const lines = (await of("json")).trimEnd().split("\n").map((it) =>
    JSON.parse(it)
  );
  const expected = lines.flatMap(({ file, error, classes }) =>
    classes?.map((it: Record<string, unknown>, i: number) => ({
      ...{ file, rank: i + 1, label: it.label, id: "", index: it.index },
      ...{ probability: it.probability, logit: "", error: "" },
    })) ?? [{
      ...{ file, rank: "", label: "", id: "", index: "", probability: "" },
      ...{ logit: "", error },
    }]
  );
  assert.deepEqual(
    rows,
    expected.map((row) =>
      Object.fromEntries(Object.entries(row).map(([k, it]) => [k, `${it}`]))
    ),
  );
  assert.deepEqual(rows.map(({ rank }) => rank), ["", "1", "2", "1", "2"]);
  assert.equal(
    await of("tsv"),
    [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))].map(
      (row) => row.map((it) => it.replaceAll("\n", "\\n")).join("\t") + "\n",
    ).join(""),
  );
});

Deno.test("totem classify --format csv has logits, and a row where no label is likely", async () => {
  await using folder = await workFolder();
  const of = async (...options: string[]) => {
    const args = ["--format=csv", ...folder.model, ...options];
    const made = await run(["classify", ...args, `${PHOTOS}/drum.jpg`]);
    assert.equal(made.code, 0, made.stderr);
    return parseTable(made.stdout);
  };
  const [first, ...others] = await of("--activation", "none", "--top", "3");
  assert.equal(others.length, 2);
  assert.equal(first!.probability, "");
  assert.ok(Number(first!.logit) >= Number(others[0]!.logit));
  const none = await of("--activation", "sigmoid", "--threshold", "0.9999");
  assert.equal(none.length, 1);
  assert.deepEqual([none[0]!.file, none[0]!.rank], [`${PHOTOS}/drum.jpg`, ""]);
});

Deno.test("a wrong format is refused before anything is written", async () => {
  for (
    const [args, message] of [
      [["--format", "xml"], /Should be one of: text, json, csv, tsv/],
      [["--format", "csv", "--json"], /Cannot use --json with --format csv/],
      [["--format", "csv"], /no image is given/],
    ] as const
  ) {
    const { code, stdout, stderr } = await run(["classify", ...args]);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, message);
  }
});
