import { joined } from "./joined.ts";
/**
 * Damages files as accidents and attackers do: their bytes, the text of JSON, and the
 * values in JSON.
 */

/** Returns numbers in [0, 1). */
export type Random = () => number;

/** A random integer in [0, n). */
export function below(random: Random, n: number): number {
  return Math.floor(random() * n);
}

/** A random element. */
export function pick<T>(random: Random, among: readonly T[]): T {
  return among[below(random, among.length)]!;
}

/**
 * Returns a copy of `bytes` with one to six kinds of damage, most of it between `from`
 * and `to`.
 */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  from = 0,
  to = bytes.length,
): Uint8Array {
  let file = bytes.slice();
  for (let n = below(random, 6); n >= 0 && file.length >= 8; n--) {
    const end = Math.min(to, file.length);
    const at = random() < 0.8 && end > from
      ? from + below(random, end - from)
      : below(random, file.length);
    const length = below(random, 200);
    const view = new DataView(file.buffer);
    switch (below(random, 9)) {
      case 0:
        file[at] = below(random, 256);
        break;
      case 1:
        file[at]! ^= 1 << below(random, 8);
        break;
      case 2:
        if (random() < 0.2) file = file.slice(0, at);
        break;
      case 3:
        file = joined(file.subarray(0, at), file.subarray(at + length));
        break;
      case 4: {
        const start = below(random, file.length);
        const part = file.slice(start, start + length);
        file = joined(file.subarray(0, at), part, file.subarray(at));
        break;
      }
      case 5:
        file.copyWithin(at, below(random, file.length), at + length);
        break;
      case 6:
        file.fill(
          pick(random, [0, 1, 0x7f, 0x80, 0xff]),
          at,
          at + 1 + length % 8,
        );
        break;
      case 7:
        if (at + 8 > file.length) break;
        view.setBigUint64(at, bigInteger(random, file.length), true);
        break;
      case 8:
        if (at + 4 > file.length) break;
        view.setUint32(
          at,
          Number(bigInteger(random, file.length) % 2n ** 32n),
          true,
        );
    }
  }
  return file;
}

/** Replaces, duplicates and drops tokens and pieces of JSON. */
export function mutateText(text: string, random: Random): string {
  const token =
    /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null/g;
  const find = () => {
    token.lastIndex = below(random, text.length);
    return token.exec(text);
  };
  for (let n = below(random, 4); n >= 0; n--) {
    const at = below(random, text.length);
    const length = below(random, 300);
    const found = find();
    if (random() < 0.75 && found !== null) {
      const other = random() < 0.5 ? pick(random, TOKENS) : find()?.[0] ?? "0";
      text = text.slice(0, found.index) + other +
        text.slice(found.index + found[0].length);
    } else if (random() < 0.5) {
      text = text.slice(0, at) + text.slice(at + length);
    } else {
      const start = below(random, text.length);
      text = text.slice(0, at) + text.slice(start, start + length) +
        text.slice(at);
    }
  }
  return text;
}

/** Changes one to three of the values in parsed JSON, in place. */
export function mutateValues(root: unknown, random: Random): void {
  for (let n = below(random, 3); n >= 0; n--) {
    const places = placesIn(root);
    if (places.length === 0) return;
    const [parent, key] = pick(random, places);
    const value = parent[key];
    const [otherParent, otherKey] = pick(random, places);
    const other = structuredClone(otherParent[otherKey]);
    switch (below(random, 6)) {
      case 0:
      case 1:
        parent[key] = structuredClone(pick(random, VALUES));
        break;
      case 2:
        parent[key] = other;
        break;
      case 3:
        if (isArray(parent)) parent.splice(Number(key), 1);
        else delete parent[key];
        break;
      case 4:
        if (isArray(parent)) parent.push(structuredClone(value));
        else parent[key] = [value];
        break;
      case 5:
        if (typeof value === "number") {
          parent[key] = pick(random, [
            value + 1,
            -value,
            value * 2 ** 32,
            0,
            1e308,
          ]);
        } else if (Array.isArray(value)) parent[key] = value.toReversed();
        else if (typeof value === typeof other) parent[key] = other;
    }
  }
}

type Parent = Record<string, unknown>;

function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function placesIn(root: unknown): [parent: Parent, key: string][] {
  const places: [Parent, string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const parent = value as Parent;
    for (const key of Object.keys(parent)) {
      places.push([parent, key]);
      walk(parent[key]);
    }
  };
  walk(root);
  return places;
}

function bigInteger(random: Random, length: number): bigint {
  return pick(random, [
    0n,
    1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
    BigInt(length),
    BigInt(below(random, length)),
    BigInt(below(random, 65536)),
  ]);
}

const TOKENS = [
  ..."0 -1 1e999 null true [] {} 9007199254740993 4294967295 1e-320 [[]] NaN 0.5 [0,0] 65536"
    .split(" "),
  ...['""', '"__proto__"', '"\\u0000"', '"NaN"', '{"toString":1}'],
];

const VALUES: readonly unknown[] = [
  ...[0, -1, 0.5, 1e300, 1e-320, 65536, 2 ** 31, 2 ** 32, 2 ** 53, null, true],
  ...["", "__proto__", "constructor", "\0", "NaN", "../../etc/passwd"],
  ...["F32", "I8", "U8", "float16", "uint8", "relu", "softmax"],
  ...["sigmoid", "none", "flatten", "max", "Mixed_6e"],
  ...["Dense", "Conv2D", "Dropout", "Activation", "InputLayer"],
  ...[[], {}, [[]], [0, 0], [0, 8], { toString: 1 }, { class_name: "x" }],
  [[["input_7", 0, 0, {}]]],
];
