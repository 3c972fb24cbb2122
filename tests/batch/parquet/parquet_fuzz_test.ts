import assert from "node:assert/strict";
import { parquetMetadata } from "hyparquet";
import { parquetCorpus } from "../../../src/batch/corpus/parquet_corpus.ts";
import { resultColumns } from "../../../src/batch/columns.ts";
import { writeTable } from "../../../src/batch/write_table.ts";
import { TotemError } from "../../../src/errors.ts";
import { bytesRanges } from "../../../src/io/byte_ranges.ts";
import { fuzzRuns } from "../../fuzz_runs.ts";
import { mutateBytes } from "../../mutations.ts";
import { randomNumbers } from "../../random.ts";

const DATA = new URL("../../data/batch/", import.meta.url);
const RUNS = fuzzRuns(100, 1000);

/** Two of DuckDB's files, one for each version of pages, and one of our own. */
const FILES = [
  await Deno.readFile(new URL("types.parquet", DATA)),
  await Deno.readFile(new URL("types_v2.parquet", DATA)),
  await writeTable("parquet", {
    columns: resultColumns({
      task: "classify",
      images: { columns: [] } as never,
    }),
    rows: Array.from({ length: 300 }, (_, i) => [
      `photos/${i}.jpg`,
      ...["cat", i % 7, 1 / i, ["cat", null], [i, 7], i % 5 ? [0.5] : null],
      ...(i % 3 ? [null, null] : ["absent", "There is no such file"]),
    ]),
  }, { plan: "0" }),
];

Deno.test("damaged Parquet files are refused, or read for what they say", async () => {
  const random = randomNumbers(18);
  let refused = 0;
  for (let run = 0; run < RUNS; run++) {
    const file = FILES[run % FILES.length]!;
    const { metadata_length } = parquetMetadata(file);
    const pagesEnd = file.length - metadata_length - 8;
    const damaged = run % 4 < 3
      ? mutateBytes(file, random, 4, pagesEnd)
      : mutateBytes(file, random, pagesEnd, file.length);
    try {
      const corpus = await parquetCorpus(bytesRanges(damaged), "a");
      let rows = 0;
      for await (const { values } of corpus.rows()) {
        assert.equal(values.length, corpus.columns.length);
        // Few bytes can encode many rows: the first ones are enough.
        if (++rows === 100_000) break;
      }
    } catch (error) {
      refused++;
      const isTyped = error instanceof TotemError &&
        ["corrupt-run", "invalid-argument"].includes(error.code);
      if (!isTyped) throw new Error(`run ${run}: ${error}`, { cause: error });
    }
  }
  assert.ok(refused > RUNS / 4, `${refused} of ${RUNS}`);
});
