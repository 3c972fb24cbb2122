/**
 * Makes files like those of `torch.save`: hand-made pickles, and state dicts.
 */
import { filled } from "../../filled.ts";
import { joined } from "../../joined.ts";
import { makeZip } from "../../make_zip.ts";
import { encodeTensor, type StateDict } from "../../torchvision_model.ts";

/** A pickle of opcodes: texts are Latin-1, numbers are bytes. */
export function pickled(...parts: readonly Part[]): Uint8Array {
  return joined(bytes("\x80\x02"), ...parts.map(bytes), bytes("."));
}

/** A part of a pickle. */
export type Part = string | number | Uint8Array;

function bytes(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part;
  if (typeof part === "number") return Uint8Array.of(part);
  return filled(Uint8Array, part.length, (i) => part.charCodeAt(i));
}

/** Encodes a little-endian u32. */
export function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

/** Encodes a text (BINUNICODE). */
export function text(value: string): Uint8Array {
  const encoded = new TextEncoder().encode(value);
  return joined(bytes("X"), u32(encoded.length), encoded);
}

/** Encodes an integer (BININT). */
export function int(value: number): Uint8Array {
  return joined(bytes("J"), u32(value));
}

/** Encodes a class or a function (GLOBAL). */
export function name(module: string, called: string): Uint8Array {
  return bytes(`c${module}\n${called}\n`);
}

/** Encodes a tuple of any length. */
export function tuple(...items: readonly Part[]): Uint8Array {
  return joined(bytes("("), ...items.map(bytes), bytes("t"));
}

/** Encodes a dict with text keys. */
export function dict(
  items: Iterable<readonly [key: string, value: Part]>,
): Uint8Array {
  const parts = [...items].flatMap(([key, value]) => [text(key), bytes(value)]);
  return joined(bytes("}("), ...parts, bytes("u"));
}

/** How a tensor views its storage. */
export interface View {
  readonly key: string;
  readonly shape: readonly number[];
  /** Row-major by default. */
  readonly strides?: readonly number[];
  readonly offset?: number;
  /** `"Float"` by default. */
  readonly kind?: string;
  /** A function of `torch._utils`; `_rebuild_tensor_v2` by default. */
  readonly rebuild?: string;
}

/** Encodes a tensor like `Tensor.__reduce_ex__`. */
export function tensor(
  {
    key,
    shape,
    strides = shape.map((_, i) =>
      shape.slice(i + 1).reduce((a, b) => a * b, 1)
    ),
    offset = 0,
    kind = "Float",
    rebuild = "_rebuild_tensor_v2",
  }: View,
): Uint8Array {
  const storage = tuple(
    text("storage"),
    name("torch", `${kind}Storage`),
    text(key),
    text("cpu"),
    int(0),
  );
  return joined(
    name("torch._utils", rebuild),
    tuple(
      storage,
      "Q",
      int(offset),
      tuple(...shape.map(int)),
      tuple(...strides.map(int)),
      "\x89",
      "N",
    ),
    bytes("R"),
  );
}

/** Makes an archive in the format since PyTorch 1.6. */
export function checkpointZip(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  others: Readonly<Record<string, string>> = {},
): Uint8Array {
  return makeZip({
    "model/data.pkl": pickle,
    ...Object.fromEntries(
      Object.entries(storages).map(([key, it]) => [`model/data/${key}`, it]),
    ),
    ...Object.fromEntries(
      Object.entries(others).map(([key, it]) => [`model/${key}`, it]),
    ),
  });
}

const MAGIC = Uint8Array.of(
  0x8a,
  0x0a,
  ...[0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19],
);

/** Makes a file in the format before PyTorch 1.6. */
export function legacyFile(
  pickle: Uint8Array,
  storages: Readonly<Record<string, readonly [count: number, Uint8Array]>> = {},
  system: Uint8Array = dict([["little_endian", "\x88"]]),
): Uint8Array {
  const keys = Object.keys(storages);
  return joined(
    pickled(MAGIC),
    pickled(int(1001)),
    pickled(system),
    pickle,
    pickled(tuple(...keys.map(text))),
    ...Object.values(storages).flatMap(([count, values]) => [
      new Uint8Array(BigInt64Array.of(BigInt(count)).buffer),
      values,
    ]),
  );
}

/** Encodes values as f32. */
export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** A state dict's pickle, and the values of its tensors by key. */
export function pickleState(state: StateDict, prefix = ""): {
  readonly pickle: Uint8Array;
  readonly storages: Readonly<Record<string, Uint8Array>>;
} {
  const storages: Record<string, Uint8Array> = {};
  const items = [...state].map(([called, it], i) => {
    storages[i] = encodeTensor(it);
    const kind = KINDS[it.dtype];
    return [
      prefix + called,
      tensor({ key: String(i), shape: it.shape, kind }),
    ] as const;
  });
  return { pickle: dict(items), storages };
}

const KINDS = { F32: "Float", F16: "Half", BF16: "BFloat16", I64: "Long" };
