import assert from "node:assert/strict";
import { run } from "./in_process.ts";
import { PHOTOS, workFolder } from "./totem.ts";

Deno.test("totem evaluate --files-from takes the images of the folder that the list names", async () => {
  await using folder = await workFolder();
  const photos = `${folder.path}/photos`;
  const names = ["drum", "fig", "clock", "alp"];
  const paths = names.map((name, i) => `${photos}/class ${i % 2}/${name}.jpg`);
  for (const [i, name] of names.entries()) {
    await Deno.mkdir(`${photos}/class ${i % 2}`, { recursive: true });
    await Deno.copyFile(`${PHOTOS}/${name}.jpg`, paths[i]!);
  }
  const evaluate = (list: readonly string[], ...options: string[]) =>
    run([
      ...["evaluate", "--json", ...folder.model, ...options],
      ...["--files-from", "-", photos],
    ], { stdin: new TextEncoder().encode(list.join("\n")) });
  const of = async (list: readonly string[], code: number) => {
    const made = await evaluate(list);
    assert.equal(made.code, code, made.stderr);
    return JSON.parse(made.stdout);
  };
  const all = await of(paths, 0);
  assert.deepEqual([all.images, all.failed], [4, 0]);
  // In another order, repeated, and under other spellings of the path.
  const [drum, fig] = paths;
  const two = [fig!, `${photos}/../photos/class 0/drum.jpg`, fig!];
  const some = await of(two, 0);
  assert.equal(some.images, 2);
  assert.deepEqual(
    some.classes.reduce(
      (sum: number, it: { images: number }) => sum + it.images,
      0,
    ),
    2,
  );
  const odd = [drum!, fig!, `${photos}/class 0/gone.jpg`, `${PHOTOS}/alp.jpg`];
  const rest = await of(odd, 1);
  assert.equal(rest.images, 2);
  assert.deepEqual(rest.errors, [
    { file: odd[2], error: `${photos} has no image with a class there` },
    { file: odd[3], error: `it isn't in ${photos}` },
  ]);

  const table =
    `file\tlabels\n./class 0/drum.jpg\tclass 0\nclass 1/fig.jpg\tclass 1\nclass 1/alp.jpg\tclass 1\n`;
  await Deno.writeTextFile(`${photos}/labels.tsv`, table);
  assert.equal((await of([drum!, fig!], 0)).images, 2);
  assert.equal((await of([drum!, fig!, paths[2]!], 1)).failed, 1);

  for (
    const [list, message] of [
      [[], /as standard input names none of its images\n/],
      [["a.jpg"], /as standard input names none .*: a\.jpg: it isn't in /],
      [[drum!], />= 2 classes: all are of "class 0"/],
    ] as const
  ) {
    const { code, stdout, stderr } = await evaluate(list);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  }
  const several = await run([
    ...["evaluate", "--json", "--model", `${folder.path}/model`],
    ...["--variant=75,80", "--files-from=-", photos],
  ], { stdin: new TextEncoder().encode(`${drum}\n${fig}`) });
  assert.equal(several.code, 0, several.stderr);
  assert.equal(several.stdout.trimEnd().split("\n").length, 2);
});
