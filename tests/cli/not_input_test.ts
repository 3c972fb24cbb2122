import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { adapt } from "../../src/cli/adapt.ts";
import type { Command } from "../../src/cli/command.ts";
import { convert } from "../../src/cli/convert.ts";
import { evaluate } from "../../src/cli/evaluate.ts";
import { explain } from "../../src/cli/explain.ts";
import { features } from "../../src/cli/features.ts";
import { finetune } from "../../src/cli/finetune.ts";
import { index } from "../../src/cli/index_images.ts";
import { inspect } from "../../src/cli/inspect.ts";
import { assertNotInput } from "../../src/cli/not_input.ts";
import { search } from "../../src/cli/search.ts";
import { folderWith } from "./folder_with.ts";
import { unseen } from "./in_process.ts";

const USED = "the same command uses this file otherwise: name another one";

Deno.test("assertNotInput() knows an input again by other paths, and in folders and globs", async () => {
  await using folder = await folderWith([
    "photos/a b.jpg",
    "photos/below/b.png",
    "photos/labels.tsv",
    "photos/chart.svg",
    "model/model.json",
    "model/group1-shard1of1.bin",
    "other",
  ]);
  const { path } = folder;
  const photo = `${path}/photos/a b.jpg`;
  const links = Deno.build.os === "windows" ? [] : [`${path}/link`];
  for (const link of links) await Deno.symlink(photo, link);
  const refused: [out: string, input: string][] = [
    [photo, photo],
    [`${path}/photos/../photos/a b.jpg`, photo],
    [photo, pathToFileURL(photo).href],
    [photo, `${path}/photos/*.jpg`],
    [photo, `${path}/photos`],
    [`${path}/photos/below/b.png`, `${path}/photos/`],
    [`${path}/photos/labels.tsv`, `${path}/photos`],
    [`${path}/model/model.json`, `${path}/model`],
    ...["model", "model/model.json"].map((it): [string, string] => [
      `${path}/model/group1-shard1of1.bin`,
      `${path}/${it}`,
    ]),
    // Also an output that doesn't exist yet, under another name.
    [`${path}/new`, `${path}/photos/../new`],
    ...links.flatMap((link): [string, string][] => [
      [link, photo],
      [photo, link],
    ]),
  ];
  for (const [out, input] of refused) {
    await assert.rejects(
      assertNotInput(out, [undefined, `${path}/other`, input]),
      { name: "FileError", message: `Cannot write ${out}: ${USED}` },
      `${out} of ${input}`,
    );
  }
  const others = ["nsfw", "-", "https://a.example/b?c=d", `${path}/photos`];
  for (const out of [`${path}/photos/chart.svg`, `${path}/photos/new.jpg`]) {
    await assertNotInput(out, others);
  }
});

Deno.test("no command writes where it reads, or writes twice", async () => {
  const names = ["0/a.jpg", "0/b.jpg", "1/a.jpg", "1/b.jpg"];
  const photos = names.map((it) => `photos/${it}`);
  const files = [...photos, "in.png", "model", "text", "index"];
  await using folder = await folderWith(
    Object.fromEntries(files.map((it) => [it, `text of ${it}`])),
  );
  const at = (name: string) => `${folder.path}/${name}`;
  const [model, made, text] = [at("model"), at("index"), at("text")];
  const [image, photo, all] = [at("in.png"), at(photos[3]!), at("photos")];
  const both = at("new.safetensors");
  const cases: [command: Command, ...args: string[]][] = [
    [search, image, "--index", made, "--html", made],
    [search, image, "--index", made, "--html", image],
    [search, image, "--index", made, "--model", model, "--html", model],
    [explain, image, "--out", image],
    [convert, model, "--out", model],
    [convert, model, "--labels", text, "--out", text],
    [convert, model, "--calibrate", all, "--out", photo],
    [convert, model, "--evaluate", all, "--out", photo],
    [adapt, model, "--images", all, "--out", model],
    [adapt, model, "--images", all, "--out", photo],
    [adapt, model, "--images", all, "--labels", text, "--out", text],
    [finetune, all, "--model", model, "--out", model],
    [finetune, all, "--out", photo],
    [finetune, all, "--validation", all, "--out", both, "--svg", photo],
    [finetune, all, "--out", both, "--svg", both],
    [evaluate, all, "--model", model, "--svg", model],
    [evaluate, all, "--classes", text, "--svg", text],
    [evaluate, all, "--svg", photo],
    [evaluate, all, "--resume", both, "--svg", both],
  ];
  for (const [command, ...args] of cases) {
    await assert.rejects(
      () => command.run(args, unseen()),
      { name: "FileError", message: `Cannot write ${args.at(-1)}: ${USED}` },
      args.join(" "),
    );
  }
  for (const name of files) {
    assert.equal(await Deno.readTextFile(at(name)), `text of ${name}`);
  }
  await assert.rejects(Deno.stat(both), Deno.errors.NotFound);
});

Deno.test("no command writes a file that has the ending of another kind", async () => {
  const names = ["photos/0/a.jpg", "photos/0/b.jpg", "photos/1/a.jpg"];
  const files = [...names, "in.png", "kept.jpg", "model", "index"];
  await using folder = await folderWith(
    Object.fromEntries(files.map((it) => [it, `text of ${it}`])),
  );
  const at = (name: string) => `${folder.path}/${name}`;
  const [model, image, all] = [at("model"), at("in.png"), at("photos")];
  const own = at("new.safetensors");
  const kept = at("kept.jpg");
  const cases: [command: Command, ...args: string[]][] = [
    [search, image, "--index", at("index"), "--html", kept],
    [explain, image, "--out", kept],
    [index, all, "--out", kept],
    [convert, model, "--out", kept],
    [adapt, model, "--images", all, "--out", kept],
    [finetune, all, "--out", kept],
    [finetune, all, "--out", own, "--svg", kept],
    [evaluate, all, "--svg", kept],
    [inspect, "--factorize", "--svg", kept],
    [features, image, "--npy", "--resume", kept],
  ];
  for (const [command, ...args] of cases) {
    await assert.rejects(
      () => command.run(args, unseen()),
      { name: "UsageError", message: /end in \.\w+/ },
      args.join(" "),
    );
  }
  assert.equal(await Deno.readTextFile(kept), "text of kept.jpg");
  await assert.rejects(Deno.stat(own));
});
