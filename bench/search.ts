/**
 * Measures similar-image search in an index of 100,000 synthetic vectors on one thread,
 * against a loop over their f32 values in JavaScript, and its recall of the exact f32
 * results: `deno task bench-search`.
 *
 * @module
 */
import process from "node:process";
import { SearchIndex } from "../src/search/mod.ts";
import { readOptions } from "./options.ts";
import { randomNumbers } from "../tests/random.ts";

const FEATURES = 2048;

/**
 * Makes features like a network's: half are near 0, and few are large. Each vector
 * mixes one of `topics` with a part of its own, so that some are more similar than
 * others.
 */
function makeFeatures(topics: number) {
  const random = randomNumbers(1);
  const draw = () => {
    const features = new Float32Array(FEATURES);
    for (let i = 0; i < FEATURES; i++) features[i] = 3 * random() ** 6;
    return features;
  };
  const known = Array.from({ length: topics }, draw);
  return (): Float32Array => {
    const topic = known[Math.floor(random() * topics)]!;
    const own = known[Math.floor(random() * topics)]!;
    const part = random() * 0.5;
    const first = Math.floor(random() * FEATURES);
    return topic.map((it, i) =>
      (1 - part) * it + part * own[(i + first) % FEATURES]!
    );
  };
}

/** The rows with the largest cosines, by a linear scan in f32. */
function exactTop(
  vectors: readonly Float32Array[],
  query: Float32Array,
  top: number,
): number[] {
  const cosines = vectors.map((vector, row) => {
    let dot = 0, squares = 0;
    for (let i = 0; i < FEATURES; i++) {
      dot += vector[i]! * query[i]!;
      squares += vector[i]! * vector[i]!;
    }
    return { row, cosine: dot / Math.sqrt(squares) };
  });
  return cosines.sort((a, b) => b.cosine - a.cosine).slice(0, top)
    .map(({ row }) => row);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

if (import.meta.main) {
  const { images, rounds, ...options } = readOptions("bench-search", {
    images: 100_000,
    rounds: 50,
    // Fewer, since f32 takes four times the memory.
    compared: 10_000,
  });
  const compared = Math.min(images, options.compared);
  const make = makeFeatures(500);
  const model = {
    name: "made up",
    size: 299,
    pattern: new Uint8Array(FEATURES),
  };
  const index = await SearchIndex.create({ model, root: "." });
  const small = await SearchIndex.create({ model, root: "." });
  const vectors: Float32Array[] = [];
  for (let row = 0; row < images; row++) {
    const features = make();
    const image = { name: `${row}`, version: "" };
    index.add(image, features);
    if (row >= compared) continue;
    small.add(image, features);
    vectors.push(features);
  }

  const times: number[] = [];
  const work: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const query = make();
    const used = process.cpuUsage();
    const begin = performance.now();
    index.nearest(query, 10);
    times.push(performance.now() - begin);
    const { user, system } = process.cpuUsage(used);
    work.push((user + system) / 1000);
  }
  const bytes = images * FEATURES;
  console.log(
    `${images} vectors of ${FEATURES} int8, ${(bytes / 1e6).toFixed(0)} MB`,
  );
  console.log("nearest()               min    median     first");
  // CPU time doesn't include the work of other programs.
  for (
    const [name, all] of [["ms", times], ["CPU ms", work]] as const
  ) {
    console.log(
      name.padEnd(18),
      ...[Math.min(...all), median(all), all[0]!].map((it) =>
        it.toFixed(1).padStart(8)
      ),
    );
  }

  let found = 0;
  const slow: number[] = [];
  const queries = 20;
  for (let i = 0; i < queries; i++) {
    const query = make();
    const begin = performance.now();
    const exact = new Set(exactTop(vectors, query, 10));
    slow.push(performance.now() - begin);
    found += small.nearest(query, 10)
      .filter(({ name }) => exact.has(Number(name))).length;
  }
  console.log(
    `f32 in JavaScript, ${compared} vectors: ${
      median(slow).toFixed(1)
    } ms (median); of its 10 best int8 finds ${(found / queries).toFixed(2)}`,
  );
}
