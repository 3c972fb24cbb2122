import assert from "node:assert/strict";
import type { BatchPlan } from "../../src/batch/plan.ts";
import { plannedRoot, rootOf } from "../../src/batch/root.ts";
import { memoryStorage } from "./memory_storage.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

Deno.test("a run's images are found where they were, and where both were moved", async () => {
  await using folder = await temporaryFolder();
  const before = `${folder.path}/before`;
  await Deno.mkdir(`${before}/photos`, { recursive: true });
  const root = await plannedRoot(`${before}/photos`, at(`${before}/runs/1`));
  assert.equal(root, "../../photos");
  assert.equal(
    rootOf(planIn(root), at(`${before}/runs/1`)),
    `${before}/photos`,
  );
  assert.equal(rootOf(planIn(root), at("/b/runs/1/")), "/b/photos");
  assert.equal(await plannedRoot(before, at(before)), ".");
  assert.equal(rootOf(planIn("."), at(before)), before);
});

Deno.test("a run behind a link finds its images by either path", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await Deno.mkdir(`${path}/photos`);
  await Deno.mkdir(`${path}/far/away/run`, { recursive: true });
  await Deno.symlink(`${path}/far/away/run`, `${path}/run`);
  const root = await plannedRoot(`${path}/photos`, at(`${path}/run`));
  for (const run of ["run", "far/away/run"]) {
    assert.equal(
      rootOf(planIn(root), at(`${path}/${run}`)),
      `${path}/photos`,
    );
  }
});

Deno.test("a run in a bucket has its images at an absolute path", async () => {
  const bucket = at("s3://bucket/run");
  assert.equal(await plannedRoot("/photos", bucket), "/photos");
  assert.equal(rootOf(planIn("/photos"), bucket), "/photos");
});

Deno.test("another root can be named", () => {
  const cwd = Deno.cwd();
  for (const run of ["run", "s3://bucket/run"]) {
    assert.equal(rootOf(planIn("../p"), at(run), "photos"), `${cwd}/photos`);
    assert.equal(rootOf(planIn("/p"), at(run), "/q"), "/q");
  }
  assert.equal(rootOf(planIn(undefined), at("run")), undefined);
});

Deno.test("a root that has no meaning here is refused", () => {
  assert.throws(() => rootOf(planIn("../photos"), at("s3://bucket/run")), {
    name: "ArgumentError",
    message:
      "Cannot find the images of s3://bucket/run as they are in ../photos, which is relative to a folder, and the run isn't in one: name their folder on this machine with --root, or root",
  });
  for (const root of ["C:\\photos", "d:/photos", "\\\\server\\photos"]) {
    assert.throws(
      () => rootOf(planIn(root), at("run")),
      /which is a path on Windows: name their folder on this machine with --root/,
    );
  }
});

function at(address: string) {
  return { ...memoryStorage(), address };
}

function planIn(root: string | undefined): BatchPlan {
  const images = { ...root !== undefined && { root } };
  return { images } as unknown as BatchPlan;
}
