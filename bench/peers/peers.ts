/**
 * Measures this package and its peers on the same network and photo, and writes
 * `docs/benchmarks.md`, its chart, and the rows that the README quotes from it:
 * `deno task bench-peers`. The first run installs the peers.
 *
 * With `--only`, a regular expression for lines such as `Deno: Totem int8, 1 thread`,
 * it prints only the table of the matching entries.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { readOptions } from "../options.ts";
import { bundle } from "./bundle.ts";
import { compare, type Entry, nameOf } from "./compare.ts";
import {
  CONTESTANTS,
  type Runtime,
  RUNTIMES,
} from "./contestants/contestant.ts";
import { DIST } from "./dist.ts";
import { installPeers } from "./install.ts";
import { describeMachine } from "./machine.ts";
import { modelFileOf, writeModelFile } from "./model_files.ts";
import { readPhotos, referenceAnswers } from "./photos.ts";
import { quoteRows } from "./quote_rows.ts";
import { drawChart, writePage } from "./report.ts";
import { rowsOf } from "./rows.ts";
import { chromiumVersion } from "./run_page.ts";
import { writeTable } from "./table.ts";

const PAGE = new URL("../../docs/benchmarks.md", import.meta.url);
const CHART = new URL("../../docs/benchmarks.svg", import.meta.url);
const README = new URL("../../README.md", import.meta.url);

const tell = (text: string) => console.error(text);

/** Builds and installs everything that the entries need. */
async function prepare(entries: readonly Entry[]): Promise<void> {
  await Deno.mkdir(`${DIST}/models`, { recursive: true });
  const runtimes = new Set(entries.map(({ runtime }) => runtime));
  const hasNode = runtimes.has("Node 20") || runtimes.has("Node 24");
  if (hasNode || runtimes.has("Chromium")) await installPeers(DIST);
  if (hasNode) await bundle("node_main.ts", `${DIST}/node`);
  if (runtimes.has("Chromium")) await bundle("page_main.ts", `${DIST}/page`);
  const names = entries.map(({ contestant }) => modelFileOf(contestant));
  for (const name of new Set(names)) {
    tell(`Writing ${name}`);
    await writeModelFile(`${DIST}/models`, name);
  }
}

function availableRuntimes(chromium: string | undefined): readonly Runtime[] {
  if (chromium !== undefined) return RUNTIMES;
  tell("There is no Chromium here");
  return RUNTIMES.filter((runtime) => runtime !== "Chromium");
}

if (import.meta.main) {
  const { rounds, ...options } = readOptions("bench-peers", {
    rounds: 2,
    only: "",
  });
  const only = new RegExp(options.only);
  const chromium = await chromiumVersion();
  const runtimes = availableRuntimes(chromium);
  const entries = runtimes.flatMap((runtime) =>
    CONTESTANTS.filter(({ runtimes }) => runtimes?.includes(runtime) ?? true)
      .map((contestant) => ({ runtime, contestant }))
  ).filter((entry) => only.test(nameOf(entry)));
  await prepare(entries);
  const photos = await readPhotos();
  const pixels = photos.map(({ data }) => data as Uint8Array<ArrayBuffer>);
  await Deno.writeFile(`${DIST}/photos.rgba`, new Blob(pixels).stream());
  const reference = await referenceAnswers(photos);

  const results = await compare(entries, rounds, tell);
  const rows = rowsOf(results, reference);
  if (options.only !== "") {
    console.log(writeTable(rows));
  } else {
    const machine = await describeMachine(chromium);
    const page = writePage(rows, results, machine, rounds);
    // The sections of other benchmarks follow, unchanged.
    const [others = ""] = (await Deno.readTextFile(PAGE)).match(/^## .*/ms) ??
      [];
    await Deno.writeTextFile(PAGE, `${page}\n${others}`);
    await Deno.writeTextFile(CHART, drawChart(rows));
    const readme = await Deno.readTextFile(README);
    await Deno.writeTextFile(README, quoteRows(readme, page));
    await new Deno.Command(Deno.execPath(), {
      args: [
        "fmt",
        "--quiet",
        ...[PAGE, CHART, README].map((it) => fileURLToPath(it)),
      ],
    }).output();
  }
}
