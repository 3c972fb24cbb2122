import assert from "node:assert/strict";
import { classNames } from "../../src/class_names.ts";
import { findLabelledFiles } from "../../src/cli/labelled_files.ts";
import type { TableClasses } from "../../src/evaluate/label_table.ts";
import { folderWith } from "./folder_with.ts";
import { unreadable } from "./unreadable.ts";
import { EVAL_PHOTOS, IMAGENET, testWith } from "../shared_data.ts";

const LABELS = ["ant", "bee", "cat"];

/** The classes of a table, with ids unless `ids` is null. */
function classesOf(
  least: 0 | 1,
  ids: readonly string[] | null,
  labels: readonly string[] = LABELS,
): TableClasses {
  return { labels, names: classNames(labels, ids), least };
}

/** Searches a folder of these files, for a model with softmax or a sigmoid. */
async function find(
  files: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
  least: 0 | 1 = 1,
) {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of folders) await Deno.mkdir(`${folder}/${name}`);
    for (const [name, content] of Object.entries(files)) {
      const parent = `${folder}/${name}`.replace(/\/[^/]*$/, "");
      await Deno.mkdir(parent, { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, content);
    }
    const ids = ["n00000001", "n00000002", "n00000003"];
    const found = await findLabelledFiles(folder, classesOf(least, ids));
    return found.files.map(({ path, name, classes }) => {
      assert.equal(path, `${folder}/${name}`);
      return [name, ...classes];
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findLabelledFiles() follows links to classes, files and the table", async () => {
  await using folder = await folderWith(["Bee/a.jpg", "photos/b.jpg", "notes"]);
  const { path } = folder;
  const classes = classesOf(1, null);
  const find = async (root: string) =>
    (await findLabelledFiles(root, classes)).files
      .map(({ name, classes }) => [name, ...classes]);
  await Deno.mkdir(`${path}/linked`);
  for (const name of ["Bee", "notes"]) {
    await Deno.symlink(`${path}/${name}`, `${path}/linked/${name}`);
  }
  await Deno.symlink(`${path}/photos`, `${path}/linked/Cat`);
  const labelled = [["Bee/a.jpg", 1], ["Cat/b.jpg", 2]];
  assert.deepEqual(await find(`${path}/linked`), labelled);
  const table = "file\tlabel\nBee/a.jpg\tAnt\nCat/b.jpg\tBee\n";
  await Deno.writeTextFile(`${path}/table`, table);
  await Deno.symlink(`${path}/table`, `${path}/linked/labels.tsv`);
  assert.deepEqual(await find(`${path}/linked`), [
    ["Bee/a.jpg", 0],
    ["Cat/b.jpg", 1],
  ]);
});

Deno.test("findLabelledFiles() takes a folder for each class, by name or id", async () => {
  assert.deepEqual(
    await find({
      "Bee/b.jpg": "",
      "Bee/a.PNG": "",
      "Bee/more/c.webp": "",
      "Bee/notes.txt": "",
      "n00000003/d.jpeg": "",
      ".cache/e.jpg": "",
      "README.md": "",
    }),
    [
      ["Bee/a.PNG", 1],
      ["Bee/b.jpg", 1],
      ["Bee/more/c.webp", 1],
      ["n00000003/d.jpeg", 2],
    ],
  );
});

Deno.test("findLabelledFiles() takes the rows of labels.tsv instead", async () => {
  const table = "file\tindices\tnames\r\nx/a.jpg\t2,0\tcat\r\n\r\nb.jpg\t1\r\n";
  assert.deepEqual(
    await find({ "labels.tsv": table, "dog/c.jpg": "", "x/a.jpg": "" }),
    [["x/a.jpg", 2, 0], ["b.jpg", 1]],
  );
});

Deno.test("findLabelledFiles() takes names in labels.tsv too, or a column for each label", async () => {
  const names = "file\tlabels\na.jpg\tcat, Bee\nb.jpg\tant\n";
  const expected = [["a.jpg", 2, 1], ["b.jpg", 0]];
  assert.deepEqual(await find({ "labels.tsv": names }), expected);
  const columns = "file\tcat\tant\tbee\r\na.jpg\t1\t0\t1\r\nb.jpg\t0\t1\t0";
  assert.deepEqual(await find({ "labels.tsv": columns }), expected);
});

Deno.test("findLabelledFiles() finds images without a label for a model with a sigmoid", async () => {
  const table = "file\tlabels\na.jpg\tcat\nb.jpg\t\nc.jpg\n";
  assert.deepEqual(
    await find({ "labels.tsv": table }, [], 0),
    [["a.jpg", 2], ["b.jpg"], ["c.jpg"]],
  );
  const columns = "file\tant\tbee\tcat\na.jpg\t1\t1\t0\nb.jpg\t0\t0\t0\n";
  assert.deepEqual(
    await find({ "labels.tsv": columns }, [], 0),
    [["a.jpg", 0, 1], ["b.jpg"]],
  );
  assert.deepEqual(
    await find({ "ant/a.jpg": "", "none/b.jpg": "" }, [], 0),
    [["ant/a.jpg", 0], ["none/b.jpg"]],
  );
  await assert.rejects(
    find({ "none/b.jpg": "", "dog/a.jpg": "" }, [], 0),
    /1 of its 2 folders isn't a class of the model: "dog"\. .*, or "none" for images without a label$/,
  );
  for (
    const [rows, are] of [
      ["a.jpg\t\n", /: none has a label$/],
      ["a.jpg\t1,2\nb.jpg\t1,2\n", /: all are of "bee" and "cat"$/],
    ] as const
  ) {
    await assert.rejects(
      find({ "labels.tsv": `file\tlabels\n${rows}` }, [], 0),
      are,
    );
  }
});

Deno.test("findLabelledFiles() refuses columns that don't say all labels", async () => {
  const cases: [table: string, message: RegExp][] = [
    ["file\tant\tbee\n", /each label must have a column: "cat" has none/],
    ["file\tant\tbee\tcats\tcat\n", /"cats" isn't one/],
    [
      "file\tant\tbee\tcat\na.jpg\t1\t0\n",
      /line 2 must have 0 or 1 .*: it has ""/,
    ],
    ["file\tant\tbee\tcat\na.jpg\t1\t0\tyes\n", /it has "yes"/],
  ];
  for (const [table, message] of cases) {
    await assert.rejects(find({ "labels.tsv": table }, [], 0), {
      name: "ArgumentError",
      message,
    });
  }
});

Deno.test("findLabelledFiles() refuses a labels.tsv whose first line is an image's", async () => {
  const rows = "alp.jpg\tant,bee\ndrum.jpg\tbee\nfig.jpg\t\n";
  const files = { "alp.jpg": "", "x/photo": "" };
  for (
    const [table, image] of [
      [rows, "alp.jpg"],
      [rows.replaceAll("\n", "\r\n"), "alp.jpg"],
      [`x/photo\tant\n${rows}`, "x/photo"],
      ["x/absent.PNG\t1\t0\t0\nalp.jpg\t0\t1\t0\n", "x/absent.PNG"],
    ] as const
  ) {
    await assert.rejects(find({ ...files, "labels.tsv": table }, [], 0), {
      name: "ArgumentError",
      message: new RegExp(
        `^Cannot use .*labels\\.tsv as its first line must be a heading, such as file<TAB>labels: it names ${image}$`,
      ),
    });
  }
  for (const heading of ["file\tlabels", "", "x", "\0\tlabels"]) {
    const found = await find(
      {
        ...files,
        "labels.tsv": `${heading}\n${rows}`,
      },
      [],
      0,
    );
    assert.equal(found.length, 3);
  }
});

const TABLES: [rows: string, message: RegExp][] = [
  [
    "a.jpg\t3\n",
    /line 2 must have .*, or indices < 3: it has "3"\. Is the file for another model\?$/,
  ],
  ["a.jpg\t0\nb.jpg\t-1\n", /line 3 must have .* it has "-1"/],
  ["a.jpg\t1,\n", /it has "1,"/],
  ["a.jpg\tdog\n", /it has "dog"/],
  ["a.jpg\n", /line 2 must have a class/],
  ["a.jpg\t0\na.jpg\t1\n", /line 3 names a\.jpg again/],
  ["", /images of >= 2 classes: it has none/],
  ["a.jpg\t1\nb.jpg\t1,2\n", /images of >= 2 classes: all are of "bee"/],
];

for (const [rows, message] of TABLES) {
  Deno.test(`findLabelledFiles() refuses a labels.tsv of ${JSON.stringify(rows)}`, async () => {
    await assert.rejects(find({ "labels.tsv": `file\tindices\n${rows}` }), {
      name: "ArgumentError",
      message,
    });
  });
}

Deno.test("findLabelledFiles() refuses folders that it can't make sense of", async () => {
  const cases: [find: () => Promise<unknown>, message: RegExp][] = [
    [
      () => find({}),
      /neither a labels\.tsv nor one folder per class, such as /,
    ],
    [() => find({ "a.jpg": "" }), /nor one folder per class/],
    [
      () => find({ "ant/a.jpg": "", "dog/b.jpg": "", "eel/c.jpg": "" }),
      /2 of its 3 folders aren't classes of the model: "dog", "eel"\. Should be names of its classes: "ant", "bee", "cat"$/,
    ],
    [
      () => find({ "ant/a.jpg": "", "bee/b.jpg": "", "eel/c.jpg": "" }),
      /as 1 of its 3 folders isn't a class of the model: "eel"\./,
    ],
    [
      () =>
        find(Object.fromEntries(
          Array.from({ length: 9 }, (_, i) => [`dog${i}/a.jpg`, ""]),
        )),
      /: "dog0", "dog1", "dog2" and 6 more\./,
    ],
    [
      () => find({ "ant/a.jpg": "" }, ["bee"]),
      /\/bee: no image in this folder/,
    ],
    [() => find({ "ant/a.jpg": "", "bee/b.txt": "" }), /\/bee: no image/],
    [() => find({ "ant/a.jpg": "" }), /all are of "ant"/],
    [
      () => find({ "ant/a.jpg": "", "n00000001/b.jpg": "" }),
      /all are of "ant"/,
    ],
    [
      () => find({ "ant/a.jpg": "", "bee/b.jpg": "", "c.jpg": "" }),
      /as c\.jpg is in no class folder: move it/,
    ],
  ];
  for (const [found, message] of cases) {
    await assert.rejects(found(), { name: "ArgumentError", message });
  }
});

Deno.test("findLabelledFiles() names folders that can't be read, and what it passes over", async () => {
  await using folder = await folderWith([
    "ant/a.jpg",
    "ant/secret/b.jpg",
    "bee/c.jpg",
    "bee/d.psd",
    "._bee.jpg",
    "README.md",
  ]);
  const { path } = folder;
  using _ = unreadable(`${path}/ant/secret`);
  const { files, problems, passedOver } = await findLabelledFiles(
    `${path}/`,
    classesOf(1, null),
  );
  assert.deepEqual(files.map(({ name }) => name), ["ant/a.jpg", "bee/c.jpg"]);
  assert.deepEqual(problems.map((it) => it.path), [`${path}/ant/secret`]);
  assert.equal(
    passedOver.describe(),
    "skipped 3 files: 1 hidden, 1 .md, 1 .psd",
  );
});

Deno.test("findLabelledFiles() says how WordNet ids are found", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/n02123045`);
    await assert.rejects(
      findLabelledFiles(folder, classesOf(1, null)),
      /For WordNet ids name a classes\.json of \[id, name\] with --classes/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("findLabelledFiles() refuses what isn't a folder", async () => {
  const file = await Deno.makeTempFile();
  try {
    for (const path of [file, `${file}/absent`]) {
      await assert.rejects(
        findLabelledFiles(path, classesOf(1, null)),
        /no such file or folder|is not a folder/,
      );
    }
  } finally {
    await Deno.remove(file);
  }
});

testWith(
  IMAGENET && EVAL_PHOTOS,
  "findLabelledFiles() finds the same classes by WordNet ids as in the table",
  async () => {
    const json = JSON.parse(await Deno.readTextFile(`${IMAGENET}classes.json`));
    const ids = json.map(([id]: [string]) => id);
    const labels = json.map(([_, name]: [string, string]) => name);
    const all = classesOf(1, ids, labels);
    const { files } = await findLabelledFiles(EVAL_PHOTOS!, all);
    assert.equal(files.length, 37);
    for (const { name, classes } of files) {
      assert.ok(classes.includes(all.names.find(name.split("/")[0]!)!), name);
      assert.ok((await Deno.stat(`${EVAL_PHOTOS}${name}`)).isFile);
    }
  },
);
